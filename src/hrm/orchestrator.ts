import type { JobCommand, JobReport } from '../contracts/irp.js';
import type { HStepInputs, HStepResult, JobOffer, Orchestrator, PlannedJob } from '../contracts/plan.js';
import { branchWorthwhile, goodEnough } from './branching.js';
import { grantAll } from './grants.js';
import { coherenceOf, hEnergy } from './integration.js';
import { AtpAccount } from './ledger.js';
import { PLATEAU } from './outcomes.js';
import { Plateau } from './plateau.js';
import { byPlugin, type PluginCapability, Refinement, TrackedJob } from './refinement.js';
import type { HrmParameters } from './trust.js';
import { TrustTracker } from './trust-tracker.js';

/** Cap on the length of an H-step: after a pause the robot must not spend the income of the pause. */
const MAX_DT_S = 1;
const OUTPERFORMED = 'another branch of this refinement is good enough';

/** The jobs that plan, policy and core commands want in one H-step, by plugin. */
type Choices = ReadonlyMap<string, PlannedJob>;

/**
 * Creates the HRM orchestrator. Each H-step ingests the runner's reports, updates trust from what ended,
 * cancels what is no longer wanted, starts what is, and grants ATP to all running jobs.
 *
 * - Budget: income flows into a reserve of at most burst_s; grants follow trust and the plan's shares with a
 *   floor of floor_share; no job holds more than its share of a burst. What an ended job did not spend goes
 *   to those still running in proportion to trust, beyond that cap, so that their runs get longer.
 * - A refinement may take refinement_depth × steps_per_depth steps, at most what its plugin declares.
 * - A stalled refinement may branch (see branchWorthwhile). A branch runs on spare ATP; the refinement is
 *   over when all of its jobs are, and the best end is its result. An end that is good enough cancels the
 *   others.
 * - When the H-energy has plateaued, everything running is halted with its best so far.
 * - All output is sorted by plugin id, never by arrival. Source: seeds/000 §3.2, §3.3, §4.3; seeds/002.
 * @param trust from earlier runs, where known; otherwise 1
 */
export function createOrchestrator(
  parameters: HrmParameters,
  capabilities: readonly PluginCapability[],
  trust: Readonly<Record<string, number>> = {},
): Orchestrator {
  return new HrmOrchestrator(parameters, capabilities, trust);
}

