/** One piece of work after the other; after the first that fails, none. */
export class WorkQueue {
  private work: Promise<void> = Promise.resolve();
  private thrown: unknown = null;

  /** @param onFailure told once, of the first failure */
  constructor(private readonly onFailure: () => void) {}

  /** What went wrong; null where nothing did. */
  get failure(): unknown {
    return this.thrown;
  }

  add(work: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.thrown === null ? work() : undefined))
      .catch((thrown: unknown) => {
        this.thrown = thrown;
        this.onFailure();
      });
  }

  /** Resolves once all work is done, or has failed. */
  idle(): Promise<void> {
    return this.work;
  }
}
