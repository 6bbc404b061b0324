/** The node's clock, ms: system time, or /clock with use_sim_time. */
export interface Clock {
  now_ms(): number;
}

/** Seeded uniform numbers in [0, 1). */
export interface Random {
  next(): number;
}

/**
 * Mulberry32: a small seeded generator with a period of 2^32; good enough for exploration and restarts, not
 * for secrets. Source: public domain, Tommy Ettinger 2017.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
}
