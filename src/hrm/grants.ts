import type { JobCommand } from '../contracts/irp.js';
import type { Plan } from '../contracts/plan.js';
import { allocateShares, splitWhole } from './allocation.js';
import type { AtpAccount } from './ledger.js';
import type { Refinement, TrackedJob } from './refinement.js';

interface GrantInputs {
  /** By plugin id. */
  readonly refinements: readonly Refinement[];
  readonly trustOf: (plugin: string) => number;
  readonly plan: Plan;
  readonly floor_share: number;
  /** Cap of the reserve: one burst of income. */
  readonly burst_matp: number;
  /** Unspent ATP of jobs that ended in this H-step. */
  readonly freed_matp: number;
}

/**
 * Hands out ATP to all running jobs: first what was freed, by trust and up to the end of each run; then the
 * rest of the reserve by trust and the plan's shares, with the floor applied and no job above its share of a
 * burst. Branches split their plugin's share with the job they branched from. Sets the grants of start and
 * branch commands and adds grant commands for the others. Source: seeds/000 §3.2.
 */
export function grantAll(inputs: GrantInputs, book: AtpAccount, commands: JobCommand[]): void {
  const { refinements, plan, floor_share, burst_matp } = inputs;
  if (refinements.length === 0) return;
  const jobs: TrackedJob[] = [];
  const weights: number[] = [];
  const planned: number[] = [];
  const shareOf = planShares(inputs, plan);
  for (const refinement of refinements) {
    const running = refinement.jobs.filter((job) => job.running);
    for (const job of running) {
      jobs.push(job);
      weights.push(inputs.trustOf(job.plugin) / running.length);
      planned.push(shareOf(refinement) / running.length);
    }
  }
  const freed = give(
    book,
    jobs,
    inputs.freed_matp,
    allocateShares(weights, floor_share),
    jobs.map((job) => job.need_matp),
  );
  const shares = allocateShares(planned, floor_share);
  const limits = jobs.map((job, index) => {
    const share_matp = Math.max(shares[index]! * burst_matp, job.next_matp);
    return Math.min(job.need_matp, share_matp - job.outstanding_matp);
  });
  const regular = give(book, jobs, book.reserve - keptForLater(inputs), shares, limits);
  order(
    jobs,
    jobs.map((_job, index) => freed[index]! + regular[index]!),
    commands,
  );
}

/**
 * The plan's share of time, out of a burst: it stays in the reserve unless plugins of that resource are
 * running and use it.
 */
function keptForLater({ plan, burst_matp, refinements }: GrantInputs): number {
  return refinements.some(({ resource }) => resource === 'time') ? 0 : plan.allocation.time * burst_matp;
}

function give(
  book: AtpAccount,
  jobs: readonly TrackedJob[],
  amount_matp: number,
  shares: readonly number[],
  limits_matp: readonly number[],
): number[] {
  const parts = splitWhole(Math.min(amount_matp, book.reserve), shares, limits_matp);
  return jobs.map((job, index) => {
    const moved_matp = book.allocate(parts[index]!);
    job.granted_matp += moved_matp;
    return moved_matp;
  });
}

/** A grant goes out with the command that starts the job, or as a command of its own. */
function order(jobs: readonly TrackedJob[], grants_matp: readonly number[], commands: JobCommand[]): void {
  const beginning = new Map<string, number>();
  commands.forEach(({ kind, job_id }, place) => {
    if (kind === 'start' || kind === 'branch') beginning.set(job_id, place);
  });
  jobs.forEach(({ job_id }, index) => {
    const grant_matp = grants_matp[index]!;
    const place = beginning.get(job_id);
    const command = place === undefined ? undefined : commands[place];
    if (place !== undefined && (command?.kind === 'start' || command?.kind === 'branch')) {
      commands[place] = { ...command, grant_matp: command.grant_matp + grant_matp };
    } else if (grant_matp > 0) commands.push({ kind: 'grant', job_id, grant_matp });
  });
}

/**
 * Trust within a resource times the plan's share of that resource; plain trust where the plan gives no
 * shares.
 */
function planShares({ refinements, trustOf }: GrantInputs, plan: Plan): (refinement: Refinement) => number {
  const perResource = new Map<string, number>();
  for (const { plugin, resource } of refinements) {
    perResource.set(resource, (perResource.get(resource) ?? 0) + trustOf(plugin));
  }
  const planned = ({ plugin, resource }: Refinement) =>
    (plan.allocation[resource] * trustOf(plugin)) / perResource.get(resource)!;
  return refinements.some((refinement) => planned(refinement) > 0)
    ? planned
    : ({ plugin }) => trustOf(plugin);
}
