export type { Allowance } from './budget.js';
export { type Halt, haltAfterStep } from './halt.js';
export { type JobTableOptions, jobOptions, refusal } from './job-table.js';
export { checkPlugin, MAX_STEPS_LIMIT, pluginsById } from './plugin-check.js';
export { type RefineOptions, refine } from './refine.js';
export { createJobRunner, type RefinementRunner, type RunnerOptions, type RunnerPorts } from './runner.js';
export {
  createTelemetryEmitter,
  telemetryJsonSchema,
  telemetryOf,
} from './telemetry.js';
export { createVirtualRunner, type VirtualRunner } from './virtual-runner.js';
