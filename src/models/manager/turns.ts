import { SageError } from '../../contracts/errors.js';

/** Operations that wait for their turn at most. */
const OPERATIONS_MAX = 16;

/** Loads and swaps one after the other, in the order in which they were asked for. */
export class Turns {
  private tail: Promise<void> = Promise.resolve();
  private operations = 0;

  get busy(): boolean {
    return this.operations > 0;
  }

  /**
   * Runs it when its turn comes. Rejects as it does, and with SAGE_509 when too many wait.
   * @param patience_ms what takes longer than this goes on, and the next one begins beside it; none: the next one waits
   */
  run<T>(act: () => Promise<T>, patience_ms?: number): Promise<T> {
    if (this.operations >= OPERATIONS_MAX) {
      const told = `${this.operations} loads and swaps are waiting`;
      return Promise.reject(new SageError('SAGE_509', 'models', told));
    }
    this.operations += 1;
    const before = this.tail;
    const result = before.then(act).finally(() => {
      this.operations -= 1;
    });
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    this.tail = patience_ms === undefined ? ended : before.then(() => endedOrLate(ended, patience_ms));
    return result;
  }
}

/** Resolves when `ended` does, which does not reject, or when it has taken that long. */
export function endedOrLate(ended: Promise<void>, patience_ms: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, patience_ms).unref();
    void ended.then(() => {
      clearTimeout(late);
      resolve();
    });
  });
}
