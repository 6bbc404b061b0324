import type { Fault } from './errors.js';

export const RESOURCES = ['llm', 'vision', 'memory', 'time', 'effector'] as const;
export type Resource = (typeof RESOURCES)[number];

export const HALT_REASONS = ['slope<eps', 'feasible', 'max_steps', 'timeout'] as const;
export type HaltReason = (typeof HALT_REASONS)[number];

/** The four invariants of a plugin (seeds/002), in words for readers of the telemetry. */
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

/** What a step may use besides its state: a seeded random generator and the signal to stop. */
export interface StepContext {
  readonly step_idx: number;
  /** Uniform in [0, 1), seeded per job. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * An iterative refinement primitive: improves a state step by step while an energy falls, and can stop at any
 * step with its best answer so far. T is the type of its task, S its state, A its answer. Steps may be
 * synchronous or asynchronous; a synchronous step should take less than 1 ms.
 */
export interface IrpPlugin<T = unknown, S = unknown, A = unknown> {
  readonly id: string;
  readonly declaration: IrpDeclaration;
  readonly resource: Resource;
  /** Declared cost of initState and of one step, ATP; the measured cost is recorded alongside. */
  readonly cost: { readonly init_atp: number; readonly step_atp: number };
  readonly limits: IrpLimits;
  initState(task: T, context: StepContext): S | Promise<S>;
  /** Scalar distance from a good answer, lower is better, finite. */
  energy(state: S): number;
  /**
   * One refinement step. Returns a new state and must not modify the given one: the runner keeps earlier
   * states for the best so far, rewinding and branches. A state whose energy has changed by the end of the
   * refinement is reported as SAGE_605.
   */
  step(state: S, context: StepContext): S | Promise<S>;
  /** Enforces constraints; called after initState and every step. Identity if there are none. */
  project(state: S): S;
  /** Constraint margin; ≥ 0 is feasible. */
  feasibility?(state: S): number;
  /** The plugin's own stopping rule, checked after every step in addition to the runner's. */
  halt?(
    energies: readonly number[],
    state: S,
  ): { readonly reason: HaltReason; readonly detail: string } | null;
  /** The result for consumers: plain, cloneable data that later steps do not modify. */
  answer(state: S): A;
  /**
   * False if computing an answer is expensive and nobody needs it before the end: reports of a running
   * refinement then carry none. Default true.
   */
  readonly interim?: boolean;
  /**
   * Additional numbers for telemetry. `cpu_ms`, if given, is the cost so far outside this process (a model
   * host); it is added to the measured cost.
   */
  emitTelemetry?(state: S): Readonly<Record<string, number>>;
  /** Frees what initState allocated (a slot in a model host, say). */
  dispose?(state: S): void;
}

/** A plugin of any task, state and answer type, as held by runner and orchestrator. */
// biome-ignore lint/suspicious/noExplicitAny: the heterogeneous list erases T, S and A; the runner never looks inside
export type AnyIrpPlugin = IrpPlugin<any, any, any>;

/** Trust metrics of one refinement (seeds/002). */
export interface TrustMetrics {
  /** Share of steps that did not raise the energy, 0..1. */
  readonly monotonicity_ratio: number;
  readonly dE_variance: number;
  /** Rise of the H-energy when this plugin is left out; null while unknown. */
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
      /**
       * Continues from an earlier state of `from_job_id` with different noise, on its own grant; the better
       * end wins.
       */
      readonly kind: 'branch';
      readonly job_id: string;
      readonly from_job_id: string;
      /** Steps before the parent's latest state; at most what the runner keeps. */
      readonly back_steps: number;
      readonly grant_matp: number;
      readonly max_steps: number;
      readonly seed: number;
    }
  | { readonly kind: 'grant'; readonly job_id: string; readonly grant_matp: number }
  | { readonly kind: 'cancel'; readonly job_id: string; readonly reason: string };

/** Report of the runner to the kernel, drained once per cycle. */
export interface JobReport {
  readonly job_id: string;
  readonly plugin: string;
  /**
   * `starved`: it could continue, but its grant is spent; it is extended, cancelled, or ended by its
   * deadline.
   */
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
  /** plugin.emitTelemetry of the latest state; finite numbers only. */
  readonly extra?: Readonly<Record<string, number>>;
  /** Random numbers drawn by its steps; without noise a branch would only repeat its parent. */
  readonly random_draws?: number;
  /** For a branch: the job and step it started from, and how long after that job's own start. */
  readonly origin?: { readonly job_id: string; readonly step: number; readonly after_ms: number };
}

/** Runs refinements off the kernel thread. `submit` returns at once; the cycle drains the reports. */
export interface JobRunner {
  submit(command: JobCommand): void;
  /** The latest report of every job that changed since the last drain, sorted by job id. */
  drain(): readonly JobReport[];
}

/** Declared ATP as integer milli-ATP, rounded up so that a cost is never understated. */
export function milliAtp(atp: number): number {
  return Math.ceil(atp * 1000 - 1e-6);
}
