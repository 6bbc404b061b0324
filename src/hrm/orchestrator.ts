import type { JobCommand, JobReport, TrustMetrics } from '../contracts/irp.js';
import type {
  HStepInputs,
  HStepResult,
  JobOffer,
  Orchestrator,
  Plan,
  RefinementResult,
} from '../contracts/plan.js';
import { allocateShares, splitWhole } from './allocation.js';
import {
  coherenceOf,
  contributions,
  convergence,
  hEnergy,
  normalisedEnergy,
  type Standing,
} from './integration.js';
import { hasEnded, OpenJob, type PluginCapability } from './job-book.js';
import { AtpBook } from './ledger.js';
import { Plateau } from './plateau.js';
import { type HrmParameters, updatedTrust } from './trust.js';

/** No H-step is this long: after a pause the robot does not have the income of the pause to spend. */
const MAX_DT_S = 1;
const PLATEAU = 'the H-energy has plateaued';

const byPlugin = (a: { readonly plugin: string }, b: { readonly plugin: string }) =>
  a.plugin < b.plugin ? -1 : Number(a.plugin > b.plugin);

/**
 * Creates the HRM orchestrator. Each H-step takes in what the runner reports, updates trust by what has ended, ends
 * what is no longer chosen, starts what is, and grants ATP to all that runs.
 *
 * - Budget: income into a reserve of at most burst_s; grants by trust and the plan's shares with a floor of
 *   floor_share; no job holds more than its share of a burst. What an ended job did not spend goes to those still
 *   running in proportion to trust, beyond that limit, so that their runs grow.
 * - A refinement may take refinement_depth × steps_per_depth steps, at most what its plugin declares.
 * - Everything that comes out is sorted by plugin id, never by arrival.
 * Source: seeds/000 §3.2, §3.3, §4.3; seeds/002.
 * @param trust where known from earlier runs; 1 else
 */
export function createOrchestrator(
  parameters: HrmParameters,
  capabilities: readonly PluginCapability[],
  trust: Readonly<Record<string, number>> = {},
): Orchestrator {
  return new Hrm(parameters, capabilities, trust);
}

class Hrm implements Orchestrator {
  private readonly capabilities: ReadonlyMap<string, PluginCapability>;
  private readonly trusts = new Map<string, number>();
  private readonly book = new AtpBook();
  /** At most one per plugin. */
  private readonly open = new Map<string, OpenJob>();
  /** Of the latest refinement of each plugin, whether it still runs or not. */
  private readonly standings = new Map<string, Omit<Standing, 'trust' | 'plugin'>>();
  private readonly plateau: Plateau;
  private readonly cancels = new Map<string, string>();
  private cancel_all: string | null = null;
  private started = 0;

  constructor(
    private readonly parameters: HrmParameters,
    capabilities: readonly PluginCapability[],
    trust: Readonly<Record<string, number>>,
  ) {
    this.capabilities = new Map(capabilities.map((capability) => [capability.id, capability]));
    for (const { id } of capabilities) this.trusts.set(id, Object.hasOwn(trust, id) ? trust[id]! : 1);
    this.plateau = new Plateau(parameters.plateau_window, parameters.plateau_eps);
  }

  cancel(plugin: string, reason: string): void {
    if (this.open.has(plugin)) this.cancels.set(plugin, reason);
  }

  cancelAll(reason: string): void {
    this.cancel_all = reason;
  }

  hStep(inputs: HStepInputs): HStepResult {
    const { policy } = inputs;
    const burst_matp = policy.atp_per_s * 1000 * this.parameters.burst_s;
    const commands: JobCommand[] = [];
    const { finished, freed_matp } = this.takeIn(inputs.reports);
    const standings = this.allStandings();
    const results = this.integrate(finished, standings);
    const h_energy = hEnergy(standings);
    this.endUnwanted(inputs, h_energy, commands);
    const started = this.startChosen(inputs, commands);
    this.book.deposit(policy.atp_per_s, clampTime(inputs.dt_s));
    this.grant(inputs.plan, burst_matp, freed_matp, commands);
    this.book.expireAbove(burst_matp);
    const running = this.running().length;
    return {
      commands,
      results,
      ledger: this.book.snapshot(),
      trust: Object.fromEntries([...this.trusts].sort(([a], [b]) => (a < b ? -1 : 1))),
      h_energy,
      coherence: coherenceOf(standings),
      halted: running === 0 && started === 0,
    };
  }

  private trustOf(plugin: string): number {
    return this.trusts.get(plugin) ?? 1;
  }

