import type { Fault } from '../contracts/errors.js';
import type { Metabolism } from '../contracts/metabolism.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Orchestrator, Planner, RefinementResult } from '../contracts/plan.js';
import type { SalienceScorer } from '../contracts/salience.js';
import type { Telemetry } from '../contracts/telemetry.js';
import type { Actor } from './act.js';
import type { MotionFaculty } from './faculties/motion.js';
import type { Faculty } from './faculty.js';
import type { Pursuit } from './goals/pursuit.js';
import type { Learner } from './learn.js';
import type { MemoryWork } from './memory-work.js';
import type { Recorder } from './record.js';
import type { Situation } from './situation.js';
import type { TemporalState } from './temporal.js';

/** Exchangeable parts of the kernel, and what further plugins contribute. */
export interface MindParts {
  readonly salience: SalienceScorer;
  readonly metabolism: Metabolism;
  readonly planner: Planner;
  readonly orchestrator: Orchestrator;
  /** Telemetry envelopes for a result: one on halt, or one per step if that is requested. */
  readonly telemetry: (
    result: RefinementResult,
    options: { readonly per_step: boolean; readonly LRC_context: Readonly<Record<string, unknown>> },
  ) => readonly Telemetry[];
  /** Faculties of further plugins; they come after vision and motion. */
  readonly faculties: readonly Faculty[];
}

/** The state of the kernel: owned by it, changed only by a cycle. */
export interface Mind extends MindParts {
  readonly parameters: Parameters;
  readonly situation: Situation;
  readonly motion: MotionFaculty;
  readonly actor: Actor;
  readonly learner: Learner;
  readonly recorder: Recorder;
  readonly memory: MemoryWork;
  readonly random: () => number;
  /** Plugins with a refinement in progress. */
  readonly running: Set<string>;
  /** Preempted goals and their progress. */
  readonly preempted: Map<string, Pursuit>;
  /** Since when each plugin has been wanted without a result, ms. */
  readonly wanted_since_ms: Map<string, number>;
  /** Best energy of each plugin's latest refinement. */
  energies: Readonly<Record<string, number>>;
  /** Of the last H-step, 0..1. */
  h_energy: number;
  time: TemporalState;
  trust: Readonly<Record<string, number>>;
  /** True if the robot was held since the goal last advanced. */
  interrupted: boolean;
  /**
   * Fault of the robot's own that caused the interruption and so counts as an attempt; null for external
   * causes.
   */
  blame: string | null;
  /** Faults of the previous cycle. */
  faults: readonly Fault[];
}