class HrmOrchestrator implements Orchestrator {
  private readonly capabilities: ReadonlyMap<string, PluginCapability>;
  private readonly account = new AtpAccount();
  /** Open refinements by plugin, at most one each. */
  private readonly open = new Map<string, Refinement>();
  /** The same sorted by plugin id; null when it must be rebuilt. */
  private sorted: readonly Refinement[] | null = null;
  /** Jobs of the open refinements, by job id. */
  private readonly jobs = new Map<string, { readonly refinement: Refinement; readonly job: TrackedJob }>();
  private readonly trust_tracker: TrustTracker;
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
    const ids = capabilities.map(({ id }) => id);
    this.trust_tracker = new TrustTracker(parameters, ids, trust);
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
    const freed_matp = this.ingestReports(inputs.reports);
    if (this.open.size > 0) this.cancelAndBranch(inputs, commands);
    const finished = this.removeEnded();
    const standings = this.trust_tracker.standings();
    const results = this.trust_tracker.integrate(this.all(), finished, standings);
    const h_energy = hEnergy(standings);
    this.haltOnPlateau(h_energy, commands);
    const started = this.startChosen(inputs, commands);
    this.account.deposit(policy.atp_per_s, clampTime(inputs.dt_s));
    const refinements = this.running();
    grantAll(
      {
        refinements,
        trustOf: (plugin) => this.trust_tracker.trustOf(plugin),
        plan: inputs.plan,
        floor_share: this.parameters.floor_share,
        burst_matp,
        freed_matp,
      },
      this.account,
      commands,
    );
    this.account.expireAbove(burst_matp);
    return {
      commands,
      results,
      ledger: this.account.snapshot(),
      trust: this.trust_tracker.trust(),
      h_energy,
      coherence: coherenceOf(standings),
      halted: refinements.length === 0 && started === 0,
    };
  }

  /** Cancels what is open but no longer wanted, and branches what is wanted. */
  private cancelAndBranch(inputs: HStepInputs, commands: JobCommand[]): void {
    const choices: Choices = new Map(inputs.plan.jobs.map((job) => [job.plugin, job]));
    this.cancelUnwanted(inputs, choices, commands);
    this.cancelOutperformed(commands);
    this.branch(inputs, choices, commands);
  }

  /** All open refinements, by plugin id. */
  private all(): readonly Refinement[] {
    this.sorted ??= [...this.open.values()].sort(byPlugin);
    return this.sorted;
  }

  /** Open refinements that were not cancelled, by plugin id. */
  private running(): readonly Refinement[] {
    return this.all().filter(({ cancel_reason }) => cancel_reason === null);
  }

  /** Books what the reports spent; returns what the ended jobs left unspent. */
  private ingestReports(reports: readonly JobReport[]): number {
    if (reports.length === 0) return 0;
    let freed_matp = 0;
    const changed = new Set<Refinement>();
    for (const report of reports) {
      const known = this.jobs.get(report.job_id);
      if (known === undefined || known.job.ended) continue;
      const { job, refinement } = known;
      const spent_matp = Math.min(Math.max(report.spent_matp, job.spent_matp), job.granted_matp);
      this.account.spend(spent_matp - job.spent_matp);
      job.spent_matp = spent_matp;
      job.report = report;
      changed.add(refinement);
      if (!job.ended) continue;
      freed_matp += job.outstanding_matp;
      this.account.release(job.outstanding_matp);
      // The runner could not start the branch, which is not the plugin's fault.
      if (job !== refinement.root && report.fault?.code === 'SAGE_606') refinement.remove(job);
    }
    for (const refinement of changed) this.trust_tracker.update(refinement);
    return freed_matp;
  }

  /** Removes and returns the refinements whose jobs have all ended. */
  private removeEnded(): Refinement[] {
    const finished = this.all().filter(({ ended }) => ended);
    if (finished.length > 0) this.sorted = null;
    for (const { plugin, jobs } of finished) {
      this.open.delete(plugin);
      for (const { job_id } of jobs) this.jobs.delete(job_id);
    }
    return finished;
  }

  private close(refinement: Refinement, reason: string, commands: JobCommand[]): void {
    refinement.cancel_reason = reason;
    for (const job of refinement.jobs) if (job.running) this.cancelJob(job, reason, commands);
  }

  private cancelJob(job: TrackedJob, reason: string, commands: JobCommand[]): void {
    job.cancel_reason = reason;
    commands.push({ kind: 'cancel', job_id: job.job_id, reason });
  }

  /** Cancels what the commands, the policy or the plan no longer want. What ended by itself is left alone. */
  private cancelUnwanted({ policy }: HStepInputs, choices: Choices, commands: JobCommand[]): void {
    const live = () => this.running().filter(({ ended }) => !ended);
    for (const refinement of live()) {
      const order = this.cancel_all ?? this.cancels.get(refinement.plugin);
      const choice = choices.get(refinement.plugin);
      if (order !== undefined) this.close(refinement, order, commands);
      else if (policy.state === 'CRISIS' && refinement.resource === 'effector') {
        this.close(refinement, 'crisis', commands);
      } else if (choice?.chosen === false) this.close(refinement, `not chosen: ${choice.reason}`, commands);
    }
    const byValue = live().sort(
      (a, b) => (choices.get(b.plugin)?.value ?? 0) - (choices.get(a.plugin)?.value ?? 0) || byPlugin(a, b),
    );
    for (const refinement of byValue.slice(policy.attention_breadth)) {
      this.close(refinement, `attention breadth is ${policy.attention_breadth}`, commands);
    }
  }

  /** Global halt: the running jobs no longer lower the H-energy, and keep their best. */
  private haltOnPlateau(h_energy: number, commands: JobCommand[]): void {
    const running = this.running();
    const steps = running.flatMap(({ jobs }) =>
      jobs.filter((job) => job.running).map(({ job_id, report }) => ({ job_id, steps: report?.steps ?? 0 })),
    );
    if (!this.plateau.reached(h_energy, steps)) return;
    for (const refinement of running) this.close(refinement, PLATEAU, commands);
  }

  /** Once one end of a refinement is good enough, cancels its other jobs. */
  private cancelOutperformed(commands: JobCommand[]): void {
    for (const { jobs, root } of this.running()) {
      const initial = root.report?.energies[0];
      if (jobs.length === 1 || initial === undefined) continue;
      const arrived = jobs.some(
        ({ ended, report }) =>
          ended && report?.status === 'halted' && goodEnough(report, initial, this.parameters),
      );
      if (!arrived) continue;
      for (const job of jobs) if (job.running) this.cancelJob(job, OUTPERFORMED, commands);
    }
  }

  /** Starts the branches worth their cost, on ATP that no running job could still need. */
  private branch(inputs: HStepInputs, choices: Choices, commands: JobCommand[]): void {
    if (this.cancel_all !== null) return;
    const left_matp = () => this.account.reserve - this.needed();
    for (const refinement of this.running()) {
      const { plugin, job_id: from_job_id } = refinement;
      if (choices.get(plugin)?.chosen !== true || this.cancels.has(plugin)) continue;
      if (inputs.policy.state === 'CRISIS' && refinement.resource === 'effector') continue;
      const capability = this.capabilities.get(plugin);
      const worth = branchWorthwhile(refinement, capability, inputs.policy, left_matp, this.parameters);
      if (worth === null) continue;
      const { job, back_steps } = worth;
      const { job_id, max_steps } = job;
      const grant_matp = this.account.allocate(job.full_matp);
      job.granted_matp = grant_matp;
      refinement.add(job);
      this.jobs.set(job_id, { refinement, job });
      const seed = seedFrom(inputs.random);
      commands.push({ kind: 'branch', job_id, from_job_id, back_steps, grant_matp, max_steps, seed });
    }
  }

  /** ATP that all running jobs could still need, to their last step. */
  private needed(): number {
    let needed_matp = 0;
    for (const { jobs } of this.running()) {
      for (const job of jobs) if (job.running) needed_matp += job.need_matp;
    }
    return needed_matp;
  }

  /** Starts the chosen jobs that are not running yet, most valuable first, up to the attention breadth. */
  private startChosen(inputs: HStepInputs, commands: JobCommand[]): number {
    const held = this.cancel_all !== null;
    this.cancel_all = null;
    this.cancels.clear();
    if (held) return 0;
    const { policy, offers } = inputs;
    let free = policy.attention_breadth - this.running().length;
    let started = 0;
    for (const { plugin, chosen } of inputs.plan.jobs) {
      if (!chosen || free <= 0 || this.open.has(plugin)) continue;
      const offer = offers.findLast((each) => each.plugin === plugin);
      // An offer of a job that has just ended is stale; its faculty offers a fresh task if it wants to.
      if (offer === undefined || offer.running) continue;
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
    const job = new TrackedJob(job_id, plugin, capability, max_steps, false);
    const refinement = new Refinement(job, resource);
    this.open.set(plugin, refinement);
    this.sorted = null;
    this.jobs.set(job_id, { refinement, job });
    this.trust_tracker.register(plugin);
    // grantAll sets the grant once all shares are known.
    commands.push({ kind: 'start', job_id, plugin, task, grant_matp: 0, max_steps, seed: seedFrom(random) });
  }
}

const seedFrom = (random: () => number) => Math.floor(random() * 4294967296);

function clampTime(dt_s: number): number {
  return Number.isFinite(dt_s) ? Math.min(MAX_DT_S, Math.max(0, dt_s)) : 0;
}
