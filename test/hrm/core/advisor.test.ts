import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import type { IrpPlugin } from '../../../src/contracts/irp.js';
import type { MetabolicStateName } from '../../../src/contracts/metabolism.js';
import { defaultParameters, type Parameters } from '../../../src/contracts/parameters/index.js';
import type { HStepResult, JobOffer, Plan, PlanInputs } from '../../../src/contracts/plan.js';
import { planByAdvice } from '../../../src/hrm/core/planner.js';
import {
  CORE,
  type CoreAdvice,
  CoreAdvisor,
  type CoreTask,
  createHeuristicPlanner,
  createOrchestrator,
} from '../../../src/hrm/index.js';
import { createVirtualRunner } from '../../../src/irp/index.js';
import { fallingPlugin, hrmWith, offer, planInputs, policy } from '../world.js';

type Wish = (task: CoreTask) => Readonly<Record<string, number>>;

/** Stands in for the network: one cycle, then it is sure of what `wish` says. */
function fakeCore(wish: Wish): IrpPlugin<CoreTask, CoreAdvice | CoreTask, CoreAdvice | null> {
  const advised = (state: CoreAdvice | CoreTask): state is CoreAdvice => 'wanted' in state;
  return {
    id: CORE,
    declaration: { state_space: '-', noise_model: '-', energy: '-', coherence_contribution: '-' },
    resource: 'time',
    cost: { init_atp: 0, step_atp: 4 },
    limits: { max_steps: 8, deadline_ms: 1000, halt_eps: 0, halt_k: 1, feasible_margin: null },
    initState: (task) => task,
    energy: (state) => (advised(state) ? 0 : 1),
    step: (state) => {
      const task = state as CoreTask;
      return {
        stamp_ms: task.stamp_ms,
        wanted: wish(task),
        shares: { llm: 0, vision: 0.25, memory: 0.75, time: 0, effector: 0 },
        halt: 1,
        cycles: 1,
      };
    },
    project: (state) => state,
    halt: (_energies, state) => (advised(state) ? { reason: 'feasible', detail: 'sure' } : null),
    answer: (state) => (advised(state) ? state : null),
  };
}

/** Two plugins, the rules, the core and the real orchestrator in one loop of 20 H-steps a second. */
function loop(core: ReturnType<typeof fakeCore> | null, changes: Partial<Parameters['plan']> = {}) {
  const plan = { ...defaultParameters().plan, implementation: 'core' as const, ...changes };
  const slow = {
    step: (state: number) => state * 0.999,
    limits: { ...fallingPlugin('x').limits, halt_eps: 0 },
  };
  const plugins = [fallingPlugin('look', slow), fallingPlugin('recall', { ...slow, resource: 'memory' })];
  const all = core === null ? plugins : [...plugins, core];
  const inner = createOrchestrator(hrmWith({ branches_max: 0 }), plugins);
  const advisor = new CoreAdvisor(plan, createHeuristicPlanner(), inner, all);
  const runner = createVirtualRunner(all, { cost_ms: {}, default_cost_ms: 1 });
  const running = new Set<string>();
  let now_ms = 0;
  const tick = async (state: MetabolicStateName = 'WAKE'): Promise<{ plan: Plan; result: HStepResult }> => {
    now_ms += 50;
    await runner.advance(50);
    const offers: JobOffer[] = plugins.map(({ id, resource }) =>
      offer(id, { resource, goal_need: 0.8, running: running.has(id) }),
    );
    const inputs: PlanInputs = planInputs(offers, { now_ms, policy: policy(state) });
    const made = advisor.planner.plan(inputs);
    const result = advisor.orchestrator.hStep({ ...inputs, plan: made, dt_s: 0.05, reports: runner.drain() });
    for (const command of result.commands) runner.submit(command);
    running.clear();
    for (const each of result.results) if (!each.finished) running.add(each.plugin);
    for (const each of result.commands) if (each.kind === 'start') running.add(each.plugin);
    return { plan: made, result };
  };
  const ticks = async (count: number) => {
    let last = await tick();
    for (let more = 1; more < count; more++) last = await tick();
    return last;
  };
  return { tick, ticks, plan, running };
}

const chosen = ({ jobs }: Plan) => jobs.flatMap((job) => (job.chosen ? [job.plugin] : [])).sort();

