import type {
  MetabolicInputs,
  MetabolicStateName,
  MetabolicStatus,
  Metabolism,
} from '../contracts/metabolism.js';
import { type MetabolismParameters, profileOf } from './profile.js';
import { type TransitionView, transitionFrom } from './transitions.js';

/** Cap on the cycle time: a clock that jumps further must not drain or fill the reserve at once. */
const MAX_DT_S = 60;

const finiteOr = (value: number, otherwise: number) => (Number.isFinite(value) ? value : otherwise);

/**
 * The robot's energy reserve and the policy that follows from it. Call `advance` once per cycle: it
 * integrates the energy over `dt_s` under the current state, then takes at most one transition of the table.
 *
 * Fail-safe on bad input: a NaN surprise counts as a crisis, a NaN battery as empty. Thresholds are read on
 * every call, so live parameters take effect when set; the table itself is fixed. Source: seeds/000 §2.2,
 * §8.5.
 */
export function createMetabolism(parameters: MetabolismParameters, atp_per_s: number): Metabolism {
  const profile = profileOf(parameters);
  let state: MetabolicStateName = 'WAKE';
  let previous: MetabolicStateName = 'WAKE';
  let reason = 'start';
  let energy = parameters.energy_initial;
  let time_in_state_s = 0;
  let clear_for_s = 0;
  let request: MetabolicStateName | null = null;

  function integrateEnergy(inputs: MetabolicInputs, dt_s: number): void {
    const { battery_fraction, charging } = inputs;
    if (profile.battery && battery_fraction !== null && Number.isFinite(battery_fraction)) {
      energy = 100 * battery_fraction;
    } else {
      // A battery without a charge level still says whether it is charging.
      const recharges = !profile.battery || charging !== false;
      const recharge_per_s = recharges ? profile.recharge_per_s : 0;
      energy += (recharge_per_s - profile.states[state].consumption_per_s) * dt_s;
    }
    energy = Math.min(100, Math.max(0, energy));
  }

  /** Surprise, with a value that cannot be trusted read as the worst. */
  function view(inputs: MetabolicInputs, surprise: number): TransitionView {
    const { performance, safety_event, settled, busy } = inputs;
    return {
      energy,
      surprise,
      surprising: inputs.surprising ?? null,
      performance: performance === null ? null : finiteOr(performance, 0),
      safety_event,
      settled,
      request,
      busy,
      time_in_state_s,
      clear_for_s,
      maximum_s: profile.states[state].maximum_s,
      parameters,
    };
  }

  /** Returns true if the state changed. */
  function takeTransition(inputs: MetabolicInputs, surprise: number): boolean {
    const taken = transitionFrom(state, view(inputs, surprise));
    if (request === state) request = null;
    if (taken === null) return false;
    previous = state;
    ({ to: state, reason } = taken);
    if (request === state) request = null;
    time_in_state_s = 0;
    clear_for_s = 0;
    return true;
  }

  function status(changed: boolean): MetabolicStatus {
    const policy = profile.states[state];
    return {
      state,
      previous,
      changed,
      reason,
      time_in_state_s,
      energy,
      attention_breadth: policy.attention_breadth,
      refinement_depth: policy.refinement_depth,
      exploration_rate: policy.exploration_rate,
      consolidation_rate: policy.consolidation_rate,
      atp_per_s: atp_per_s * policy.atp_share,
      surprise_threshold: parameters.crisis_surprise,
    };
  }

  return {
    advance(inputs: MetabolicInputs): MetabolicStatus {
      const dt_s = Math.min(MAX_DT_S, Math.max(0, finiteOr(inputs.dt_s, 0)));
      const surprise = finiteOr(inputs.surprise, 1);
      integrateEnergy(inputs, dt_s);
      time_in_state_s += dt_s;
      const calm = surprise < parameters.clear_surprise && inputs.safety_event === null;
      clear_for_s = calm ? clear_for_s + dt_s : 0;
      request = inputs.request ?? request;
      return status(takeTransition(inputs, surprise));
    },
  };
}
