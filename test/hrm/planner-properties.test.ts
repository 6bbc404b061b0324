import { expect } from 'chai';
import fc from 'fast-check';
import { RESOURCES } from '../../src/contracts/irp.js';
import { METABOLIC_STATES } from '../../src/contracts/metabolism.js';
import type { JobOffer, Plan, PlanGoal, PlanInputs } from '../../src/contracts/plan.js';
import { seededRandom } from '../../src/contracts/ports.js';
import type { SourceSalience } from '../../src/contracts/salience.js';
import { createHeuristicPlanner } from '../../src/hrm/index.js';
import { salient } from '../salience/salient.js';
import { offer, planInputs, policy } from './world.js';

const planner = createHeuristicPlanner();
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const SOURCES = ['s', 't', 'u'] as const;
const NOW_MS = 1e6;

const salience = (combined: readonly number[]): SourceSalience[] =>
  SOURCES.map((source, index) => salient(source, combined[index] ?? 0));
const goal = (changes: Partial<PlanGoal> = {}): PlanGoal => ({
  goal_id: 'g',
  verb: 'pick',
  step: 'approach',
  progress: 0.4,
  priority: 0,
  left_ms: null,
  waits: false,
  ...changes,
});

const anyOffer = fc.record({
  plugin: fc.stringMatching(/^[a-z]{1,6}$/),
  resource: fc.constantFrom(...RESOURCES),
  sources: fc.subarray([...SOURCES]),
  goal_need: unit,
  running: fc.boolean(),
  last_result_ms: fc.option(fc.double({ min: 0, max: NOW_MS, noNaN: true })),
  wanted_since_ms: fc.double({ min: NOW_MS - 60_000, max: NOW_MS, noNaN: true }),
});
const anyGoal = fc.option(
  fc.record({
    priority: fc.double({ min: 0, max: 10, noNaN: true }),
    left_ms: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true })),
    waits: fc.boolean(),
  }),
);
/** Inputs as the kernel may give them. */
const anyInputs = fc
  .record({
    offers: fc.uniqueArray(anyOffer, { selector: ({ plugin }) => plugin, minLength: 1, maxLength: 12 }),
    state: fc.constantFrom(...METABOLIC_STATES),
    breadth: fc.integer({ min: 1, max: 8 }),
    exploration: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    salience: fc.array(unit, { minLength: 3, maxLength: 3 }),
    trust: fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 }),
    goal: anyGoal,
    seed: fc.nat(),
  })
  .map((drawn) => {
    const offers = drawn.offers.map(({ plugin, ...rest }) => offer(plugin, rest));
    const changes = { attention_breadth: drawn.breadth, exploration_rate: drawn.exploration };
    const random = seededRandom(drawn.seed);
    return {
      seed: drawn.seed,
      inputs: planInputs(offers, {
        now_ms: NOW_MS,
        policy: policy(drawn.state, changes),
        salience: salience(drawn.salience),
        trust: Object.fromEntries(offers.map(({ plugin }, index) => [plugin, drawn.trust[index]!])),
        goal: drawn.goal === null ? null : goal(drawn.goal),
        random: () => random.next(),
      }),
    };
  });

/** The plan for these inputs, with the luck of the seed from its beginning. */
const planned = (inputs: PlanInputs, seed: number): Plan => {
  const random = seededRandom(seed);
  return planner.plan({ ...inputs, random: () => random.next() });
};
const isChosen = (plan: Plan, plugin: string): boolean =>
  plan.jobs.find((job) => job.plugin === plugin)?.chosen === true;
const change = (offers: readonly JobOffer[], plugin: string, changes: Partial<JobOffer>): JobOffer[] =>
  offers.map((one) => (one.plugin === plugin ? { ...one, ...changes } : one));

