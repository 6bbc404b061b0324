import type { JobReport } from '../contracts/irp.js';
import type { BranchOutcome } from '../contracts/plan.js';
import { digits } from '../contracts/readable.js';
import type { Refinement } from './refinement.js';

export const PLATEAU = 'the H-energy has plateaued';

/**
 * The best end among a refinement and its branches: lowest energy, ties to the first. Null where none has
 * one.
 */
export function bestOutcome(reports: readonly JobReport[]): JobReport | null {
  let better: JobReport | null = null;
  for (const report of reports) {
    if (report.best_energy === null || report.status === 'failed') continue;
    if (better?.best_energy == null || report.best_energy < better.best_energy) better = report;
  }
  return better;
}

/**
 * One report for a refinement and its branches. Energies and steps are those of the path to the best end;
 * ATP, CPU and time are totals. It is running as long as one of its jobs is. Null before the first report.
 */
export function reportOf(refinement: Refinement): JobReport | null {
  const { root } = refinement;
  if (root.report === null) return null;
  const report = refinement.branched ? merged(refinement, root.report) : root.report;
  return refinement.cancel_reason === PLATEAU ? halted(report) : report;
}

/** How far each branch of a refinement got; undefined without branches. */
export function branchesOf(refinement: Refinement): readonly BranchOutcome[] | undefined {
  if (!refinement.branched) return undefined;
  const better = bestOutcome(reports(refinement));
  return refinement.branches.flatMap(({ job_id, report }) =>
    report?.origin === undefined
      ? []
      : [{ job_id, from_step: report.origin.step, best_energy: report.best_energy, won: report === better }],
  );
}

const reports = ({ jobs }: Refinement) => jobs.flatMap(({ report }) => (report === null ? [] : [report]));

function merged(refinement: Refinement, root: JobReport): JobReport {
  const all = reports(refinement);
  const best = bestOutcome(all) ?? root;
  const path = pathTo(best, root);
  const status = statusOf(refinement, best);
  const ended = status !== 'running' && status !== 'starved';
  const faulty = all.find(({ fault }) => fault !== null);
  const sum = (value: (report: JobReport) => number) => all.reduce((total, one) => total + value(one), 0);
  return {
    ...best,
    ...path,
    job_id: root.job_id,
    status,
    spent_matp: sum(({ spent_matp }) => spent_matp),
    cpu_ms: sum(({ cpu_ms }) => cpu_ms),
    time_ms: Math.max(...all.map(({ time_ms, origin }) => (origin?.after_ms ?? 0) + time_ms)),
    halt_reason: ended && best.status === 'halted' ? best.halt_reason : null,
    halt_detail: comparison(best, all, ended ? best.halt_detail : ''),
    fault: best.fault ?? faulty?.fault ?? null,
  };
}

/** Path from initState to the end of this report: its parent up to the branch point, then its own steps. */
function pathTo(report: JobReport, root: JobReport): Pick<JobReport, 'energies' | 'steps' | 'best_step'> {
  const { origin, energies, steps, best_step } = report;
  if (origin === undefined) return { energies, steps, best_step };
  // The latest report of the root may be older than the branch.
  const before = root.energies.slice(0, origin.step);
  return {
    energies: [...before, ...energies],
    steps: before.length + steps,
    best_step: before.length + best_step,
  };
}

function statusOf({ jobs, cancel_reason }: Refinement, best: JobReport): JobReport['status'] {
  const live = jobs.filter(({ ended }) => !ended);
  if (live.some(({ report }) => report === null || report.status === 'running')) return 'running';
  if (live.length > 0) return 'starved';
  return cancel_reason === null ? best.status : 'cancelled';
}

function comparison(best: JobReport, all: readonly JobReport[], detail: string): string {
  const of = ({ best_energy, origin }: JobReport) => {
    const where = origin === undefined ? 'without a branch' : `branch from step ${origin.step}`;
    return `${where}: energy ${best_energy === null ? 'none' : digits(best_energy)}`;
  };
  const others = all.filter((report) => report !== best).map(of);
  const compared = [of(best), ...others].join('; ');
  return detail === '' ? compared : `${compared}; ${detail}`;
}

/** A refinement ended by the global halt counts as halted: its best stands. Source: seeds/002. */
function halted(report: JobReport): JobReport {
  if (report.status !== 'cancelled' || report.best_energy === null) return report;
  return { ...report, status: 'halted', halt_reason: 'slope<eps', halt_detail: PLATEAU };
}
