import type { Complexity } from './types.js';

/**
 * Remembers how hard tasks were lately: a value rises at once and falls slowly, so that a moment of ease does not bring
 * a smaller model that the next moment sends away. Bounded by the capabilities that were ever named.
 */
export class Peaks {
  private readonly held = new Map<string, Complexity>();
  private at_ms: number | null = null;

  /** @param fall_s time in which a value of 1 falls to 0 */
  constructor(private readonly fall_s: number) {}

  /** The present complexities, or what is left of larger ones before. */
  hold(now: ReadonlyMap<string, Complexity>, now_ms: number): ReadonlyMap<string, Complexity> {
    const passed_s = Math.max(0, now_ms - (this.at_ms ?? now_ms)) / 1000;
    const fallen = this.fall_s === 0 ? 1 : passed_s / this.fall_s;
    this.at_ms = now_ms;
    for (const [capability, before] of this.held) {
      const left = before.value - fallen;
      if (left > 0) this.held.set(capability, { value: left, why: before.why });
      else this.held.delete(capability);
    }
    for (const [capability, present] of now) {
      const before = this.held.get(capability);
      if (before === undefined || present.value >= before.value) this.held.set(capability, present);
    }
    return new Map([...now.keys()].flatMap((key) => [[key, this.held.get(key) ?? now.get(key)!] as const]));
  }
}
