import type { GoalVerb } from './goal.js';
import type { JobCommand, JobReport, Resource, TrustMetrics } from './irp.js';
import type { MetabolicStatus } from './metabolism.js';
import type { SourceSalience } from './salience.js';

/** A refinement that could run now: the kernel offers, the planner chooses. */
export interface JobOffer {
  readonly plugin: string;
  readonly resource: Resource;
  /** Sources it refines; empty for effectors. */
  readonly sources: readonly string[];
  readonly task: unknown;
  /** How much the active goal step needs it, 0..1. */
  readonly goal_need: number;
  /** True if a refinement of this plugin is already running. */
  readonly running: boolean;
  /** Time of its last result, ms; null = never. */
  readonly last_result_ms: number | null;
  /**
   * Since when it has been wanted without a result, ms; long waits raise its value, so that nothing starves.
   * Set by the kernel, not by faculties.
   */
  readonly wanted_since_ms?: number;
}

/** The active goal as the planner sees it. */
export interface PlanGoal {
  readonly goal_id: string;
  readonly verb: GoalVerb;
  readonly step: string;
  /** 0..1. */
  readonly progress: number;
  /** 0..10. */
  readonly priority: number;
  /** Time to its deadline, ms, ≥ 0; null = none. */
  readonly left_ms: number | null;
  /**
   * True while its step waits on the world with nothing to refine: the arm is moving, the fingers are
   * closing.
   */
  readonly waits: boolean;
}

/** The planner's decision on one offer, chosen or not: the decision record shows both. */
export interface PlannedJob {
  readonly plugin: string;
  readonly chosen: boolean;
  /** Priority from salience, goal and trust, ≥ 0. */
  readonly value: number;
  readonly reason: string;
}

export interface Plan {
  /** Sorted by descending value; at most the attention breadth is chosen. */
  readonly jobs: readonly PlannedJob[];
  /**
   * Share of the available ATP per resource, adding up to 1 (or 0 if nothing runs). `llm`, `vision`, `memory`
   * and `effector` go to the running plugins of that resource, by trust; with a share of 0 they get only the
   * floor. `time` is held back for later: plugins of this resource work for later (prediction, rehearsal) and
   * are paid from it; while none of them runs, it stays in the reserve.
   */
  readonly allocation: Readonly<Record<Resource, number>>;
}

export interface PlanInputs {
  readonly now_ms: number;
  readonly salience: readonly SourceSalience[];
  /** The metabolic state with its energy (0..100), breadth, depth and rates. */
  readonly policy: MetabolicStatus;
  /** Trust per plugin; 1 if missing. */
  readonly trust: Readonly<Record<string, number>>;
  /** Null without an active goal. */
  readonly goal: PlanGoal | null;
  readonly offers: readonly JobOffer[];
  /**
   * Best energy of the latest refinement per plugin, in its own scale; missing for plugins that never ran.
   */
  readonly energies: Readonly<Record<string, number>>;
  /** Trust-weighted mean of the normalised energies at the end of the previous H-step, 0..1. */
  readonly h_energy: number;
  readonly random: () => number;
}

/** Chooses which plugins run under the policy. A learned core can implement it as well. */
export interface Planner {
  plan(inputs: PlanInputs): Plan;
}

/** A branch of a refinement, running or ended. */
export interface BranchOutcome {
  readonly job_id: string;
  /** Step of the refinement it branched from. */
  readonly from_step: number;
  readonly best_energy: number | null;
  /** True if the report is this branch's: its best beats all others. */
  readonly won: boolean;
}

/** A refinement that ended, or its best so far. */
export interface RefinementResult {
  readonly job_id: string;
  readonly plugin: string;
  /** With branches: the path to the best end, with the total cost. */
  readonly report: JobReport;
  /** Absent if it did not branch. */
  readonly branches?: readonly BranchOutcome[];
  readonly trust_metrics: TrustMetrics;
  readonly trust: number;
  /** True in the cycle in which it ended. */
  readonly finished: boolean;
}

/** Milli-ATP; invariant: total = allocated + reserve + spent. */
export interface AtpLedger {
  readonly total_matp: number;
  readonly allocated_matp: number;
  readonly reserve_matp: number;
  readonly spent_matp: number;
  /** Income that expired unused; not part of the total. */
  readonly expired_matp?: number;
}

export interface HStepInputs {
  readonly now_ms: number;
  readonly dt_s: number;
  readonly policy: MetabolicStatus;
  readonly plan: Plan;
  readonly offers: readonly JobOffer[];
  readonly reports: readonly JobReport[];
  readonly random: () => number;
}

export interface HStepResult {
  readonly commands: readonly JobCommand[];
  /** Running and just finished refinements, sorted by plugin id, never by arrival. */
  readonly results: readonly RefinementResult[];
  readonly ledger: AtpLedger;
  readonly trust: Readonly<Record<string, number>>;
  /** Trust-weighted mean of the normalised energies of all plugins, 0..1. */
  readonly h_energy: number;
  /** 0..1. */
  readonly coherence: number;
  /** True while the H-energy has plateaued and nothing needs refining. */
  readonly halted: boolean;
}

/** The HRM orchestrator: one call is one H-step. */
export interface Orchestrator {
  hStep(inputs: HStepInputs): HStepResult;
  /** Cancels a plugin's running refinement (its task is outdated), with the next H-step. */
  cancel(plugin: string, reason: string): void;
  /** Cancels every running refinement with the next H-step, which starts nothing new. */
  cancelAll(reason: string): void;
}