describe('hrm/core advisor', () => {
  it('lets the core decide who runs, with its shares, and says so', async () => {
    const { ticks, running } = loop(fakeCore(() => ({ look: 0.01, recall: 0.9 })));
    const { plan } = await ticks(10);
    expect(chosen(plan)).to.deep.equal(['recall']);
    expect(plan.allocation.memory).to.equal(1);
    expect(plan.jobs.find(({ plugin }) => plugin === 'recall')!.reason).to.contain('the core wants it 0.90');
    expect([...running].filter((plugin) => plugin !== CORE)).to.deep.equal(['recall']);
  });

  it('shares half of the budget as the core says among those that run, half evenly', async () => {
    const { plan } = await loop(fakeCore(() => ({ look: 0.8, recall: 0.9 }))).ticks(10);
    expect(plan.allocation).to.include({ vision: 0.375, memory: 0.625 });
  });

  it('is the rules alone where they are chosen, and does not let the core reason', async () => {
    const { ticks, plan: parameters } = loop(
      fakeCore(() => ({ look: 0, recall: 0 })),
      { implementation: 'heuristic' },
    );
    const { plan, result } = await ticks(10);
    expect(chosen(plan)).to.deep.equal(['look', 'recall']);
    expect(result.results.some(({ plugin }) => plugin === CORE)).to.equal(false);
    parameters.implementation = 'core';
    expect(chosen((await ticks(5)).plan)).to.deep.equal([]);
    parameters.implementation = 'heuristic';
    expect(chosen((await ticks(1)).plan)).to.deep.equal(['look', 'recall']);
  });

  it('falls back to the rules without a core, and in a crisis', async () => {
    expect(chosen((await loop(null).ticks(5)).plan)).to.deep.equal(['look', 'recall']);
    const { ticks, tick } = loop(fakeCore(() => ({ look: 0, recall: 0 })));
    expect(chosen((await ticks(5)).plan)).to.deep.equal([]);
    expect(chosen((await tick('CRISIS')).plan)).to.include('look');
  });

  it('does not reason in a crisis, where nothing would follow it', async () => {
    let asked = 0;
    const { ticks, tick } = loop(
      fakeCore(() => {
        asked++;
        return { look: 0.9, recall: 0.9 };
      }),
    );
    await ticks(5);
    const before = asked;
    for (let count = 0; count < 20; count++) await tick('CRISIS');
    // What was under way when it began comes to its end.
    expect(asked).to.be.at.most(before + 1);
    await ticks(5);
    expect(asked).to.be.above(before + 1);
  });

  it('falls back to the rules while the model fails, says why, and backs off', async () => {
    let calls = 0;
    const broken = fakeCore(() => {
      calls++;
      throw new SageError('SAGE_501', 'core-edge', 'no such file');
    });
    const { tick } = loop(broken);
    const codes = new Set<string | undefined>();
    for (let count = 0; count < 150; count++) {
      const { plan, result } = await tick();
      expect(chosen(plan)).to.deep.equal(['look', 'recall']);
      for (const each of result.results) if (each.plugin === CORE) codes.add(each.report.fault?.code);
    }
    expect([...codes]).to.include('SAGE_501');
    expect(calls, 'once in five seconds').to.equal(2);
  });

  it('does not follow advice that is older than allowed', async () => {
    const { ticks } = loop(
      fakeCore(() => ({ look: 0, recall: 0 })),
      { period_ms: 10_000, advice_max_age_ms: 400 },
    );
    expect(chosen((await ticks(6)).plan)).to.deep.equal([]);
    expect(chosen((await ticks(10)).plan)).to.deep.equal(['look', 'recall']);
  });

  it('pays for its reasoning: the books add up, and the others have less', async () => {
    const { ticks } = loop(fakeCore(() => ({ look: 0.9, recall: 0.9 })));
    const { result } = await ticks(60);
    const free = await loop(
      fakeCore(() => ({ look: 0.9, recall: 0.9 })),
      { implementation: 'heuristic' },
    ).ticks(60);
    const { total_matp, allocated_matp, reserve_matp, spent_matp, expired_matp = 0 } = result.ledger;
    expect(total_matp).to.equal(allocated_matp + reserve_matp + spent_matp);
    const granted_matp = free.result.ledger.total_matp + (free.result.ledger.expired_matp ?? 0);
    // Thirty refinements of 4 ATP, of which no more than the last second is not charged yet.
    expect(total_matp + expired_matp).to.be.within(granted_matp, granted_matp + 45_000);
  });

  it('sees what the rules see, and advice for a plugin that was not asked about is left to the rules', async () => {
    let seen: readonly (string | null)[] = [];
    const { plan } = await loop(
      fakeCore(({ seen: context }) => {
        seen = context.plugins.filter((plugin) => plugin !== null);
        return { look: 0.01 };
      }),
    ).ticks(10);
    expect([...seen].sort()).to.deep.equal(['look', 'recall']);
    expect(chosen(plan)).to.deep.equal(['recall']);
    expect(plan.jobs.find(({ plugin }) => plugin === 'recall')!.reason).to.contain('new to the core');
  });
});

