import { type InferenceRequest, isSlot, type RunAhead, type Slot } from '../../contracts/inference.js';

const keyOf = ({ slot, generation }: Slot): string => `${generation}:${slot}`;

/**
 * Slots whose tensors were handed over to another host: where they are now. What holds the old number goes on to use
 * it. Bounded by the slots that are alive.
 */
export class CarriedSlots {
  private readonly moved = new Map<string, Slot>();
  /** Slots on their way from one host to another that nobody has freed yet. */
  private readonly leaving = new Set<string>();

  get size(): number {
    return this.moved.size;
  }

  /** Where a slot is now. */
  now(slot: Slot): Slot {
    return this.moved.get(keyOf(slot)) ?? slot;
  }

  /** From now on these are on their way. */
  depart(slots: readonly Slot[]): void {
    this.leaving.clear();
    for (const slot of slots) this.leaving.add(keyOf(slot));
  }

  /**
   * Takes note of a handover: earlier names follow, and what has none gets its old number as one. Nobody holds the
   * number that a slot had in between, so it gets no name. Returns what arrived though it was freed on the way.
   */
  move(from: readonly Slot[], to: readonly Slot[]): readonly Slot[] {
    const unwanted = to.filter((_, index) => !this.leaving.has(keyOf(from[index]!)));
    const arrived = new Map(
      from
        .map((slot, index) => [keyOf(slot), to[index]!] as const)
        .filter(([name]) => this.leaving.has(name)),
    );
    const named = new Set<string>();
    for (const [name, at] of this.moved) {
      const next = arrived.get(keyOf(at));
      if (!next) continue;
      this.moved.set(name, next);
      named.add(keyOf(at));
    }
    for (const [name, at] of arrived) if (!named.has(name)) this.moved.set(name, at);
    this.leaving.clear();
    return unwanted;
  }

  /** Forgets what was freed. */
  forget(slots: readonly Slot[]): void {
    for (const slot of slots) {
      this.leaving.delete(keyOf(this.now(slot)));
      this.moved.delete(keyOf(slot));
    }
  }

  /** Forgets what lay in a host that is gone. */
  forgetHost(generation: number): void {
    for (const [name, at] of this.moved) if (at.generation === generation) this.moved.delete(name);
  }

  /** The request with every slot where it is now. */
  resolve(request: InferenceRequest): InferenceRequest {
    if (this.moved.size === 0) return request;
    const inputs = Object.fromEntries(
      Object.entries(request.inputs).map(([name, input]) => [name, isSlot(input) ? this.now(input) : input]),
    );
    return {
      ...request,
      inputs,
      ...(request.free ? { free: request.free.map((slot) => this.now(slot)) } : {}),
      ...(request.ahead
        ? { ahead: { ...request.ahead, inputs: this.aheadInputs(request.ahead.inputs) } }
        : {}),
    };
  }

  private aheadInputs(inputs: RunAhead['inputs']): RunAhead['inputs'] {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [
        name,
        typeof input === 'string' ? input : this.now(input),
      ]),
    );
  }
}
