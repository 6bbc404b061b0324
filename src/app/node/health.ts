import type { Effects } from '../../contracts/effects.js';
import type { Fault } from '../../contracts/errors.js';
import type { HealthEntry, HealthLevel } from '../../contracts/graph.js';
import type { RunTotals } from '../../contracts/status.js';
import type { ModelManager } from '../../models/index.js';

/** What the rows of /diagnostics are made from. */
export interface HealthInputs {
  readonly effects: Effects;
  readonly host: Pick<ModelManager, 'health' | 'list' | 'history' | 'budget'>;
  readonly totals: RunTotals;
  /** How the cycle's thread is scheduled. */
  readonly scheduling: string;
  /** Faults that stand now. */
  readonly standing: readonly Fault[];
  /** Faults that stood lately and are over. */
  readonly over: readonly Fault[];
}

/** The rows of /diagnostics: the cycle, the mind, the model host, each fault that stands and each that was just over. */
export function healthOf({
  effects,
  host,
  totals,
  scheduling,
  standing,
  over,
}: HealthInputs): readonly HealthEntry[] {
  const { report, metabolic } = effects;
  const rows: HealthEntry[] = [
    {
      name: 'cycle',
      level: 'ok',
      message: `${totals.cycles} cycles`,
      values: {
        cycles: totals.cycles,
        overruns: totals.overruns,
        jumps_back: report.jumps_back,
        rate_hz: rounded(report.rate_hz),
        lateness_p99_ms: rounded(totals.lateness_ms.p99),
        scheduling,
        frames_received: totals.frames_received,
        frames_lost: totals.frames_lost,
      },
    },
    {
      name: 'mind',
      level: metabolic.state === 'CRISIS' ? 'warn' : 'ok',
      message: `${metabolic.state}: ${metabolic.reason}`,
      values: {
        energy: rounded(metabolic.energy),
        h_energy: rounded(report.h_energy),
        coherence: rounded(report.coherence),
      },
    },
    {
      name: 'memory',
      level: 'ok',
      message: `${report.memory.remembered} remembered`,
      values: { ...report.memory },
    },
    hostRow(host),
    ...modelRows(host),
  ];
  for (const found of standing) rows.push(faultRow(found, levelOf(found), ''));
  for (const found of over) rows.push(faultRow(found, 'warn', '; good again'));
  return rows;
}

function faultRow(found: Fault, level: HealthLevel, suffix: string): HealthEntry {
  const { code, text, where } = found;
  return { name: where, level, message: `${code} ${text}${suffix}`, values: { code } };
}

function hostRow(host: HealthInputs['host']): HealthEntry {
  const { state, fault, restarts, provider, pid } = host.health();
  return {
    name: 'model host',
    level: fault !== null ? 'error' : state === 'ready' ? 'ok' : 'warn',
    message: fault === null ? state : `${fault.code} ${fault.where}: ${fault.text}`,
    values: { state, restarts, provider, pid: pid ?? 'none' },
  };
}

/** One row per model that is loaded or should be, with the last that was done with any of them. */
function modelRows(host: HealthInputs['host']): HealthEntry[] {
  const { ram_mb, ram_mb_max, gpu_mb, gpu_mb_max } = host.budget();
  const last = host.history().at(-1);
  const summary: HealthEntry = {
    name: 'models',
    level: 'ok',
    message: last === undefined ? 'nothing was loaded yet' : `${last.kind} ${last.model}: ${last.reason}`,
    values: {
      ram_mb: Math.round(ram_mb),
      ram_mb_max,
      gpu_mb: Math.round(gpu_mb),
      gpu_mb_max,
      last_gap_ms: rounded(last?.gap_ms ?? null),
    },
  };
  const rows = host
    .list()
    .filter(({ state, used }) => used || state !== 'unloaded')
    .map(
      (model): HealthEntry => ({
        name: `model ${model.id}`,
        level: model.state === 'failed' ? 'error' : 'ok',
        message: [`${model.state}: ${model.reason}`, model.note].filter((text) => text !== '').join('; '),
        values: {
          state: model.state,
          provider: model.provider,
          memory_mb: Math.round(model.memory_mb),
          run_p50_ms: rounded(model.run_p50_ms),
          run_p99_ms: rounded(model.run_p99_ms),
          runs: model.runs,
          value: rounded(model.value),
        },
      }),
    );
  return [summary, ...rows];
}

function levelOf(found: Fault): HealthLevel {
  return found.code === 'SAGE_205' ? 'stale' : 'error';
}

function rounded(value: number | null): number | string {
  return value === null ? 'unknown' : Math.round(value * 1000) / 1000;
}
