import { METABOLIC_STATES, type MetabolicInputs, type MetabolicStateName } from '../contracts/metabolism.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { Mind } from './mind.js';
import type { TemporalState } from './temporal.js';

/** What the metabolism sees: the largest surprise of a source that is not stale, performance, battery, safety. */
export function bodilyState(
  mind: Mind,
  salience: readonly SourceSalience[],
  time: TemporalState,
): MetabolicInputs {
  const { situation } = mind;
  const surprise = salience.reduce(
    (most, source) => (source.stale ? most : Math.max(most, source.surprise)),
    0,
  );
  return {
    now_ms: time.now_ms,
    dt_s: time.dt_s,
    surprise,
    performance: mind.learner.performance,
    safety_event: safetyEvent(mind),
    battery_fraction: situation.battery_fraction,
    charging: situation.charging,
    request: stateNamed(situation.state_request),
    busy: situation.goals.busy,
  };
}

function safetyEvent({ situation }: Mind): string | null {
  if (situation.emergency_stop) return 'emergency stop';
  const { execution, arm, parameters } = situation;
  if (execution === null || arm === null || !situation.joints_fresh) return null;
  const worst = execution.deviation(arm).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return worst > parameters.safety.follow_tolerance
    ? `arm does not follow: ${worst.toFixed(2)} off its plan`
    : null;
}

function stateNamed(name: string | null): MetabolicStateName | null {
  return METABOLIC_STATES.find((state) => state === name?.toUpperCase()) ?? null;
}
