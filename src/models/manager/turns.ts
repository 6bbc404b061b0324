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

  /** Runs it when its turn comes. Rejects as it does, and with SAGE_509 when too many wait. */
  run<T>(act: () => Promise<T>): Promise<T> {
    if (this.operations >= OPERATIONS_MAX) {
      const told = `${this.operations} loads and swaps are waiting`;
      return Promise.reject(new SageError('SAGE_509', 'models', told));
    }
    this.operations += 1;
    const result = this.tail.then(act).finally(() => {
      this.operations -= 1;
    });
    this.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
