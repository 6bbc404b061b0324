import { z } from 'zod';
import { decisionSchema } from './decision.js';
import { HALT_REASONS } from './irp.js';

/**
 * The log of a run: JSON lines that hold everything nondeterministic that came into the kernel, and what it made of
 * it. A header, then per cycle its inputs, its jobs, the cycle itself and what went out, then one line at the end.
 * The same bag, configuration, models and seed give the same bytes: keys stand in the order of these schemas, numbers
 * in the shortest form that reads back as the same number, and nothing tells of the machine or of the time of writing.
 * Stamps are in ms of the run's clock (the bag's time where a bag is replayed).
 */
export const LOG_FORMAT = 'sage-log';
/** The version that is written; it grows whenever a reader of the one before would misread. */
export const LOG_VERSION = 2;
/** Versions that are read; another one is refused (SAGE_1021). Version 1 had no build, no models and no lifecycle. */
export const LOG_VERSIONS_READ = [1, LOG_VERSION] as const;

/** What may be done with a model. */
export const MODEL_EVENT_KINDS = ['load', 'unload', 'swap', 'replace'] as const;

const faultSchema = z.object({ code: z.string(), where: z.string(), text: z.string() });
/** Values as JSON that reads back exactly: see src/replay/log-value.ts for what stands for NaN, -0 and typed arrays. */
const valueSchema = z.unknown();

export const logModelSchema = z.object({
  id: z.string(),
  version: z.string(),
  /** sha256 of each graph file, by graph; sorted. */
  sha256: z.record(z.string(), z.string()),
  /** sha256 of what its manifest says besides: labels, thresholds, how the model is fed. */
  manifest: z.string().optional(),
});

/** The code that ran. Two runs of the same code, parameters, models and inputs give the same bytes. */
export const logBuildSchema = z.object({
  commit: z.string().nullable().describe('git commit, 40 hex digits; null if unknown'),
  code: z.string().describe('sha256 of the modules that make decisions and of user plugins, hex'),
});

export const logHeaderSchema = z.object({
  kind: z.literal('header'),
  format: z.literal(LOG_FORMAT),
  version: z.literal(LOG_VERSIONS_READ),
  sage: z.string().describe('version of SAGE'),
  build: logBuildSchema.optional(),
  source: z.enum(['replay', 'live']),
  costs: z
    .enum(['declared', 'recorded', 'measured'])
    .describe('source of completion times: declared, another log, or the wall clock of a live run'),
  inputs: z
    .enum(['values', 'references'])
    .describe(
      'whether inputs are logged with their content (images without pixels), or only by source and stamp',
    ),
  clock: z
    .enum(['simulated', 'moved'])
    .optional()
    .describe(
      'time is taken from /clock in the bag, or is recording time shifted to match the stamps; absent: recording time',
    ),
  seed: z.int(),
  config_hash: z.string().describe('sha256 of the parameters as logged here, hex'),
  parameters: z.record(z.string(), z.record(z.string(), z.unknown())),
  models: z.array(logModelSchema),
  plugins: z.array(z.string()),
  shapes: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'capsules fitted to the meshes of robot descriptions, as the XML elements that SAGE adds, by the sha256 of the description; on /sage/run only',
    ),
  bag: z
    .object({
      name: z.string().describe('base name of its path'),
      storage: z.string(),
      messages: z.int().min(0),
      start_ms: z.number(),
      end_ms: z.number(),
    })
    .nullable(),
  /** Which topic each of SAGE's names was taken from. */
  topics: z.array(z.object({ name: z.string(), topic: z.string(), type: z.string() })),
});

/** A live parameter that changed before the cycle named. */
export const logParameterSchema = z.object({
  kind: z.literal('parameter'),
  cycle: z.int(),
  path: z.string(),
  value: valueSchema,
});

/** A model was loaded, unloaded or exchanged before the cycle named, or an attempt to do so failed. */
export const logModelEventSchema = z.object({
  kind: z.literal('model'),
  cycle: z.int(),
  event: z.enum(MODEL_EVENT_KINDS),
  model: z.string().describe('the model in use afterwards'),
  replaced: z.string().describe('the previous model; empty for load and unload'),
  version: z.string(),
  sha256: logModelSchema.shape.sha256,
  reason: z.string(),
  fault: faultSchema.nullable(),
});

/** The state of the lifecycle node from before the cycle named on: while it is not active, only holds are sent. */
export const logLifecycleSchema = z.object({
  kind: z.literal('lifecycle'),
  cycle: z.int(),
  state: z.string(),
});

/** One reading that the cycle took. */
export const logInputSchema = z.object({
  kind: z.literal('input'),
  cycle: z.int(),
  source: z.string(),
  type: z.string().describe('the kind of reading: camera, joints, goal …'),
  stamp_ms: z.number(),
  received_ms: z.number(),
  /** A fingerprint of what it said, 16 hex digits: of an image its embedding, as salience sees it. */
  digest: z.string(),
  /** The rest of the reading (of an image all but its pixels); absent where the header says references. */
  value: valueSchema.optional(),
});

