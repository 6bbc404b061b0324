import { z } from 'zod';
import type { JobReport, TrustMetrics } from '../contracts/irp.js';
import { type Telemetry, telemetrySchema } from '../contracts/telemetry.js';

export interface TelemetryOptions {
  /** Which step it speaks of; default the latest. */
  readonly step_idx?: number;
  /** Policy and quota under which the budget was granted (seeds/002). */
  readonly LRC_context?: Readonly<Record<string, unknown>>;
}

/**
 * The telemetry of a refinement, on halt or of one step, valid against telemetrySchema. `E` and `dE` are those of the
 * step; the best so far stands beside them. Null while there is no energy yet: a refinement that never had a state
 * has only its fault, which goes to the diagnostics. Source: seeds/002, seeds/003.
 */
export function telemetryOf(
  report: JobReport,
  entity_id: string | null,
  trust: TrustMetrics,
  options: TelemetryOptions = {},
): Telemetry | null {
  const last = report.energies.length - 1;
  if (last < 0) return null;
  const step_idx = Math.min(Math.max(0, options.step_idx ?? last), last);
  const energy = report.energies[step_idx]!;
  const previous = report.energies[step_idx - 1];
  const ended = report.status === 'halted' || report.status === 'failed' || report.status === 'cancelled';
  const latest = step_idx === last;
  return {
    entity_id,
    plugin: report.plugin,
    job_id: report.job_id,
    step_idx,
    E: energy,
    dE: previous === undefined ? null : finiteDifference(energy, previous),
    steps: report.steps,
    halt_reason: ended && latest ? report.halt_reason : null,
    halt_detail: latest ? report.halt_detail : '',
    status: latest ? report.status : 'running',
    best_E: report.best_energy,
    best_step: report.best_step,
    feasibility: Number.isFinite(report.feasibility) ? report.feasibility : null,
    trust: {
      monotonicity_ratio: trust.monotonicity_ratio,
      dE_variance: trust.dE_variance,
      contribution_to_H: trust.contribution_to_H,
    },
    budget: {
      ATP_spent: report.spent_matp / 1000,
      time_ms: report.time_ms,
      cpu_ms: report.cpu_ms,
    },
    LRC_context: options.LRC_context ? { ...options.LRC_context } : null,
    ...(report.extra ? { extra: { ...report.extra } } : {}),
  };
}

/** Energies near ±1.8e308 differ by more than a number holds; the envelope wants a finite one. */
function finiteDifference(later: number, earlier: number): number {
  const difference = later - earlier;
  return Number.isFinite(difference) ? difference : Math.sign(difference) * Number.MAX_VALUE;
}

/** The JSON Schema of telemetry, as `config/telemetry.schema.json` holds it. */
export function telemetryJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(telemetrySchema, { target: 'draft-2020-12' });
  return { $schema, title: 'SAGE IRP Telemetry', ...rest };
}