  /** Open jobs that were not told to end, by plugin id. */
  private running(): OpenJob[] {
    return [...this.open.values()].filter(({ closing }) => closing === null).sort(byPlugin);
  }

  private allStandings(): Standing[] {
    return [...this.standings]
      .map(([plugin, standing]) => ({ plugin, trust: this.trustOf(plugin), ...standing }))
      .sort(byPlugin);
  }

  /** Books what the reports say was spent, and closes the jobs that have ended. */
  private takeIn(reports: readonly JobReport[]): { finished: OpenJob[]; freed_matp: number } {
    const finished: OpenJob[] = [];
    let freed_matp = 0;
    for (const report of reports) {
      const job = this.open.get(report.plugin);
      if (job?.job_id !== report.job_id) continue;
      const spent_matp = Math.min(Math.max(report.spent_matp, job.spent_matp), job.granted_matp);
      this.book.spend(spent_matp - job.spent_matp);
      job.spent_matp = spent_matp;
      job.report = report;
      job.convergence = convergence(report.energies);
      this.stand(job, report);
      if (!hasEnded(report)) continue;
      freed_matp += job.outstanding_matp;
      this.book.release(job.outstanding_matp);
      this.open.delete(job.plugin);
      finished.push(job);
    }
    return { finished, freed_matp };
  }

  private stand(job: OpenJob, report: JobReport): void {
    if (report.status === 'failed') {
      this.standings.set(job.plugin, { energy: 1, monotonicity: 0 });
    } else if (report.best_energy !== null) {
      const energy = normalisedEnergy(report.energies[0]!, report.best_energy);
      this.standings.set(job.plugin, { energy, monotonicity: job.convergence.monotonicity_ratio });
    }
  }

  /** Trust of what has ended, then the results of all that runs or has just ended, by plugin id. */
  private integrate(finished: readonly OpenJob[], standings: readonly Standing[]): RefinementResult[] {
    const contribution = contributions(standings);
    const coherence = coherenceOf(standings);
    for (const job of [...finished].sort(byPlugin)) {
      this.learn(job, contribution.get(job.plugin) ?? 0, coherence);
    }
    const result = (job: OpenJob, ended: boolean): RefinementResult[] => {
      const { report, plugin, job_id } = job;
      if (report === null) return [];
      const trust_metrics: TrustMetrics = {
        ...job.convergence,
        contribution_to_H: contribution.get(plugin) ?? null,
      };
      return [{ job_id, plugin, report, trust_metrics, trust: this.trustOf(plugin), finished: ended }];
    };
    return [
      ...[...this.open.values()].flatMap((job) => result(job, false)),
      ...finished.flatMap((job) => result(job, true)),
    ].sort(byPlugin);
  }

  private learn(job: OpenJob, contribution: number, coherence: number): void {
    const { report } = job;
    // A refinement that others cut short says nothing about its plugin.
    if (report === null || (report.status === 'cancelled' && job.closing !== PLATEAU)) return;
    const evidence = {
      monotonicity: job.convergence.monotonicity_ratio,
      contribution,
      coherence,
      efficiency: job.full_matp > 0 ? 1 - Math.min(1, job.spent_matp / job.full_matp) : 1,
      failed: report.status === 'failed',
    };
    this.trusts.set(job.plugin, updatedTrust(this.trustOf(job.plugin), evidence, this.parameters));
  }

  private close(job: OpenJob, reason: string, commands: JobCommand[]): void {
    job.closing = reason;
    commands.push({ kind: 'cancel', job_id: job.job_id, reason });
  }

  /** Ends what an order, the policy, the plan or a plateau no longer wants. */
  private endUnwanted({ policy, plan }: HStepInputs, h_energy: number, commands: JobCommand[]): void {
    const planned = new Map(plan.jobs.map((job) => [job.plugin, job]));
    for (const job of this.running()) {
      const order = this.cancel_all ?? this.cancels.get(job.plugin);
      const choice = planned.get(job.plugin);
      if (order !== undefined) this.close(job, order, commands);
      else if (policy.state === 'CRISIS' && job.resource === 'effector') this.close(job, 'crisis', commands);
      else if (choice?.chosen === false) this.close(job, `not chosen: ${choice.reason}`, commands);
    }
    this.cancels.clear();
    const byValue = this.running().sort(
      (a, b) => (planned.get(b.plugin)?.value ?? 0) - (planned.get(a.plugin)?.value ?? 0) || byPlugin(a, b),
    );
    for (const job of byValue.slice(policy.attention_breadth)) {
      this.close(job, `attention breadth is ${policy.attention_breadth}`, commands);
    }
    const steps = this.running().map(({ job_id, report }) => ({ job_id, steps: report?.steps ?? 0 }));
    if (this.plateau.reached(h_energy, steps)) {
      for (const job of this.running()) this.close(job, PLATEAU, commands);
    }
  }

