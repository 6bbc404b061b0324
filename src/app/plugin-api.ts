/**
 * What a plugin author imports: `import { defineExtension } from 'sage'`. Everything here is pure or takes its ports;
 * importing it starts nothing. See docs/writing-a-plugin.md.
 */
import type { IrpPlugin } from '../contracts/irp.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { RunnerPorts } from '../irp/index.js';
import type { Faculty } from '../kernel/faculty.js';

export { type ErrorCode, type Fault, fault, SageError } from '../contracts/errors.js';
export type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
export type { BelievedObject, Goal, TargetDescription } from '../contracts/goal.js';
export {
  HALT_REASONS,
  type HaltReason,
  type IrpDeclaration,
  type IrpLimits,
  type IrpPlugin,
  type JobReport,
  RESOURCES,
  type Resource,
  type StepContext,
  type TrustMetrics,
} from '../contracts/irp.js';
export type { CameraReading, EmbeddingReading, JointsReading } from '../contracts/observation.js';
export { defaultParameters, type Parameters } from '../contracts/parameters/index.js';
export type { BranchOutcome, JobOffer, RefinementResult } from '../contracts/plan.js';
export { type Random, seededRandom } from '../contracts/ports.js';
export { type Telemetry, telemetrySchema } from '../contracts/telemetry.js';
export type { SeenObject, VisionAnswer } from '../contracts/vision.js';
export { checkPlugin, type RefineOptions, type RunnerPorts, refine, telemetryOf } from '../irp/index.js';
export type { Faculty } from '../kernel/faculty.js';
export type { Situation } from '../kernel/situation.js';

/** A plugin with the faculty that ties it to the cycle, their types as the author knows them. */
export interface TypedExtension<T, S, A> {
  readonly plugin: IrpPlugin<T, S, A>;
  readonly faculty: Faculty;
}

/**
 * The `extension` that a module named in node.plugins exports. It is called once where the cycle runs and once where
 * plugins are refined, with the same parameters: plugin and faculty share nothing but tasks and answers.
 */
export function defineExtension<T, S, A>(
  make: (parameters: Parameters) => TypedExtension<T, S, A>,
): (parameters: Parameters) => TypedExtension<T, S, A> {
  return make;
}

/** The clock and the event loop of this machine, to try a plugin with `refine`. */
export function machinePorts(): RunnerPorts {
  return {
    cpuNow_ms: () => performance.now(),
    yieldToLoop: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
