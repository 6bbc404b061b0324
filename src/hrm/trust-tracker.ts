import type { TrustMetrics } from '../contracts/irp.js';
import type { RefinementResult } from '../contracts/plan.js';
import { coherenceOf, contributions, normalisedEnergy, type Standing } from './integration.js';
import { branchesOf, reportOf } from './outcomes.js';
import { byPlugin, type Refinement } from './refinement.js';
import { type HrmParameters, updatedTrust } from './trust.js';

/** Tracks per plugin the standing of its latest refinement and the trust earned by those that ended. */
export class TrustTracker {
  private readonly trusts = new Map<string, number>();
  /** Latest refinement of each plugin, running or ended. */
  private readonly latest = new Map<string, Omit<Standing, 'trust' | 'plugin'>>();
  /** Cached view of both; null when stale. Most H-steps change neither. */
  private cached: {
    readonly trust: Readonly<Record<string, number>>;
    readonly standings: readonly Standing[];
  } | null = null;

  /** @param trust from earlier runs, where known; otherwise 1 */
  constructor(
    private readonly parameters: HrmParameters,
    plugins: readonly string[],
    trust: Readonly<Record<string, number>>,
  ) {
    for (const id of plugins) this.trusts.set(id, Object.hasOwn(trust, id) ? trust[id]! : 1);
  }

  /** Registers an undeclared plugin with the trust of a new one. */
  register(plugin: string): void {
    if (!this.trusts.has(plugin)) this.set(plugin, 1);
  }

  trustOf(plugin: string): number {
    return this.trusts.get(plugin) ?? 1;
  }

  /** Trust of all plugins, sorted by id. */
  trust(): Readonly<Record<string, number>> {
    return this.summary().trust;
  }

  /** Standing of every plugin refined so far, sorted by id. */
  standings(): readonly Standing[] {
    return this.summary().standings;
  }

  private summary(): NonNullable<typeof this.cached> {
    this.cached ??= {
      trust: Object.fromEntries([...this.trusts].sort(([a], [b]) => (a < b ? -1 : 1))),
      standings: [...this.latest]
        .map(([plugin, standing]) => ({ plugin, trust: this.trustOf(plugin), ...standing }))
        .sort(byPlugin),
    };
    return this.cached;
  }

  private set(plugin: string, trust: number): void {
    this.trusts.set(plugin, trust);
    this.cached = null;
  }

  /** Updates the standing from the refinement's reports so far. */
  update(refinement: Refinement): void {
    const report = reportOf(refinement);
    if (report === null) return;
    refinement.updateConvergence(report.energies);
    const { plugin } = refinement;
    this.cached = null;
    if (report.status === 'failed') {
      this.latest.set(plugin, { energy: 1, monotonicity: 0 });
    } else if (report.best_energy !== null) {
      const energy = normalisedEnergy(report.energies[0]!, report.best_energy);
      this.latest.set(plugin, { energy, monotonicity: refinement.convergence.monotonicity_ratio });
    }
  }

  /**
   * Updates trust from what ended, then returns the results of what is running or just ended, by plugin id.
   */
  integrate(
    running: readonly Refinement[],
    finished: readonly Refinement[],
    standings: readonly Standing[],
  ): RefinementResult[] {
    if (running.length === 0 && finished.length === 0) return [];
    const contribution = contributions(standings);
    const coherence = coherenceOf(standings);
    for (const refinement of finished) {
      this.learn(refinement, contribution.get(refinement.plugin) ?? 0, coherence);
    }
    const result = (refinement: Refinement, ended: boolean): RefinementResult[] => {
      const { plugin, job_id } = refinement;
      const report = reportOf(refinement);
      if (report === null) return [];
      const trust_metrics: TrustMetrics = {
        ...refinement.convergence,
        contribution_to_H: contribution.get(plugin) ?? null,
      };
      const branches = branchesOf(refinement);
      const trust = this.trustOf(plugin);
      const common = { job_id, plugin, report, trust_metrics, trust, finished: ended };
      return [branches === undefined ? common : { ...common, branches }];
    };
    return [
      ...running.flatMap((refinement) => result(refinement, false)),
      ...finished.flatMap((refinement) => result(refinement, true)),
    ].sort(byPlugin);
  }

  private learn(refinement: Refinement, contribution: number, coherence: number): void {
    const report = reportOf(refinement);
    // A cancelled refinement says nothing about its plugin.
    if (report === null || report.status === 'cancelled') return;
    const { full_matp } = refinement.root;
    const evidence = {
      monotonicity: refinement.convergence.monotonicity_ratio,
      contribution,
      coherence,
      efficiency: full_matp > 0 ? 1 - Math.min(1, refinement.spent_matp / full_matp) : 1,
      failed: report.fault !== null,
    };
    const { plugin } = refinement;
    this.set(plugin, updatedTrust(this.trustOf(plugin), evidence, this.parameters));
  }
}
