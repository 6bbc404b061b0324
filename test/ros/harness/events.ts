/** How long anything that must happen may take on a loaded machine, ms. Nothing is measured with it. */
export const PATIENCE_MS = 60_000;

/** Collects what a process says, and waits for something among it. */
export class Events<T> {
  readonly all: T[] = [];
  private readonly waiting = new Set<() => void>();
  private failure: Error | null = null;

  push(event: T): void {
    this.all.push(event);
    for (const look of [...this.waiting]) look();
  }

  fail(error: Error): void {
    this.failure ??= error;
    for (const look of [...this.waiting]) look();
  }

  /** The first event from index `from` on for which `pick` gives something. Fails with `what` in the end. */
  wait<R>(
    what: string,
    pick: (event: T) => R | undefined | false,
    from = 0,
    patience_ms = PATIENCE_MS,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let at = from;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        act();
      };
      const look = (): void => {
        for (; at < this.all.length; at++) {
          const found = pick(this.all[at]!);
          if (found === undefined || found === false) continue;
          settle(() => resolve(found));
          return;
        }
        const { failure } = this;
        if (failure !== null) settle(() => reject(failure));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`waited in vain for ${what}`))),
        patience_ms,
      );
      this.waiting.add(look);
      look();
    });
  }
}

/**
 * Publishes again and again until it was heard: best effort loses single messages, and a publisher that sees its
 * subscriber is not yet seen by it.
 */
export async function until<T>(publish: () => Promise<unknown>, heard: Promise<T>): Promise<T> {
  let settled = false;
  const done = heard.finally(() => {
    settled = true;
  });
  while (!settled) {
    await publish();
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return done;
}
