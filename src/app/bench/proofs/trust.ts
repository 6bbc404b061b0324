import type { IrpPlugin } from '../../../contracts/irp.js';
import type { MetabolicStatus } from '../../../contracts/metabolism.js';
import { defaultParameters } from '../../../contracts/parameters/index.js';
import type { HStepResult, JobOffer } from '../../../contracts/plan.js';
import { seededRandom } from '../../../contracts/ports.js';
import { createHeuristicPlanner, createOrchestrator } from '../../../hrm/index.js';
import { createVirtualRunner } from '../../../irp/index.js';
import { createMetabolism } from '../../../metabolism/index.js';

/** The plugin that is made worse. */
const VICTIM = 'b';
const H_STEP_MS = 50;
/** ATP of a step, and steps of the shortest refinement. */
const STEP_ATP = 2;
const LEAST_STEPS = 8;
/** Budget is counted over this many H-steps: a refinement takes a few of them. */
const WINDOW = 20;

export interface TrustOptions {
  readonly plugins: number;
  readonly h_steps: number;
  readonly broken_at: number;
  readonly repaired_at: number;
}

const TRUST_RUN: TrustOptions = { plugins: 4, h_steps: 600, broken_at: 150, repaired_at: 300 };

export interface TrustFigures extends TrustOptions {
  /** Share of the ATP that all wanted which the plugin was granted over the 20 H-steps before it was made worse. */
  readonly budget_share_before: number;
  /** Over the 20 H-steps after that. */
  readonly budget_share_20_after: number;
  /** The least of any 20 H-steps. */
  readonly budget_share_least: number;
  /** Over the last 20 H-steps. */
  readonly budget_share_end: number;
  /** H-steps after the repair until the share was back within a twentieth of what it had been; null = never. */
  readonly recovered_after: number | null;
  readonly trust_before: number;
  readonly trust_least: number;
  readonly trust_end: number;
  /** Per H-step, share of the budget over the last 20 and trust, of the plugin and of the mean of the others. */
  readonly curve: readonly {
    readonly h_step: number;
    readonly share: number;
    readonly trust: number;
    readonly others_trust: number;
  }[];
}

/**
 * Lowers its energy with each step, and raises it instead while `bad` says so. Each has refinements of another length,
 * so that they do not end together; there is never enough for all.
 */
