import type { GoalVerb } from './goal.js';
import type { JobCommand, JobReport, Resource, TrustMetrics } from './irp.js';
import type { MetabolicStatus } from './metabolism.js';
import type { SourceSalience } from './salience.js';

/** A refinement that could be run now: the kernel offers, the planner chooses. */
export interface JobOffer {
  readonly plugin: string;
  readonly resource: Resource;
  /** The sources it refines; empty for effectors. */
  readonly sources: readonly string[];
  readonly task: unknown;
  /** How much the active goal step needs it, 0..1. */
  readonly goal_need: number;
  /** True where a refinement of this plugin runs already. */
  readonly running: boolean;
  /** When its last result was made, ms; null = never. */
  readonly last_result_ms: number | null;
  /**
   * Since when it has been wanted without a result, ms: what waits long enough comes first, so that nothing starves.
   * The kernel fills it in; a faculty leaves it out.
   */
  readonly wanted_since_ms?: number;
}

/** What the planner knows of the goal that is pursued. */
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
  /** True while its step waits on the world and has nothing to refine: the arm is under way, the fingers close. */
  readonly waits: boolean;
}

/** What the planner decided for one offer, also for those not chosen: the decision record shows both. */
export interface PlannedJob {
  readonly plugin: string;
  readonly chosen: boolean;
  /** Priority from salience, goal and trust, ≥ 0. */
  readonly value: number;
  readonly reason: string;
}

export interface Plan {
  /** Sorted by value, the highest first; at most as many are chosen as the attention breadth allows. */
  readonly jobs: readonly PlannedJob[];
  /**
   * Share of the ATP at hand per resource, adds up to 1 (or 0 where nothing runs). `llm`, `vision`, `memory` and
   * `effector` go to the running plugins of that resource, by trust; one with a share of 0 gets the floor alone.
   * `time` is the share kept for later: plugins that declare this resource work for later (predict, rehearse) and are
   * paid from it, and where none of them runs it stays in the reserve.
   */
  readonly allocation: Readonly<Record<Resource, number>>;
}

export interface PlanInputs {
  readonly now_ms: number;
  readonly salience: readonly SourceSalience[];
  /** The metabolic state with its energy (0..100), breadth, depth and rates. */
  readonly policy: MetabolicStatus;
  /** Per plugin; one that is missing has 1. */
  readonly trust: Readonly<Record<string, number>>;
  /** Null while no goal is pursued. */
  readonly goal: PlanGoal | null;
  readonly offers: readonly JobOffer[];
  /** Best energy of the latest refinement per plugin, in its own scale; a plugin that never ran is missing. */
  readonly energies: Readonly<Record<string, number>>;
  /** Trust-weighted mean of the normalised energies at the end of the H-step before, 0..1. */
  readonly h_energy: number;
  readonly random: () => number;
}

/** Chooses which plugins run under the policy. A learned core can stand behind the same interface. */
export interface Planner {
  plan(inputs: PlanInputs): Plan;
}

/** A branch of a refinement, running or ended. */
export interface BranchOutcome {
  readonly job_id: string;
  /** Step of the refinement whose state it began from. */
  readonly from_step: number;
  readonly best_energy: number | null;
  /** True where the report is that of this branch: its best is better than that of all others. */
  readonly won: boolean;
}

/** One refinement that ended, or stands at its best so far. */
export interface RefinementResult {
  readonly job_id: string;
  readonly plugin: string;
  /** Where it branched: the path that leads to the better end, with the cost of all. */
  readonly report: JobReport;
  /** Absent where it did not branch. */
  readonly branches?: readonly BranchOutcome[];
  readonly trust_metrics: TrustMetrics;
  readonly trust: number;
  /** True in the cycle in which it ended. */
  readonly finished: boolean;
}

/** Milli-ATP; total = allocated + reserve + spent after every operation. */
export interface AtpLedger {
  readonly total_matp: number;
  readonly allocated_matp: number;
  readonly reserve_matp: number;
  readonly spent_matp: number;
  /** What was granted and expired unused; not part of the total. */
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
  /** Ends the running refinement of one plugin (its task is out of date); goes out with the next H-step. */
  cancel(plugin: string, reason: string): void;
  /** Ends every running refinement; the commands go out with the next H-step, which starts nothing new. */
  cancelAll(reason: string): void;
}
