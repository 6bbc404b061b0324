/** Periods of the phase embedding, s: a breath, a task, a minute, an hour, a day. */
export const PHASE_PERIODS_S: readonly number[] = [1, 10, 60, 3600, 86400];

const HISTORY_MAX = 256;

/** The node's sense of time, as one cycle leaves it to the next. */
export interface TemporalState {
  readonly cycle: number;
  readonly now_ms: number;
  /** Since the cycle before; 0 in the first cycle and after a jump back. */
  readonly dt_s: number;
  /** Cycles that began a whole period late or more. */
  readonly overruns: number;
  /** How often the clock jumped back (a bag that loops, a simulation that was reset). */
  readonly jumps_back: number;
  /** sin and cos per period of PHASE_PERIODS_S. */
  readonly phase: readonly number[];
  /** Stamps of the last cycles, ms, the newest last. */
  readonly history: readonly number[];
}

export const initialTime: TemporalState = {
  cycle: 0,
  now_ms: 0,
  dt_s: 0,
  overruns: 0,
  jumps_back: 0,
  phase: phaseOf(0),
  history: [],
};

/**
 * Advances time by one cycle. A clock that jumps back starts a new stretch of time with dt 0: nothing decays or
 * recharges by a negative amount. A gap is bounded to ten periods, so that a suspended machine does not wake up to
 * one huge step.
 */
export function tick(before: TemporalState, now_ms: number, period_ms: number): TemporalState {
  const first = before.cycle === 0;
  const elapsed_ms = first ? 0 : now_ms - before.now_ms;
  const jumped = elapsed_ms < 0;
  const dt_s = jumped ? 0 : Math.min(elapsed_ms, 10 * period_ms) / 1000;
  const overran = elapsed_ms >= 2 * period_ms;
  const history = jumped ? [] : before.history.slice(-(HISTORY_MAX - 1));
  return {
    cycle: before.cycle + 1,
    now_ms,
    dt_s,
    overruns: before.overruns + (overran ? 1 : 0),
    jumps_back: before.jumps_back + (jumped ? 1 : 0),
    phase: phaseOf(now_ms),
    history: [...history, now_ms],
  };
}

function phaseOf(now_ms: number): readonly number[] {
  return PHASE_PERIODS_S.flatMap((period_s) => {
    const angle = (2 * Math.PI * ((now_ms / 1000) % period_s)) / period_s;
    return [Math.sin(angle), Math.cos(angle)];
  });
}
