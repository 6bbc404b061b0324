import { METABOLIC_STATES, type MetabolicInputs, type MetabolicStateName } from '../contracts/metabolism.js';
import { digits } from '../contracts/readable.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { Mind } from './mind.js';
import type { TemporalState } from './temporal.js';

/**
 * Inputs of the metabolism: the largest surprise of a source that is not stale, performance, battery, safety.
 * Sound counts only with `microphone.holds`.
 */
export function metabolicInputs(
  mind: Mind,
  salience: readonly SourceSalience[],
  time: TemporalState,
): MetabolicInputs {
  const { situation } = mind;
  const ignored = situation.parameters.microphone.holds ? null : situation.microphone.last?.source;
  const considered = salience.filter(({ source, stale }) => !stale && source !== ignored);
  const surprise = considered.reduce((most, source) => Math.max(most, source.surprise), 0);
  const surprising = considered.find((source) => source.surprise === surprise)?.source ?? null;
  return {
    now_ms: time.now_ms,
    dt_s: time.dt_s,
    surprise,
    surprising,
    performance: mind.learner.performance,
    safety_event: safetyEvent(mind, salience),
    settled: situation.benign_change.explanation,
    battery_fraction: situation.battery?.fraction ?? null,
    charging: situation.battery?.charging ?? null,
    request: requestedState(situation.state_request),
    busy: situation.goals.busy || situation.utterances.next !== null,
  };
}

function requestedState(state: string | null): MetabolicStateName | null {
  return state === null ? null : (METABOLIC_STATES.find((known) => known === state) ?? null);
}

/**
 * An emergency stop, or an arm off its plan. A push shows up as surprise of the joints first; both count
 * against the current attempt.
 */
function safetyEvent({ situation }: Mind, salience: readonly SourceSalience[]): string | null {
  if (situation.emergency_stop) return 'emergency stop';
  const { execution, arm, parameters } = situation;
  situation.not_following = null;
  if (execution === null || arm === null || !situation.joints_fresh) return null;
  const { joint, off, counted } = execution.largestDeviation(arm);
  const joints = salience.find(({ source }) => source === 'joints');
  const surprised = !execution.hold && (joints?.surprise ?? 0) > parameters.metabolism.crisis_surprise;
  if (counted <= parameters.safety.follow_tolerance && !surprised) return null;
  situation.not_following =
    counted > parameters.safety.follow_tolerance
      ? `${arm.joints[joint]} is ${digits(off)} ${situation.body?.unitOf(joint) ?? 'rad'} off its plan`
      : 'its joints do not move as planned';
  return `the arm does not follow: ${situation.not_following}`;
}
