import { z } from 'zod';
import type { JobReport, TrustMetrics } from '../contracts/irp.js';
import type { RefinementResult } from '../contracts/plan.js';
import { type Telemetry, telemetrySchema } from '../contracts/telemetry.js';

interface TelemetryOptions {
  /** Step to report; default the latest. */
  readonly step_idx?: number;
  /** Policy and quota under which the budget was granted (seeds/002). */
  readonly LRC_context?: Readonly<Record<string, unknown>>;
}

/**
 * Telemetry of a refinement, on halt or for one step, valid against telemetrySchema. `E` and `dE` are those
 * of the step; the best so far is given beside them. Null while there is no energy yet: a refinement that
 * never reached a state has only its fault, which goes to the diagnostics. Source: seeds/002, seeds/003.
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

/** Envelopes per refinement and cycle at most; with more steps, the last ones are sent. */
const ENVELOPES_MAX = 256;

/** How much telemetry to emit in this cycle. */
interface EmitOptions {
  /** True: one envelope per step; false: one per refinement, on halt. */
  readonly per_step: boolean;
  readonly LRC_context: Readonly<Record<string, unknown>>;
}

/**
 * Emits the telemetry of running refinements: each step once if every step is asked for, and each halt once.
 * What was spent is as of the time of emission. Keeps one number per plugin.
 */
export function createTelemetryEmitter(
  entity_id: string | null,
): (result: RefinementResult, options: EmitOptions) => readonly Telemetry[] {
  /** Next step to emit of each plugin's running refinement. */
  const next = new Map<string, { readonly job_id: string; readonly step: number }>();
  return ({ job_id, plugin, report, trust_metrics, finished }, { per_step, LRC_context }) => {
    const last = report.energies.length - 1;
    const known = next.get(plugin);
    const untold = known?.job_id === job_id ? known.step : 0;
    if (finished) next.delete(plugin);
    else next.set(plugin, { job_id, step: Math.max(untold, last + 1) });
    if (!finished && !per_step) return [];
    const from = per_step ? Math.max(untold, last + 1 - ENVELOPES_MAX) : last;
    const envelopes: Telemetry[] = [];
    for (let step_idx = finished ? Math.min(from, last) : from; step_idx <= last; step_idx++) {
      const envelope = telemetryOf(report, entity_id, trust_metrics, { step_idx, LRC_context });
      if (envelope !== null) envelopes.push(envelope);
    }
    return envelopes;
  };
}

/** Energies near ±1.8e308 differ by more than a double holds; the envelope requires a finite value. */
function finiteDifference(later: number, earlier: number): number {
  const difference = later - earlier;
  return Number.isFinite(difference) ? difference : Math.sign(difference) * Number.MAX_VALUE;
}

/** The JSON Schema of telemetry, as in `config/telemetry.schema.json`. */
export function telemetryJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(telemetrySchema, { target: 'draft-2020-12' });
  return { $schema, title: 'SAGE IRP Telemetry', ...rest };
}
