import { METABOLIC_STATES, type MetabolicStateName } from '../contracts/metabolism.js';
import type { MetabolismParameters } from './profile.js';

/** Everything a transition condition may look at. */
export interface TransitionView {
  readonly energy: number;
  readonly surprise: number;
  /** Source of the surprise, or null. */
  readonly surprising: string | null;
  /** null without a task. */
  readonly performance: number | null;
  readonly safety_event: string | null;
  /** Why an earlier surprise is over, or null. */
  readonly settled: string | null;
  /** State requested by an operator, until it is reached. */
  readonly request: MetabolicStateName | null;
  readonly busy: boolean;
  readonly time_in_state_s: number;
  /** How long surprise has been below clear_surprise without a safety event, s. */
  readonly clear_for_s: number;
  readonly maximum_s: number;
  readonly parameters: MetabolismParameters;
}

interface Transition {
  /** '*' = any state but the target. */
  readonly from: MetabolicStateName | '*';
  readonly to: MetabolicStateName;
  /** Label in the diagram; names are parameters. */
  readonly label: string;
  /** True: not held back by minimum_s. */
  readonly immediate: boolean;
  /** The reason in words if the condition holds, otherwise null. */
  readonly when: (view: TransitionView) => string | null;
}

type When = Transition['when'];

const row = (from: Transition['from'], to: MetabolicStateName, label: string, when: When): Transition => ({
  from,
  to,
  label,
  immediate: false,
  when,
});

/**
 * Formats a value beside its limit, rounded away from it where both would read the same: never `0.80 > 0.80`.
 */
function distinctFrom(value: number, limit: number, digits: number): string {
  const text = value.toFixed(digits);
  if (Number(text) !== limit) return text;
  const finer = 10 ** (digits + 2);
  const at = Math.round(limit * finer);
  const away = value < limit ? Math.min(at - 1, Math.floor(value * finer)) : Math.ceil(value * finer);
  return (away / finer).toFixed(digits + 2);
}
const share = (value: number) => value.toFixed(2);
const energyBelow: When = ({ energy, parameters: { rest_energy } }) =>
  energy < rest_energy ? `energy ${distinctFrom(energy, rest_energy, 1)} < ${rest_energy}` : null;
const rested = ({ energy, parameters }: TransitionView) => energy >= parameters.rested_energy;
const requested =
  (state: MetabolicStateName): When =>
  ({ request }) =>
    request === state ? 'requested' : null;
const tooLong: When = ({ time_in_state_s, maximum_s }) =>
  time_in_state_s >= maximum_s ? `${maximum_s} s in this state` : null;

const crisis: Transition = {
  from: '*',
  to: 'CRISIS',
  label: 'surprise > crisis_surprise, a safety event, or requested',
  immediate: true,
  when: ({ surprise, surprising, safety_event, request, parameters }) => {
    if (safety_event !== null) return `safety: ${safety_event}`;
    if (surprise > parameters.crisis_surprise) {
      const above = `${distinctFrom(surprise, parameters.crisis_surprise, 2)} > ${share(parameters.crisis_surprise)}`;
      return `surprise ${above}${surprising === null ? '' : ` (${surprising})`}`;
    }
    return request === 'CRISIS' ? 'requested' : null;
  },
};

const clear: When = ({ clear_for_s, settled, parameters }) => {
  if (clear_for_s < parameters.clear_s || clear_for_s === 0) return null;
  return `clear for ${clear_for_s.toFixed(1)} s${settled === null ? '' : `; ${settled}`}`;
};

/**
 * The metabolism's whole behaviour, evaluated top to bottom; the first that holds is taken, one per cycle. A
 * crisis may start at any time; everything else waits for minimum_s. Source: seeds/000 §2.2, §8.5; the return
 * transitions and the hysteresis are ours.
 */
