import { expect } from 'chai';
import fc from 'fast-check';
import { RESOURCES } from '../../src/contracts/irp.js';
import { createHeuristicPlanner } from '../../src/hrm/index.js';
import { salient } from '../salience/salient.js';
import { offer, planInputs, policy } from './world.js';

const planner = createHeuristicPlanner();
const order = (plan: ReturnType<typeof planner.plan>) => plan.jobs.map(({ plugin }) => plugin).join(' ');
const chosen = (plan: ReturnType<typeof planner.plan>) =>
  plan.jobs.filter((job) => job.chosen).map(({ plugin }) => plugin);

describe('heuristic planner', () => {
  it('ranks by goal need, salience, staleness and trust', () => {
    const base = { goal_need: 0.2, sources: ['s'], last_result_ms: 9000 };
    const inputs = { now_ms: 10_000, salience: [salient('s', 0.2), salient('bright', 0.9)] };
    const rank = (changes: Parameters<typeof offer>[1], trust = {}) =>
      order(
        planner.plan(
          planInputs([offer('a', base), offer('b', { ...base, ...changes })], { ...inputs, trust }),
        ),
      );
    expect(rank({})).to.equal('a b');
    expect(rank({ goal_need: 0.3 })).to.equal('b a');
    expect(rank({ sources: ['bright'] })).to.equal('b a');
    expect(rank({ last_result_ms: null })).to.equal('b a');
    expect(rank({ running: true })).to.equal('b a');
    expect(rank({}, { a: 0.5 })).to.equal('b a');
  });

  it('chooses as many as the breadth of the state, and says why the others are not', () => {
    const offers = Array.from({ length: 12 }, (_, index) => offer(`p${String(index).padStart(2, '0')}`));
    for (const [state, breadth] of [
      ['WAKE', 5],
      ['FOCUS', 2],
      ['REST', 1],
      ['DREAM', 10],
      ['CRISIS', 3],
    ] as const) {
      const plan = planner.plan(planInputs(offers, { policy: policy(state) }));
      expect(chosen(plan).length).to.equal(breadth);
      expect(plan.jobs.at(-1)?.reason).to.contain(`breadth of ${breadth}`);
    }
  });

  it('starts no effector in a crisis or without a goal, and puts vision first in a crisis', () => {
    const offers = [
      offer('arm', { resource: 'effector', goal_need: 1 }),
      offer('eye', { goal_need: 0 }),
      offer('mind', { resource: 'llm', goal_need: 1 }),
    ];
    expect(order(planner.plan(planInputs(offers)))).to.equal('arm mind eye');
    const crisis = planner.plan(planInputs(offers, { policy: policy('CRISIS') }));
    expect(chosen(crisis)).to.deep.equal(['eye', 'mind']);
    expect(crisis.jobs.find(({ plugin }) => plugin === 'arm')?.reason).to.contain('crisis');
    const idle = planner.plan(planInputs([offer('arm', { resource: 'effector', goal_need: 0 })]));
    expect(idle.jobs[0]).to.include({ chosen: false, reason: 'no goal needs it' });
  });

  it('explores where the policy says so, and does less of what no goal needs where it says less', () => {
    const offers = [offer('a', { goal_need: 0.2 }), offer('b', { goal_need: 0.19 })];
    const firsts = new Set<string>();
    for (const luck of [
      [0, 1],
      [1, 0],
    ]) {
      let draw = 0;
      const random = () => luck[draw++ % 2]!;
      firsts.add(
        order(
          planner.plan(planInputs(offers, { policy: policy('WAKE', { exploration_rate: 0.5 }), random })),
        ),
      );
    }
    expect([...firsts].sort()).to.deep.equal(['a b', 'b a']);
    const resting = policy('REST', { exploration_rate: -0.5 });
    const idle = offer('idle', { goal_need: 0, last_result_ms: 0 });
    expect(chosen(planner.plan(planInputs([idle], { policy: resting, now_ms: 500 })))).to.deep.equal([]);
  });

  it('is finite, sorted, the same for every order of offers, and allocates the whole budget or nothing', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const offers = fc.uniqueArray(
      fc.record({
        plugin: fc.string({ minLength: 1 }),
        resource: fc.constantFrom(...RESOURCES),
        sources: fc.array(fc.constantFrom('s', 't')),
        goal_need: unit,
        running: fc.boolean(),
        last_result_ms: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
      }),
      { selector: ({ plugin }) => plugin, maxLength: 15 },
    );
    const states = fc.constantFrom('WAKE', 'FOCUS', 'REST', 'DREAM', 'CRISIS' as const);
    fc.assert(
      fc.property(offers, states, unit, (list, state, s) => {
        const full = list.map(({ plugin, ...rest }) => offer(plugin, rest));
        const inputs = { policy: policy(state, { exploration_rate: 0.3 }), salience: [salient('s', s)] };
        const plan = planner.plan(planInputs(full, inputs));
        expect(planner.plan(planInputs([...full].reverse(), inputs))).to.deep.equal(plan);
        plan.jobs.forEach((job, index) => {
          expect(Number.isFinite(job.value) && job.value >= 0).to.equal(true);
          if (index > 0) expect(plan.jobs[index - 1]!.value).to.be.at.least(job.value);
        });
        const total = Object.values(plan.allocation).reduce((a, b) => a + b, 0);
        expect(total).to.be.closeTo(chosen(plan).length > 0 ? 1 : 0, 1e-9);
      }),
    );
  });
});
