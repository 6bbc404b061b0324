import type { Effects } from '../contracts/effects.js';
import type { Fault } from '../contracts/errors.js';
import type { HealthEntry, HealthLevel } from '../contracts/graph.js';
import type { RunTotals } from '../contracts/status.js';
import type { ModelHost } from '../models/index.js';

/** The rows of /diagnostics: the cycle, the mind, the model host, and each fault that stands. */
export function healthOf(
  effects: Effects,
  host: ModelHost,
  totals: RunTotals,
  storeFault: Fault | null,
): readonly HealthEntry[] {
  const { report, metabolic } = effects;
  const rows: HealthEntry[] = [
    {
      name: 'cycle',
      level: 'ok',
      message: `${totals.cycles} cycles`,
      values: {
        cycles: totals.cycles,
        overruns: totals.overruns,
        lateness_p99_ms: rounded(totals.lateness_ms.p99),
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
    hostRow(host),
  ];
  const faults = storeFault === null ? report.faults : [...report.faults, storeFault];
  for (const found of faults) {
    rows.push({
      name: found.where,
      level: levelOf(found),
      message: `${found.code} ${found.text}`,
      values: { code: found.code },
    });
  }
  return rows;
}

function hostRow(host: ModelHost): HealthEntry {
  const health = host.health();
  return {
    name: 'model host',
    level: health.state === 'ready' && health.fault === null ? 'ok' : 'error',
    message: health.fault === null ? health.state : `${health.fault.code} ${health.fault.text}`,
    values: { state: health.state, restarts: health.restarts, provider: health.provider },
  };
}

function levelOf(found: Fault): HealthLevel {
  return found.code === 'SAGE_205' ? 'stale' : 'error';
}

function rounded(value: number | null): number | string {
  return value === null ? 'unknown' : Math.round(value * 1000) / 1000;
}
