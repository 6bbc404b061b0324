import type { Fault } from './errors.js';

export const RESOURCES = ['llm', 'vision', 'memory', 'time', 'effector'] as const;
export type Resource = (typeof RESOURCES)[number];

export const HALT_REASONS = ['slope<eps', 'feasible', 'max_steps', 'timeout'] as const;
export type HaltReason = (typeof HALT_REASONS)[number];

/** The four invariants of a plugin (seeds/002), in words a reader of the telemetry can use. */
export interface IrpDeclaration {
  readonly state_space: string;
  readonly noise_model: string;
  readonly energy: string;
  readonly coherence_contribution: string;
}

export interface IrpLimits {
  readonly max_steps: number;
  readonly deadline_ms: number;
  /** Halt when max − min of the last k+1 energies is below eps. */
  readonly halt_eps: number;
  readonly halt_k: number;
  /** Halt as feasible when feasibility() ≥ this margin; null: never. */
  readonly feasible_margin: number | null;
}

/** What a plugin may use besides its input: a seeded source of randomness and the signal to stop. */
export interface StepContext {
  readonly step_idx: number;
  /** Uniform in [0, 1), seeded per job. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * An iterative refinement primitive: improves a state step by step while an energy falls, and can stop at any
 * step with its best answer so far. T is the task it is given, S its state, A the answer others read.
 * Steps may be synchronous or asynchronous; a synchronous step should stay under 1 ms.
 */
export interface IrpPlugin<T = unknown, S = unknown, A = unknown> {
  readonly id: string;
  readonly declaration: IrpDeclaration;
  readonly resource: Resource;
  /** ATP declared for initState and for one step; the measured cost is kept beside it. */
  readonly cost: { readonly init_atp: number; readonly step_atp: number };
  readonly limits: IrpLimits;
  initState(task: T, context: StepContext): S | Promise<S>;
  /** Scalar distance from a good answer, lower is better, finite. */
  energy(state: S): number;
  /**
   * One refinement. Returns a new state and leaves the one it was given as it is: the runner keeps earlier states as
   * the best so far, for rewind and for branches. A state whose energy no longer reads the same at the end of the
   * refinement is reported as SAGE_605.
   */
  step(state: S, context: StepContext): S | Promise<S>;
  /** Enforce constraints; called after every step and after initState. Identity where there are none. */
  project(state: S): S;
  /** Margin by which the constraints are met, ≥ 0 when feasible. */
  feasibility?(state: S): number;
  /** A plugin's own early stop, asked after every step; the runner's own rules hold besides. */
  halt?(
    energies: readonly number[],
    state: S,
  ): { readonly reason: HaltReason; readonly detail: string } | null;
  /**
   * The result as others read it: plain data that can be copied to another thread, and is not changed by later steps.
   */
  answer(state: S): A;
  /**
   * False where reading an answer is dear and nobody wants it before the end: reports of a running refinement carry
   * none then. Default true.
   */
  readonly interim?: boolean;
  /**
   * Plain numbers for telemetry beyond the envelope. `cpu_ms`, where given, is what the work so far cost outside of
   * this process (a model host); it is added to the measured cost.
   */
  emitTelemetry?(state: S): Readonly<Record<string, number>>;
  /** Frees what initState took (a slot in a model host, say). */
  dispose?(state: S): void;
}

/** Plugins of any task, state and answer, as the runner and the orchestrator hold them. */
// biome-ignore lint/suspicious/noExplicitAny: the heterogeneous list erases T, S and A; the runner never looks inside
export type AnyIrpPlugin = IrpPlugin<any, any, any>;

/** Trust metrics of one refinement (seeds/002). */
export interface TrustMetrics {
  /** Share of steps that did not raise the energy, 0..1. */
  readonly monotonicity_ratio: number;
  readonly dE_variance: number;
  /** Change of the H-energy when this plugin is left out; null while unknown. */
  readonly contribution_to_H: number | null;
}

/** Commands of the orchestrator to the runner. ATP in integer milli-ATP. */
export type JobCommand =
  | {
      readonly kind: 'start';
      readonly job_id: string;
      readonly plugin: string;
      readonly task: unknown;
      readonly grant_matp: number;
      readonly max_steps: number;
      readonly seed: number;
    }
  | {
      /** Continues from an earlier state of `from_job_id` with other noise, on its own grant; the better end wins. */
      readonly kind: 'branch';
      readonly job_id: string;
      readonly from_job_id: string;
      /** How many steps before the parent's latest state; at most what the runner keeps. */
      readonly back_steps: number;
      readonly grant_matp: number;
      readonly max_steps: number;
      readonly seed: number;
    }
  | { readonly kind: 'grant'; readonly job_id: string; readonly grant_matp: number }
  | { readonly kind: 'cancel'; readonly job_id: string; readonly reason: string };

/** What the runner tells the kernel, drained once per cycle. */
export interface JobReport {
  readonly job_id: string;
  readonly plugin: string;
  /** `starved`: it would go on, but its grant is spent; it waits for more, is cancelled, or ends by its deadline. */
  readonly status: 'running' | 'starved' | 'halted' | 'failed' | 'cancelled';
  /** Steps done so far. */
  readonly steps: number;
  /** Energy after each step so far, the initial one first; bounded by max_steps + 1. */
  readonly energies: readonly number[];
  readonly best_energy: number | null;
  readonly best_step: number;
  /** plugin.answer of the best state so far; undefined before the first. */
  readonly best: unknown;
  readonly feasibility: number | null;
  readonly spent_matp: number;
  readonly cpu_ms: number;
  readonly time_ms: number;
  readonly halt_reason: HaltReason | null;
  readonly halt_detail: string;
  readonly fault: Fault | null;
  /** What plugin.emitTelemetry said of the latest state: finite numbers only. */
  readonly extra?: Readonly<Record<string, number>>;
  /** How often its steps have drawn a random number; without noise a branch would only repeat its parent. */
  readonly random_draws?: number;
  /** Of a branch: which step of which job it began from, and how long after that job's own start. */
  readonly origin?: { readonly job_id: string; readonly step: number; readonly after_ms: number };
}

/** Runs refinements off the kernel's back. `submit` returns at once; reports are drained by the cycle. */
export interface JobRunner {
  submit(command: JobCommand): void;
  /** The latest report of every job that changed since the last drain, sorted by job id. */
  drain(): readonly JobReport[];
}

/** Declared ATP as integer milli-ATP, rounded up: a cost is never understated. */
export function milliAtp(atp: number): number {
  return Math.ceil(atp * 1000 - 1e-6);
}