/** What one refinement had reached when the cycle took its report: a JobReport with the answer as a value. */
export const logJobSchema = z.looseObject({
  kind: z.literal('job'),
  cycle: z.int(),
  job_id: z.string(),
  plugin: z.string(),
  status: z.enum(['running', 'starved', 'halted', 'failed', 'cancelled']),
  steps: z.int(),
  energies: z.array(z.number()),
  best_energy: z.number().nullable(),
  best_step: z.int(),
  feasibility: z.number().nullable(),
  spent_matp: z.number(),
  /** Measured cost, or the declared one where costs are declared. */
  cpu_ms: z.number(),
  time_ms: z.number(),
  halt_reason: z.enum(HALT_REASONS).nullable(),
  halt_detail: z.string(),
  fault: faultSchema.nullable(),
  extra: z.record(z.string(), z.number()).optional(),
  /** The answer of the best state; absent where it is that of the job's line before, or where there is none. */
  best: valueSchema.optional(),
  /** True where `best` is that of the job's line before. */
  best_kept: z.boolean(),
});

/** What the kernel asked of the runner. Tasks are left out: they follow from the inputs. */
export const logCommandSchema = z.object({
  kind: z.enum(['start', 'branch', 'grant', 'cancel']),
  job_id: z.string(),
  plugin: z.string().optional(),
  from_job_id: z.string().optional(),
  back_steps: z.int().optional(),
  grant_matp: z.number().optional(),
  max_steps: z.int().optional(),
  seed: z.number().optional(),
  reason: z.string().optional(),
});

export const logSalienceSchema = z.object({
  source: z.string(),
  surprise: z.number(),
  novelty: z.number(),
  arousal: z.number(),
  reward: z.number(),
  conflict: z.number(),
  combined: z.number(),
  age_ms: z.number().nullable(),
  stale: z.boolean(),
});

/** One cycle: the clock it read, and the state of the mind after it. Its inputs and jobs stand before it. */
export const logCycleSchema = z.object({
  kind: z.literal('cycle'),
  cycle: z.int(),
  /** The clock reading. */
  now_ms: z.number(),
  /** Faults that stood against sources when the cycle began, by source. */
  source_faults: z.record(z.string(), faultSchema),
  /** Readings that had to give way since the cycle before, by source. */
  dropped: z.record(z.string(), z.number()),
  state: z.string(),
  state_reason: z.string(),
  energy: z.number(),
  salience: z.array(logSalienceSchema),
  /** Milli-ATP; total = allocated + reserve + spent. */
  ledger: z.object({
    total_matp: z.number(),
    allocated_matp: z.number(),
    reserve_matp: z.number(),
    spent_matp: z.number(),
    expired_matp: z.number().optional(),
  }),
  h_energy: z.number(),
  coherence: z.number(),
  trust: z.record(z.string(), z.number()),
  goal: z.looseObject({ text: z.string(), step: z.string(), progress: z.number() }).nullable(),
  commands: z.array(logCommandSchema),
  faults: z.array(faultSchema),
});

export const logDecisionSchema = z.object({
  kind: z.literal('decision'),
  cycle: z.int(),
  decision: decisionSchema,
});

export const logGoalSchema = z.looseObject({
  kind: z.literal('goal'),
  cycle: z.int(),
  goal_id: z.string(),
  text: z.string(),
  status: z.string(),
  step: z.string(),
  progress: z.number(),
  code: z.string().nullable(),
  reason: z.string(),
});

/** A command to an effector, as the gate let it pass: the whole trajectory, or the gripper's values. */
export const logActionSchema = z.object({
  kind: z.literal('action'),
  cycle: z.int(),
  action: z.enum(['trajectory', 'hold', 'gripper']),
  purpose: z.string(),
  value: valueSchema,
});

/** Something about the run itself that a reader should know: what was skipped, where it left the log it followed. */
export const logNoteSchema = z.object({
  kind: z.literal('note'),
  cycle: z.int(),
  code: z.string(),
  where: z.string(),
  text: z.string(),
});

/** The last line; a log without it was cut off. */
export const logEndSchema = z.object({
  kind: z.literal('end'),
  cycles: z.int(),
  inputs: z.int(),
  jobs: z.int(),
  decisions: z.int(),
  actions: z.int(),
  notes: z.int(),
  duration_ms: z.number().describe('from the first clock reading to the last, excluding jumps back'),
});

export const logRecordSchema = z.discriminatedUnion('kind', [
  logHeaderSchema,
  logParameterSchema,
  logModelEventSchema,
  logLifecycleSchema,
  logInputSchema,
  logJobSchema,
  logCycleSchema,
  logDecisionSchema,
  logGoalSchema,
  logActionSchema,
  logNoteSchema,
  logEndSchema,
]);

export type LogHeader = z.infer<typeof logHeaderSchema>;
export type LogModel = z.infer<typeof logModelSchema>;
export type LogParameter = z.infer<typeof logParameterSchema>;
export type LogBuild = z.infer<typeof logBuildSchema>;
export type LogModelEvent = z.infer<typeof logModelEventSchema>;
export type LogLifecycle = z.infer<typeof logLifecycleSchema>;
export type LogInput = z.infer<typeof logInputSchema>;
export type LogJob = z.infer<typeof logJobSchema>;
export type LogCommand = z.infer<typeof logCommandSchema>;
export type LogCycle = z.infer<typeof logCycleSchema>;
export type LogDecision = z.infer<typeof logDecisionSchema>;
export type LogGoal = z.infer<typeof logGoalSchema>;
export type LogAction = z.infer<typeof logActionSchema>;
export type LogNote = z.infer<typeof logNoteSchema>;
export type LogEnd = z.infer<typeof logEndSchema>;
export type LogRecord = z.infer<typeof logRecordSchema>;
