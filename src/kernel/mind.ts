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

/** The parts of the mind that stand behind interfaces, and what further plugins bring along. */
export interface MindParts {
  readonly salience: SalienceScorer;
  readonly metabolism: Metabolism;
  readonly planner: Planner;
  readonly orchestrator: Orchestrator;
  /** The envelopes that a result is worth: one on halt, one for each step where every step is asked for. */
  readonly telemetry: (
    result: RefinementResult,
    options: { readonly per_step: boolean; readonly LRC_context: Readonly<Record<string, unknown>> },
  ) => readonly Telemetry[];
  /** Faculties of further plugins, after vision and motion. */
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
  /** Plugins with a refinement under way. */
  readonly running: Set<string>;
  /** Goals that were preempted, with how far they had come. */
  readonly preempted: Map<string, Pursuit>;
  /** Since when each plugin has been wanted without a result, ms. */
  readonly wanted_since_ms: Map<string, number>;
  /** Best energy of the latest refinement of each plugin. */
  energies: Readonly<Record<string, number>>;
  /** Of the last H-step, 0..1. */
  h_energy: number;
  time: TemporalState;
  trust: Readonly<Record<string, number>>;
  /** True when the robot was held since the goal was last advanced. */
  interrupted: boolean;
  /** What the robot did wrong when it was interrupted, and so counts as an attempt; null for what came from outside. */
  blame: string | null;
  /** Faults of the cycle before. */
  faults: readonly Fault[];
}
