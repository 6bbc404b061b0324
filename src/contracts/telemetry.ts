import { z } from 'zod';
import { HALT_REASONS } from './irp.js';

/**
 * The telemetry envelope (seeds/002, seeds/003), one per refinement on halt, or per step when asked.
 * `config/telemetry.schema.json` is generated from this schema.
 */
export const telemetrySchema = z.looseObject({
  entity_id: z.string().nullable().describe('who refined: the node, or the robot it runs on'),
  plugin: z.string(),
  job_id: z.string().optional(),
  step_idx: z.int().min(0),
  E: z.number(),
  dE: z.number().nullable(),
  steps: z.int().min(0).nullable(),
  halt_reason: z.enum(HALT_REASONS).nullable(),
  halt_detail: z.string().optional(),
  trust: z.looseObject({
    monotonicity_ratio: z.number().min(0).max(1),
    dE_variance: z.number().min(0),
    contribution_to_H: z.number().nullable(),
  }),
  budget: z.looseObject({
    ATP_spent: z.number().min(0),
    time_ms: z.number().min(0),
    cpu_ms: z.number().min(0).optional(),
  }),
  LRC_context: z.record(z.string(), z.unknown()).nullable(),
});

export type Telemetry = z.infer<typeof telemetrySchema>;
