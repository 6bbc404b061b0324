import type { JobCommand, JobReport } from '../../contracts/irp.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type {
  AtpLedger,
  HStepInputs,
  HStepResult,
  Orchestrator,
  Plan,
  PlanInputs,
  Planner,
  RefinementResult,
} from '../../contracts/plan.js';
import { convergence } from '../integration.js';
import { hasEnded, type PluginCapability } from '../refinement.js';
import { CORE, type CoreAdvice, type CoreTask } from './advice.js';
import type { CoreContext } from './context.js';
import { CoreObserver } from './observer.js';
import { planByAdvice } from './planner.js';

/** A refinement that has not ended after this long is abandoned, ms. */
const LOST_MS = 2000;
/** Pause after a failed refinement (no model, dead host), ms. */
const BACK_OFF_MS = 5000;
/** The core's cost is averaged and deducted from the income over about this time, s. */
const CHARGE_S = 1;
/** However much the core costs, the others keep at least this share of the income. */
const INCOME_MIN = 0.5;

interface OpenReasoning {
  readonly job_id: string;
  readonly begun_ms: number;
  readonly granted_matp: number;
  spent_matp: number;
}

/**
 * Puts the learned core beside the rules: a planner that follows its latest advice, and an orchestrator that
 * makes it reason. Its refinements run like all others, off the kernel thread and through the model host, and
 * their results arrive with the reports, so a recorded run replays without a model. They do not count towards
 * the attention breadth; their ATP is deducted from the income of the others.
 *
 * The rules plan where `plan.implementation` says so, in CRISIS, and while no advice is younger than
 * `plan.advice_max_age_ms`.
 * @param capabilities of all plugins including the core; without it the rules plan alone
 */
export class CoreAdvisor {
  readonly planner: Planner = { plan: (inputs) => this.plan(inputs) };
  readonly orchestrator: Orchestrator;
  private readonly observer: CoreObserver;
  private readonly capability: PluginCapability | null;
  private seen: CoreContext | null = null;
  private advice: CoreAdvice | null = null;
  private open: OpenReasoning | null = null;
  private next_ms = Number.NEGATIVE_INFINITY;
  private failing = false;
  private started = 0;
  private spent_matp = 0;
  /** Recent cost of the core, ATP/s. */
  private rate_atp_per_s = 0;

  constructor(
    private readonly parameters: Parameters['plan'],
    private readonly rules: Planner,
    private readonly orchestrated: Orchestrator,
    capabilities: readonly PluginCapability[],
  ) {
    this.observer = new CoreObserver(capabilities.filter(({ id }) => id !== CORE));
    this.capability = capabilities.find(({ id }) => id === CORE) ?? null;
    this.orchestrator = {
      hStep: (inputs) => this.hStep(inputs),
      // Only the advisor cancels core refinements: they actuate nothing, and are short.
      cancel: (plugin, startReasoning) => {
        if (plugin !== CORE) this.orchestrated.cancel(plugin, startReasoning);
      },
      cancelAll: (reason) => this.orchestrated.cancelAll(reason),
    };
  }

  private get active(): boolean {
    return this.parameters.implementation === 'core' && this.capability !== null;
  }

  /** True while the rules plan alone and the core has never cost anything: the wrapper is a pass-through. */
  private get idle(): boolean {
    return !this.active && this.open === null && this.spent_matp === 0;
  }

  private plan(inputs: PlanInputs): Plan {
    const rules = this.rules.plan(inputs);
    if (!this.active) {
      this.seen = null;
      this.advice = null;
      return rules;
    }
    const seen = this.observer.encode(inputs, rules);
    const crisis = inputs.policy.state === 'CRISIS';
    // Its advice would be ignored in CRISIS, so it does not reason either.
    this.seen = crisis ? null : seen;
    const { advice } = this;
    const fresh = advice !== null && inputs.now_ms - advice.stamp_ms <= this.parameters.advice_max_age_ms;
    if (!fresh || crisis) return rules;
    return planByAdvice(advice, rules, inputs, this.parameters);
  }

