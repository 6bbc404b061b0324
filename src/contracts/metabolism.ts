import { SageError } from './errors.js';

export const METABOLIC_STATES = ['WAKE', 'FOCUS', 'REST', 'DREAM', 'CRISIS'] as const;
export type MetabolicStateName = (typeof METABOLIC_STATES)[number];

/** The state of this name, in upper or lower case. @throws SageError SAGE_807 for any other word */
export function metabolicStateNamed(name: string): MetabolicStateName {
  const found = METABOLIC_STATES.find((state) => state === name.trim().toUpperCase());
  if (found !== undefined) return found;
  throw new SageError('SAGE_807', 'sage/set_metabolic_state', `"${name.slice(0, 40)}"`);
}

/** Inputs of the metabolism in one cycle. */
export interface MetabolicInputs {
  readonly now_ms: number;
  readonly dt_s: number;
  /** Largest surprise among the fresh sources, 0..1. */
  readonly surprise: number;
  /** Source of that surprise; null or absent if there is none, or it is unknown. */
  readonly surprising?: string | null;
  /** Performance on the task, 0..1; null without a task. */
  readonly performance: number | null;
  /** A safety event of this cycle (emergency stop, arm does not follow), or null. */
  readonly safety_event: string | null;
  /** Why an earlier surprise is over, if known, or null. */
  readonly settled: string | null;
  /** 0..1; null without a current charge level. */
  readonly battery_fraction: number | null;
  /** Null without a battery topic; false also if the battery has gone silent. */
  readonly charging: boolean | null;
  /** A state requested by an operator. */
  readonly request: MetabolicStateName | null;
  /** True while a goal is active or waiting. */
  readonly busy: boolean;
}

/** The policy that everything else runs under in this cycle. */
export interface MetabolicStatus {
  readonly state: MetabolicStateName;
  readonly previous: MetabolicStateName;
  /** True in the cycle of a transition. */
  readonly changed: boolean;
  readonly reason: string;
  readonly time_in_state_s: number;
  /** 0..100. */
  readonly energy: number;
  /** How many plugins run at once. */
  readonly attention_breadth: number;
  /** How many L-steps a refinement gets per H-step budget round. */
  readonly refinement_depth: number;
  /** -0.5..0.5. */
  readonly exploration_rate: number;
  /** 0..1. */
  readonly consolidation_rate: number;
  readonly atp_per_s: number;
  /** Surprise above this is a crisis, 0..1. */
  readonly surprise_threshold: number;
}

export interface Metabolism {
  advance(inputs: MetabolicInputs): MetabolicStatus;
}