describe('heuristic planner: what holds for any inputs', () => {
  it('chooses at most the breadth, gives the whole budget or none, and is the same for any order of offers', () => {
    fc.assert(
      fc.property(anyInputs, fc.nat(), ({ inputs, seed }, turn) => {
        const plan = planned(inputs, seed);
        const chosen = plan.jobs.filter((job) => job.chosen);
        expect(chosen.length).to.be.at.most(inputs.policy.attention_breadth);
        const shares = Object.values(plan.allocation);
        expect(shares.every((share) => share >= 0 && share <= 1)).to.equal(true);
        expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(chosen.length > 0 ? 1 : 0, 1e-9);
        const at = turn % inputs.offers.length;
        const turned = [...inputs.offers.slice(at), ...inputs.offers.slice(0, at)];
        expect(planned({ ...inputs, offers: turned }, seed)).to.deep.equal(plan);
        plan.jobs.forEach(({ value, reason }, index) => {
          expect(value).to.be.at.least(plan.jobs[index + 1]?.value ?? 0);
          expect(reason).to.not.equal('');
        });
      }),
      { numRuns: 500 },
    );
  });

  for (const [ground, raised] of [
    [
      'salience',
      (inputs: PlanInputs, plugin: string, by: number) => {
        // A source of its own, so that no other offer profits.
        const own = { ...salience([by])[0]!, source: 'own' };
        const { sources } = inputs.offers.find((one) => one.plugin === plugin)!;
        const offers = change(inputs.offers, plugin, { sources: [...sources, 'own'] });
        return { ...inputs, offers, salience: [...inputs.salience, own] };
      },
    ],
    [
      'goal need',
      (inputs: PlanInputs, plugin: string, by: number) => {
        const { goal_need } = inputs.offers.find((one) => one.plugin === plugin)!;
        return {
          ...inputs,
          offers: change(inputs.offers, plugin, { goal_need: Math.min(1, goal_need + by) }),
        };
      },
    ],
    [
      'trust',
      (inputs: PlanInputs, plugin: string, by: number) => ({
        ...inputs,
        trust: { ...inputs.trust, [plugin]: inputs.trust[plugin]! * (1 + 5 * by) },
      }),
    ],
    [
      'waiting',
      (inputs: PlanInputs, plugin: string, by: number) => {
        const { wanted_since_ms = 0 } = inputs.offers.find((one) => one.plugin === plugin)!;
        return {
          ...inputs,
          offers: change(inputs.offers, plugin, { wanted_since_ms: wanted_since_ms - 60_000 * by }),
        };
      },
    ],
  ] as const) {
    it(`never gives a job less for more ${ground}`, () => {
      fc.assert(
        fc.property(anyInputs, fc.nat(), unit, ({ inputs, seed }, pick, by) => {
          const { plugin, resource } = inputs.offers[pick % inputs.offers.length]!;
          const before = planned(inputs, seed);
          const after = planned(raised(inputs, plugin, by), seed);
          if (isChosen(before, plugin)) expect(isChosen(after, plugin)).to.equal(true);
          if (isChosen(after, plugin))
            expect(after.allocation[resource]).to.be.at.least(before.allocation[resource] - 1e-9);
        }),
        { numRuns: 500 },
      );
    });
  }

  it('never gives what the goal needs less for a goal that is more urgent', () => {
    fc.assert(
      fc.property(unit, unit, fc.double({ min: 0, max: 60_000, noNaN: true }), (need, more, left_ms) => {
        const offers = [
          offer('needed', { resource: 'effector', goal_need: need }),
          offer('other', { goal_need: 0 }),
        ];
        const share = (changes: Partial<PlanGoal>) =>
          planner.plan(planInputs(offers, { goal: goal(changes) })).allocation.effector;
        expect(share({ priority: 10 * more })).to.be.at.least(share({}) - 1e-12);
        expect(share({ left_ms: left_ms * more })).to.be.at.least(share({ left_ms }) - 1e-12);
      }),
    );
  });

  it('starves nothing: whatever is wanted and allowed runs in bounded time, and runs to its end', () => {
    const load = fc.array(
      fc.record({
        need: unit,
        trust: fc.double({ min: 0.1, max: 10, noNaN: true }),
        steps: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 2, maxLength: 7 },
    );
    fc.assert(
      fc.property(
        load,
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom(-0.5, 0, 0.5),
        fc.nat(),
        (jobs, breadth, exploration_rate, seed) => {
          const awake = policy('WAKE', { attention_breadth: breadth, exploration_rate });
          const random = seededRandom(seed);
          const state = jobs.map(({ need, trust, steps }, index) => ({
            plugin: `p${index}`,
            need,
            trust,
            steps,
            left: null as number | null,
            last_result_ms: null as number | null,
            wanted_since_ms: 0,
            results: 0,
          }));
          for (let cycle = 0; cycle < 5 * 600; cycle++) {
            const now_ms = cycle * 200;
            const plan = planner.plan(
              planInputs(
                state.map(({ plugin, need, left, last_result_ms, wanted_since_ms }) =>
                  offer(plugin, { goal_need: need, running: left !== null, last_result_ms, wanted_since_ms }),
                ),
                {
                  now_ms,
                  policy: awake,
                  trust: Object.fromEntries(state.map(({ plugin, trust }) => [plugin, trust])),
                  random: () => random.next(),
                },
              ),
            );
            for (const job of state) {
              if (!isChosen(plan, job.plugin)) {
                job.left = null;
                continue;
              }
              job.left = (job.left ?? job.steps) - 1;
              if (job.left > 0) continue;
              Object.assign(job, { left: null, last_result_ms: now_ms, wanted_since_ms: now_ms });
              job.results += 1;
            }
            if (state.every(({ results }) => results > 0)) return;
          }
          expect.fail(
            `no result in ten minutes: ${state.filter(({ results }) => results === 0).map(({ plugin }) => plugin)}`,
          );
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  }).timeout(240_000);
});

describe('heuristic planner: the resources', () => {
  it('keeps a part for later while the goal waits on the world, less the more urgent the goal is', () => {
    const offers = [offer('eye')];
    const kept = (changes: Partial<PlanGoal> | null) =>
      planner.plan(planInputs(offers, { goal: changes === null ? null : goal(changes) })).allocation.time;
    expect(kept(null)).to.equal(0);
    expect(kept({})).to.equal(0);
    expect(kept({ waits: true })).to.equal(0.25);
    expect(kept({ waits: true, priority: 5 })).to.be.closeTo(0.125, 1e-12);
    expect(kept({ waits: true, left_ms: 0 })).to.equal(0);
    expect(kept({ waits: true, left_ms: 5000 })).to.be.closeTo(0.125, 1e-12);
  });

  it('has memory worked on as much as the state consolidates, and not at all where it does not', () => {
    const offers = [offer('dreamer', { resource: 'memory', goal_need: 0 })];
    const dreamer = (changes: object) =>
      planner.plan(planInputs(offers, { policy: policy('REST', changes) })).jobs[0]!;
    expect(dreamer({ consolidation_rate: 0.5 }).value).to.be.above(
      dreamer({ consolidation_rate: 0.1 }).value,
    );
    expect(dreamer({ consolidation_rate: 0 })).to.include({
      chosen: false,
      reason: 'no memory work in REST',
    });
    const asked = [offer('recall', { resource: 'memory', goal_need: 0.5 })];
    const policyNow = policy('CRISIS', { consolidation_rate: 0 });
    expect(planner.plan(planInputs(asked, { policy: policyNow })).jobs[0]?.chosen).to.equal(true);
  });

  it('plans no motion in a dream', () => {
    const arm = [offer('arm', { resource: 'effector', goal_need: 1 })];
    const plan = planner.plan(planInputs(arm, { policy: policy('DREAM') }));
    expect(plan.jobs[0]).to.include({ chosen: false, reason: 'no motion is planned in a dream' });
  });
});
