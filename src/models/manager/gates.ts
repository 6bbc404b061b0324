import { SageError } from '../../contracts/errors.js';

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Where requests wait while the model that they are for is exchanged; by the id that they ask for. */
export class Gates {
  private readonly gates = new Map<string, Gate>();
  private held = 0;

  /** @param held_max requests that may wait at all gates together */
  constructor(private readonly held_max: number) {}

  /** Holds requests for these ids back. `open` lets them go, once, and says how long they were held, ms. */
  shut(seats: readonly string[]): { open(): number } {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = { opened, open };
    const began_ms = performance.now();
    for (const seat of seats) this.gates.set(seat, gate);
    let took_ms: number | null = null;
    return {
      open: () => {
        took_ms ??= performance.now() - began_ms;
        for (const seat of seats) if (this.gates.get(seat) === gate) this.gates.delete(seat);
        open();
        return took_ms;
      },
    };
  }

  /** Whether requests for this id are held back now. */
  shutFor(seat: string): boolean {
    return this.gates.has(seat);
  }

  /**
   * Waits until requests for this id may go on.
   * @throws SageError SAGE_509 where too many wait; the reason of the signal.
   */
  async pass(seat: string, signal: AbortSignal | undefined): Promise<void> {
    const gate = this.gates.get(seat);
    if (!gate) return;
    if (this.held >= this.held_max) {
      throw new SageError('SAGE_509', 'model host', `${this.held} requests are waiting for a swap`);
    }
    this.held += 1;
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    try {
      await Promise.race([gate.opened, aborted]);
      signal?.throwIfAborted();
    } finally {
      this.held -= 1;
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