function worker(id: string, index: number, bad: () => boolean): IrpPlugin<null, number, number> {
  return {
    id,
    declaration: { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' },
    resource: 'vision',
    cost: { init_atp: 1, step_atp: STEP_ATP },
    limits: {
      max_steps: LEAST_STEPS + 5 * index,
      deadline_ms: 1e9,
      halt_eps: 1e-3,
      halt_k: 3,
      feasible_margin: null,
    },
    initState: () => 1,
    energy: (state) => state,
    step: (state) => state * (bad() ? 1.3 : 0.8),
    project: (state) => state,
    answer: (state) => state,
  };
}

/** Awake, with room for every plugin. */
function awake(plugins: number): MetabolicStatus {
  const { metabolism, hrm } = defaultParameters();
  const still = { surprise: 0, performance: null, safety_event: null, settled: null, battery_fraction: null };
  const inputs = { ...still, now_ms: 0, dt_s: 0.05, charging: false, request: null, busy: true };
  const status = createMetabolism(metabolism, hrm.atp_per_s).advance(inputs);
  return { ...status, attention_breadth: plugins, exploration_rate: 0 };
}

/**
 * ATP granted to each plugin in one H-step, milli-ATP; none where one of them wanted no more: what it leaves goes to the
 * others, and says nothing of what they are entitled to.
 */
function contested(
  result: HStepResult,
  plugins: readonly IrpPlugin<null, number, number>[],
  held_matp: Map<string, number>,
): readonly number[] {
  for (const command of result.commands) {
    const [plugin] = command.job_id.split('#') as [string];
    if (command.kind === 'start') held_matp.set(plugin, command.grant_matp);
    if (command.kind === 'grant') held_matp.set(plugin, held_matp.get(plugin)! + command.grant_matp);
  }
  const wantMore = plugins.every(
    ({ id, cost, limits }) =>
      (held_matp.get(id) ?? 0) < 1000 * (cost.init_atp + cost.step_atp * limits.max_steps),
  );
  return plugins.map(({ id }) =>
    !wantMore
      ? 0
      : result.commands.reduce((sum, command) => {
          const own =
            command.job_id.startsWith(`${id}#`) && (command.kind === 'start' || command.kind === 'grant');
          return own ? sum + command.grant_matp : sum;
        }, 0),
  );
}

/** The real planner, orchestrator and runner in one loop, 20 H-steps a second of virtual time. */
async function live(
  options: TrustOptions,
): Promise<{ grants: (readonly number[])[]; trusts: (readonly number[])[] }> {
  let broken = false;
  const ids = Array.from({ length: options.plugins }, (_, index) => String.fromCharCode(97 + index));
  const plugins = ids.map((id, index) => worker(id, index, () => id === VICTIM && broken));
  const planner = createHeuristicPlanner();
  const orchestrator = createOrchestrator(defaultParameters().hrm, plugins);
  const runner = createVirtualRunner(plugins, { cost_ms: {} });
  const policy = awake(options.plugins);
  const source = seededRandom(1);
  const random = () => source.next();
  const running = new Set<string>();
  let last: HStepResult | null = null;
  const held_matp = new Map<string, number>();
  const grants: (readonly number[])[] = [];
  const trusts: (readonly number[])[] = [];
  for (let step = 0; step < options.h_steps; step++) {
    broken = step >= options.broken_at && step < options.repaired_at;
    const now_ms = step * H_STEP_MS;
    await runner.advance(H_STEP_MS);
    const reports = runner.drain();
    // What has just ended is offered again, so that there is always more to do than there is budget.
    for (const { plugin, status } of reports) {
      if (status !== 'running' && status !== 'starved') running.delete(plugin);
    }
    const common = {
      resource: 'vision' as const,
      sources: [],
      task: null,
      goal_need: 0.5,
      last_result_ms: now_ms,
    };
    const offers: JobOffer[] = ids.map((plugin) => ({ plugin, ...common, running: running.has(plugin) }));
    const inputs = { now_ms, dt_s: H_STEP_MS / 1000, policy, offers, random };
    const seen = { salience: [], goal: null, energies: {}, h_energy: last?.h_energy ?? 0 };
    const plan = planner.plan({ ...inputs, ...seen, trust: last?.trust ?? {} });
    const result = orchestrator.hStep({ ...inputs, plan, reports });
    for (const command of result.commands) runner.submit(command);
    running.clear();
    for (const { plugin, finished } of result.results) if (!finished) running.add(plugin);
    for (const command of result.commands) if (command.kind === 'start') running.add(command.plugin);
    grants.push(contested(result, plugins, held_matp));
    trusts.push(ids.map((id) => result.trust[id] ?? 1));
    last = result;
  }
  runner.close();
  return { grants, trusts };
}

/** A plugin is made worse in the middle of a run and repaired: how its trust and its share of the budget follow. */
export async function benchTrust(options: TrustOptions = TRUST_RUN): Promise<TrustFigures> {
  const { grants, trusts } = await live(options);
  const victim = VICTIM.charCodeAt(0) - 97;
  const shareAt = (end: number): number => {
    const window = grants.slice(Math.max(0, end - WINDOW), end);
    const all = window.reduce((sum, each) => sum + each.reduce((a, b) => a + b, 0), 0);
    return window.reduce((sum, each) => sum + each[victim]!, 0) / Math.max(1, all);
  };
  const curve = trusts.map((each, index) => ({
    h_step: index,
    share: shareAt(index + 1),
    trust: each[victim]!,
    others_trust: each.reduce((sum, trust, at) => sum + (at === victim ? 0 : trust), 0) / (each.length - 1),
  }));
  const before = shareAt(options.broken_at);
  const back = curve.findIndex(
    ({ h_step, share }) => h_step >= options.repaired_at + WINDOW && share >= 0.95 * before,
  );
  const after = curve.slice(options.broken_at);
  return {
    ...options,
    budget_share_before: before,
    budget_share_20_after: shareAt(options.broken_at + WINDOW),
    budget_share_least: Math.min(...after.map(({ share }) => share)),
    budget_share_end: shareAt(options.h_steps),
    recovered_after: back < 0 ? null : back - options.repaired_at,
    trust_before: curve[options.broken_at - 1]!.trust,
    trust_least: Math.min(...after.map(({ trust }) => trust)),
    trust_end: curve.at(-1)!.trust,
    curve,
  };
}