  private hStep(inputs: HStepInputs): HStepResult {
    if (this.idle) {
      const result = this.orchestrated.hStep(inputs);
      this.observer.noteResult(result);
      return result;
    }
    const own = inputs.reports.filter(({ plugin }) => plugin === CORE);
    const reports = inputs.reports.filter(({ plugin }) => plugin !== CORE);
    const result = this.orchestrated.hStep({ ...inputs, reports, policy: this.policyAfterCost(inputs) });
    this.observer.noteResult(result);
    const finished = own.flatMap((report) => this.ingestReport(report, inputs.now_ms));
    const commands = this.reason(inputs.now_ms);
    return {
      ...result,
      commands: [...result.commands, ...commands],
      results: [...result.results, ...finished].sort((a, b) =>
        a.plugin < b.plugin ? -1 : Number(a.plugin > b.plugin),
      ),
      ledger: this.ledgerWithOwnCost(result.ledger),
    };
  }

  /** The policy, with the core's cost deducted from the income. */
  private policyAfterCost({ policy, dt_s }: HStepInputs): HStepInputs['policy'] {
    this.rate_atp_per_s *= Math.exp(-Math.min(1, Math.max(0, dt_s)) / CHARGE_S);
    if (this.rate_atp_per_s < 1e-6) return policy;
    const least = policy.atp_per_s * INCOME_MIN;
    return { ...policy, atp_per_s: Math.max(least, policy.atp_per_s - this.rate_atp_per_s) };
  }

  /** Books what a report spent; a finished refinement leaves its advice. */
  private ingestReport(report: JobReport, now_ms: number): RefinementResult[] {
    const { open } = this;
    if (open === null || open.job_id !== report.job_id) return [];
    const more_matp = Math.max(0, Math.min(report.spent_matp, open.granted_matp) - open.spent_matp);
    open.spent_matp += more_matp;
    this.spent_matp += more_matp;
    this.rate_atp_per_s += more_matp / 1000 / CHARGE_S;
    const ended = hasEnded(report);
    const best = report.best as CoreAdvice | null | undefined;
    if (best != null && report.status !== 'failed') this.advice = best;
    if (ended) this.open = null;
    if (ended) this.failing = report.status === 'failed';
    if (this.failing) this.next_ms = now_ms + BACK_OFF_MS;
    const trust_metrics = { ...convergence(report.energies), contribution_to_H: null };
    return [{ job_id: report.job_id, plugin: CORE, report, trust_metrics, trust: 1, finished: ended }];
  }

  /**
   * Starts a refinement on what the planner saw this cycle, at most one at a time and at the configured
   * period.
   */
  private reason(now_ms: number): JobCommand[] {
    const { open, seen, capability } = this;
    if (open !== null) {
      if (this.active && now_ms - open.begun_ms < LOST_MS) return [];
      this.open = null;
      return [
        {
          kind: 'cancel',
          job_id: open.job_id,
          reason: this.active ? 'advice took too long' : 'the rules decide alone',
        },
      ];
    }
    if (!this.active || capability === null || seen === null || now_ms < this.next_ms - this.lead_ms())
      return [];
    this.next_ms = now_ms + this.parameters.period_ms;
    const job_id = `${CORE}#${String(++this.started).padStart(8, '0')}`;
    const max_steps = Math.min(this.parameters.cycles_max, capability.limits.max_steps);
    const { init_atp, step_atp } = capability.cost;
    const grant_matp = Math.ceil(init_atp * 1000) + max_steps * Math.ceil(step_atp * 1000);
    this.open = { job_id, begun_ms: now_ms, granted_matp: grant_matp, spent_matp: 0 };
    const task: CoreTask = { stamp_ms: now_ms, seen };
    return [{ kind: 'start', job_id, plugin: CORE, task, grant_matp, max_steps, seed: 0 }];
  }

  /** How far ahead of its period the core is asked, ms: immediately if there is an offer it has not seen. */
  private lead_ms(): number {
    const { advice, seen } = this;
    const unseen = seen?.plugins.some(
      (plugin) => plugin !== null && advice !== null && !Object.hasOwn(advice.wanted, plugin),
    );
    return unseen === true && !this.failing ? this.parameters.period_ms : 0;
  }

  private ledgerWithOwnCost(ledger: AtpLedger): AtpLedger {
    const held_matp = this.open === null ? 0 : this.open.granted_matp - this.open.spent_matp;
    return {
      ...ledger,
      total_matp: ledger.total_matp + held_matp + this.spent_matp,
      allocated_matp: ledger.allocated_matp + held_matp,
      spent_matp: ledger.spent_matp + this.spent_matp,
    };
  }
}