export const TRANSITIONS: readonly Transition[] = [
  crisis,
  row('CRISIS', 'WAKE', 'surprise < clear_surprise for clear_s, no safety event', clear),
  row('WAKE', 'REST', 'energy < rest_energy', energyBelow),
  row('FOCUS', 'REST', 'energy < rest_energy', energyBelow),
  row('DREAM', 'REST', 'energy < rest_energy', energyBelow),
  row('WAKE', 'FOCUS', 'requested', requested('FOCUS')),
  row('WAKE', 'REST', 'requested', requested('REST')),
  row('WAKE', 'DREAM', 'requested', requested('DREAM')),
  row('FOCUS', 'WAKE', 'requested', requested('WAKE')),
  row('FOCUS', 'REST', 'requested', requested('REST')),
  row('FOCUS', 'DREAM', 'requested', requested('DREAM')),
  row('REST', 'WAKE', 'requested', requested('WAKE')),
  row('REST', 'FOCUS', 'requested', requested('FOCUS')),
  row('REST', 'DREAM', 'requested', requested('DREAM')),
  row('DREAM', 'WAKE', 'requested', requested('WAKE')),
  row('DREAM', 'FOCUS', 'requested', requested('FOCUS')),
  row('DREAM', 'REST', 'requested', requested('REST')),
  row('WAKE', 'FOCUS', 'performance > focus_performance', ({ performance, parameters }) =>
    performance !== null && performance > parameters.focus_performance
      ? `performance ${distinctFrom(performance, parameters.focus_performance, 2)} > ${share(parameters.focus_performance)}`
      : null,
  ),
  row('FOCUS', 'WAKE', 'performance < unfocus_performance, or no task', ({ performance, parameters }) => {
    if (performance === null) return 'no task';
    return performance < parameters.unfocus_performance
      ? `performance ${distinctFrom(performance, parameters.unfocus_performance, 2)} < ${share(parameters.unfocus_performance)}`
      : null;
  }),
  row('REST', 'DREAM', 'energy ≥ rested_energy, nothing to do', (view) =>
    rested(view) && !view.busy ? 'rested, nothing to do' : null,
  ),
  row('REST', 'WAKE', 'energy ≥ rested_energy, a goal waits', (view) =>
    rested(view) && view.busy ? 'rested, a goal waits' : null,
  ),
  row('DREAM', 'WAKE', 'a goal arrived', ({ busy }) => (busy ? 'a goal arrived' : null)),
  // Waking below rest_energy would lead straight back to REST.
  row('REST', 'WAKE', 'maximum_s, energy ≥ rest_energy', (view) =>
    energyBelow(view) === null ? tooLong(view) : null,
  ),
  row('FOCUS', 'WAKE', 'maximum_s', tooLong),
  row('DREAM', 'WAKE', 'maximum_s', tooLong),
];

/** Transitions out of each state. */
const OUTGOING: ReadonlyMap<MetabolicStateName, readonly Transition[]> = new Map(
  METABOLIC_STATES.map((state) => [
    state,
    TRANSITIONS.filter(({ from, to }) => to !== state && (from === '*' || from === state)),
  ]),
);

/** The first transition out of `state` that holds, with its reason; null to stay. */
export function transitionFrom(
  state: MetabolicStateName,
  view: TransitionView,
): { readonly to: MetabolicStateName; readonly reason: string } | null {
  const held = view.time_in_state_s < view.parameters.minimum_s;
  for (const { to, immediate, when } of OUTGOING.get(state) ?? []) {
    if (held && !immediate) continue;
    const reason = when(view);
    if (reason !== null) return { to, reason };
  }
  return null;
}

/** The transition table as a Mermaid state diagram: one arrow per pair of states, with all its conditions. */
export function transitionsMermaid(): string {
  const arrows = new Map<string, string[]>();
  for (const { from, to, label } of TRANSITIONS) {
    const origins = from === '*' ? METABOLIC_STATES.filter((state) => state !== to) : [from];
    for (const origin of origins) {
      const arrow = `${origin} --> ${to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
    }
  }
  const lines = [...arrows].map(([arrow, labels]) => `  ${arrow}: ${labels.join('; or ')}`);
  return ['stateDiagram-v2', '  [*] --> WAKE', ...lines, ''].join('\n');
}
