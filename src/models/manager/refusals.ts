import type { Fault } from '../../contracts/errors.js';

/** What could not be loaded is tried again after this. */
const RETRY_MS = 10_000;

/** Why the last attempt to load or swap a model for the mind failed; gone when it succeeds, or is due again. */
export class Refusals {
  private readonly refused = new Map<string, { readonly fault: Fault; readonly at_ms: number }>();

  add(id: string, found: Fault): void {
    this.refused.set(id, { fault: found, at_ms: performance.now() });
  }

  forget(id: string): void {
    this.refused.delete(id);
  }

  forgetOld(): void {
    for (const [id, { at_ms }] of this.refused) {
      if (performance.now() - at_ms > RETRY_MS) this.refused.delete(id);
    }
  }

  of(id: string): Fault | undefined {
    return this.refused.get(id)?.fault;
  }

  all(): readonly Fault[] {
    return [...this.refused.values()].map((each) => each.fault);
  }
}