  /** Starts the chosen that do not run yet, the most valuable first, up to the attention breadth. */
  private startChosen(inputs: HStepInputs, commands: JobCommand[]): number {
    const held = this.cancel_all !== null;
    this.cancel_all = null;
    if (held) return 0;
    const { policy } = inputs;
    const offers = new Map(inputs.offers.map((offer) => [offer.plugin, offer]));
    let free = policy.attention_breadth - this.running().length;
    let started = 0;
    for (const { plugin, chosen } of inputs.plan.jobs) {
      const offer = offers.get(plugin);
      if (!chosen || offer === undefined || this.open.has(plugin) || free <= 0) continue;
      if (policy.state === 'CRISIS' && offer.resource === 'effector') continue;
      this.start(offer, policy.refinement_depth * this.parameters.steps_per_depth, inputs.random, commands);
      free--;
      started++;
    }
    return started;
  }

  private start(offer: JobOffer, depth_steps: number, random: () => number, commands: JobCommand[]): void {
    const { plugin, resource, task } = offer;
    const capability = this.capabilities.get(plugin);
    const max_steps = Math.min(depth_steps, capability?.limits.max_steps ?? depth_steps);
    const job_id = `${plugin}#${String(++this.started).padStart(8, '0')}`;
    this.open.set(plugin, new OpenJob(job_id, plugin, resource, capability, max_steps));
    if (!this.trusts.has(plugin)) this.trusts.set(plugin, 1);
    const seed = Math.floor(random() * 4294967296);
    // Its grant is filled in when the shares of all are known.
    commands.push({ kind: 'start', job_id, plugin, task, grant_matp: 0, max_steps, seed });
  }

  private grant(plan: Plan, burst_matp: number, freed_matp: number, commands: JobCommand[]): void {
    const jobs = this.running();
    const { floor_share } = this.parameters;
    const trusts = jobs.map(({ plugin }) => this.trustOf(plugin));
    const byTrust = allocateShares(trusts, floor_share);
    const freed = this.give(
      jobs,
      freed_matp,
      byTrust,
      jobs.map((job) => job.need_matp),
    );
    const shares = allocateShares(planWeights(jobs, trusts, plan), floor_share);
    const limits = jobs.map((job, index) => {
      const share_matp = Math.max(shares[index]! * burst_matp, job.next_matp);
      return Math.min(job.need_matp, share_matp - job.outstanding_matp);
    });
    const regular = this.give(jobs, this.book.reserve, shares, limits);
    jobs.forEach(({ job_id }, index) => {
      const grant_matp = freed[index]! + regular[index]!;
      const place = commands.findIndex((command) => command.kind === 'start' && command.job_id === job_id);
      const command = commands[place];
      if (command?.kind === 'start') commands[place] = { ...command, grant_matp };
      else if (grant_matp > 0) commands.push({ kind: 'grant', job_id, grant_matp });
    });
  }

  private give(
    jobs: readonly OpenJob[],
    amount_matp: number,
    shares: readonly number[],
    limits_matp: readonly number[],
  ): number[] {
    const parts = splitWhole(Math.min(amount_matp, this.book.reserve), shares, limits_matp);
    return jobs.map((job, index) => {
      const moved_matp = this.book.allocate(parts[index]!);
      job.granted_matp += moved_matp;
      return moved_matp;
    });
  }
}

/** Trust within a resource, times the plan's share of that resource; plain trust where the plan gives none. */
function planWeights(jobs: readonly OpenJob[], trusts: readonly number[], plan: Plan): number[] {
  const perResource = new Map<string, number>();
  jobs.forEach(({ resource }, index) => {
    perResource.set(resource, (perResource.get(resource) ?? 0) + trusts[index]!);
  });
  const weights = jobs.map(
    ({ resource }, index) => (plan.allocation[resource] * trusts[index]!) / perResource.get(resource)!,
  );
  return weights.some((weight) => weight > 0) ? weights : [...trusts];
}

function clampTime(dt_s: number): number {
  return Number.isFinite(dt_s) ? Math.min(MAX_DT_S, Math.max(0, dt_s)) : 0;
}
