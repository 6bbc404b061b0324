import { expect } from 'chai';
import type { Extension } from '../../src/app/compose.js';
import type { Plan, PlanInputs, Planner } from '../../src/contracts/plan.js';
import { MindRun, parametersWith } from './mind-run.js';

/** A plugin that falls from 1 by a tenth per step and halts below a limit, wanted all the time. */
function restless(id: string, resource: Extension['plugin']['resource'], goal_need = 0.5): Extension {
  let finished_ms: number | null = null;
  return {
    plugin: {
      id,
      declaration: { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' },
      resource,
      cost: { init_atp: 1, step_atp: 10 },
      limits: { max_steps: 40, deadline_ms: 1e6, halt_eps: 1e-9, halt_k: 3, feasible_margin: null },
      initState: () => 1,
      energy: (state: number) => state,
      step: (state: number) => state * 0.9,
      project: (state: number) => state,
      answer: (state: number) => state,
    },
    faculty: {
      plugin: id,
      offer: (_situation, running) => ({
        plugin: id,
        resource,
        sources: [],
        task: null,
        goal_need,
        running,
        last_result_ms: finished_ms,
      }),
      integrate: ({ finished }, { now_ms }) => {
        if (finished) finished_ms = now_ms;
      },
    },
  };
}

const QUIET = { metabolism: { profile: 'endurance' as const }, attention: { enabled: false } };

/** Has every plan of a run changed before it is used. */
function withPlans(run: MindRun, changed: (plan: Plan, inputs: PlanInputs) => Plan): void {
  const mind = run.kernel.mind as {
    -readonly [K in keyof typeof run.kernel.mind]: (typeof run.kernel.mind)[K];
  };
  const before: Planner = mind.planner;
  mind.planner = { plan: (inputs) => changed(before.plan(inputs), inputs) };
}

async function stepsOf(run: MindRun, plugin: string, cycles: number): Promise<number> {
  let steps = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const { telemetry } = await run.cycle();
    for (const told of telemetry) if (told.plugin === plugin) steps += told.steps ?? 0;
  }
  return steps;
}

describe('kernel: the plan in the loop', () => {
  it('lets no plugin starve where the state lets only one run, and every run comes to its end', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const extensions = names.map((id, index) => restless(id, 'llm', index / 6));
    const run = new MindRun(
      parametersWith({ ...QUIET, metabolism: { profile: 'endurance', attention_breadth: [1, 1, 1, 1, 1] } }),
      extensions,
    );
    const halted = new Set<string>();
    for (let cycle = 0; cycle < 20 * 240 && halted.size < names.length; cycle++) {
      const { telemetry, report } = await run.cycle();
      for (const { plugin } of telemetry) halted.add(plugin);
      expect(report.running.length).to.be.at.most(2);
    }
    expect([...halted].sort()).to.deep.equal(names);
  });

  it('starves a resource when the plan does: its plugin comes to a small part of the steps', async () => {
    const extensions = [restless('eye', 'vision'), restless('voice', 'llm')];
    const parameters = parametersWith({ ...QUIET, hrm: { atp_per_s: 200 } });
    const steps = async (plan: (given: Plan) => Plan): Promise<number> => {
      const run = new MindRun(parameters, extensions);
      withPlans(run, plan);
      return stepsOf(run, 'voice', 1200);
    };
    const fair = await steps((plan) => plan);
    const starved = await steps((plan) => ({
      ...plan,
      allocation: { ...plan.allocation, vision: plan.allocation.vision + plan.allocation.llm, llm: 0 },
    }));
    expect(starved, `${starved} of ${fair} steps`).to.be.below(fair / 3);
    expect(starved, 'the floor is left to it').to.be.above(0);
  });

  it('keeps the share of time in the reserve, for later, unless a plugin works for later', async () => {
    const reserve = async (resource: 'vision' | 'time', time: number): Promise<number> => {
      const run = new MindRun(parametersWith({ ...QUIET, hrm: { atp_per_s: 200 } }), [
        restless('busy', resource),
        restless('other', 'llm'),
      ]);
      withPlans(run, (plan) => ({ ...plan, allocation: { ...plan.allocation, time } }));
      let least = Number.POSITIVE_INFINITY;
      for (let cycle = 0; cycle < 200; cycle++) {
        const { report } = await run.cycle();
        if (cycle >= 60) least = Math.min(least, report.ledger.reserve_matp);
      }
      return least / 1000;
    };
    const burst_atp = 200;
    expect(await reserve('vision', 0)).to.be.below(0.2 * burst_atp);
    expect(await reserve('vision', 0.5)).to.be.at.least(0.5 * burst_atp);
    expect(await reserve('time', 0.5)).to.be.below(0.2 * burst_atp);
  });

  it('gives the planner the goal, what it waits for, the energies and since when each job is wanted', async () => {
    const run = new MindRun(parametersWith({ attention: { enabled: false } }), [restless('busy', 'llm')]);
    const seen: PlanInputs[] = [];
    withPlans(run, (plan, inputs) => {
      seen.push(inputs);
      return plan;
    });
    await run.cycles(10);
    run.put('goal', { goal_id: 'home', text: 'go home within 30 s', priority: 3, deadline_s: 0 });
    await run.until(({ actions }) => actions.length > 0);
    await run.cycles(3);
    expect(seen[0]?.goal).to.equal(null);
    const { goal, energies, h_energy, offers } = seen.at(-1)!;
    expect(goal).to.include({ goal_id: 'home', verb: 'home', step: 'home', priority: 3, waits: true });
    expect(goal?.left_ms).to.be.within(1, 30_000);
    expect(goal?.progress).to.be.within(0, 1);
    expect(energies).to.have.all.keys('busy', 'trajectory');
    expect(h_energy).to.be.within(0, 1);
    const busy = offers.find(({ plugin }) => plugin === 'busy');
    expect(busy?.wanted_since_ms).to.be.within(1_000_000, run.clock_ms);
  });
});