describe('hrm/core plan by advice', () => {
  const advice: CoreAdvice = {
    stamp_ms: 0,
    wanted: { look: 0.3, recall: 0.05 },
    shares: { llm: 0, vision: 1, memory: 0, time: 0, effector: 0 },
    halt: 1,
    cycles: 1,
  };
  const settings = { choose_min: 0.5, shares_weight: 0.5 };
  const planOf = (offers: readonly JobOffer[], now_ms = 100): Plan => {
    const inputs = planInputs(offers, { now_ms });
    return planByAdvice(advice, createHeuristicPlanner().plan(inputs), inputs, settings);
  };

  it('continues with what runs for less than a start takes', () => {
    expect(chosen(planOf([offer('look')]))).to.deep.equal([]);
    expect(chosen(planOf([offer('look', { running: true })]))).to.deep.equal(['look']);
    expect(chosen(planOf([offer('recall', { running: true })]))).to.deep.equal([]);
  });

  it('starves nothing that the goal needs', () => {
    const needed = offer('recall', { goal_need: 1, wanted_since_ms: 0 });
    expect(chosen(planOf([needed], 2000))).to.deep.equal([]);
    expect(chosen(planOf([needed], 3000))).to.deep.equal(['recall']);
    expect(chosen(planOf([offer('recall', { goal_need: 0.2, wanted_since_ms: 0 })], 3000))).to.deep.equal([]);
  });

  it('keeps up what the rules would run, now and then, until it is done', () => {
    const idle = offer('recall', { goal_need: 0.2, wanted_since_ms: 0 });
    expect(chosen(planOf([idle], 5000))).to.deep.equal([]);
    expect(chosen(planOf([idle], 5050))).to.deep.equal(['recall']);
    expect(chosen(planOf([{ ...idle, running: true }], 5100))).to.deep.equal(['recall']);
    expect(chosen(planOf([{ ...idle, wanted_since_ms: 5150 }], 5200))).to.deep.equal([]);
  });

  it('lets what is new wait for the core, unless the goal needs it', () => {
    expect(chosen(planOf([offer('new', { goal_need: 0.2 })]))).to.deep.equal([]);
    expect(chosen(planOf([offer('new', { goal_need: 0.8 })]))).to.deep.equal(['new']);
  });

  it('never runs what the rules exclude, and no more than the breadth allows', () => {
    const keen: CoreAdvice = { ...advice, wanted: { arm: 1, a: 1, b: 0.9, c: 0.8 } };
    const offers = [offer('arm', { resource: 'effector', goal_need: 0 }), offer('a'), offer('b'), offer('c')];
    const inputs = planInputs(offers, { policy: policy('WAKE', { attention_breadth: 2 }) });
    const plan = planByAdvice(keen, createHeuristicPlanner().plan(inputs), inputs, settings);
    expect(chosen(plan)).to.deep.equal(['a', 'b']);
  });

  it("divides the ATP by the core's shares, as far as configured", () => {
    const shares = { llm: 0, vision: 0.9, memory: 0.1, time: 0, effector: 0 };
    const both: CoreAdvice = { ...advice, wanted: { look: 1, recall: 1 }, shares };
    const offers = [offer('look'), offer('recall', { resource: 'memory', goal_need: 1 })];
    const inputs = planInputs(offers);
    const visionOf = (shares_weight: number) =>
      planByAdvice(both, createHeuristicPlanner().plan(inputs), inputs, { ...settings, shares_weight })
        .allocation.vision;
    expect([0, 0.5, 1].map(visionOf)).to.deep.equal([0.5, 0.7, 0.9]);
  });
});
