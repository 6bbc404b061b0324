import { expect } from 'chai';
import { compare, difference, lineOf, upperBorder } from '../../../src/app/bench/core/compare.js';
import {
  coreContender,
  heuristicContender,
  oracleContender,
} from '../../../src/app/bench/core/contenders.js';
import { type EpisodeOutcome, runEpisode } from '../../../src/app/bench/core/episode.js';
import { energyAfter, stepsTo } from '../../../src/app/bench/core/plugin.js';
import { recordEpisode } from '../../../src/app/bench/core/record.js';
import { createScenario, SPLITS } from '../../../src/app/bench/core/scenario.js';
import { SageError } from '../../../src/contracts/errors.js';
import type { InferencePort } from '../../../src/contracts/inference.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { CORE_CONTEXT } from '../../../src/hrm/index.js';

const outcome = (met: number, spent_atp: number): EpisodeOutcome => ({
  seed: 0,
  demands: 10,
  met,
  goals: 5,
  goals_met: Math.min(5, met),
  spent_atp,
  planning_atp: 0,
});

describe('app/bench core', () => {
  it('draws the same scenario for the same number, and another for each split', () => {
    expect(createScenario('train', 3)).to.deep.equal(createScenario('train', 3));
    const seeds = SPLITS.map((split) => JSON.stringify(createScenario(split, 3).demands));
    expect(new Set(seeds)).to.have.length(SPLITS.length);
  });

  it('knows after how many steps a curve is where', () => {
    const curve = { rate: 0.2, floor: 0.1, delay: 2 };
    const steps = stepsTo(curve, 0.3);
    expect(energyAfter(curve, steps)).to.be.at.most(0.3);
    expect(energyAfter(curve, steps - 1)).to.be.above(0.3);
    expect(stepsTo(curve, 0.1)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('plays an episode the same way twice, and spends what the books say', async () => {
    const scenario = createScenario('held-out', 1);
    let spent_matp = 0;
    const first = await runEpisode(scenario, heuristicContender(), (_inputs, _plan, { ledger }) => {
      spent_matp = ledger.spent_matp;
    });
    expect(await runEpisode(scenario, heuristicContender())).to.deep.equal(first);
    expect(first.spent_atp).to.be.closeTo(spent_matp / 1000, 0.001);
    expect(first.spent_atp).to.be.at.most(scenario.atp_per_s * 11);
  });

  it('has a teacher that meets more demands than the rules with less ATP', async () => {
    const sums = { rules: { met: 0, cost: 0 }, oracle: { met: 0, cost: 0 } };
    for (let index = 0; index < 6; index++) {
      const scenario = createScenario('validation', index);
      for (const [name, make] of [
        ['rules', heuristicContender()],
        ['oracle', oracleContender],
      ] as const) {
        const { met, spent_atp } = await runEpisode(scenario, make);
        sums[name].met += met;
        sums[name].cost += spent_atp;
      }
    }
    expect(sums.oracle.met).to.be.above(sums.rules.met);
    expect(sums.oracle.cost).to.be.below(0.6 * sums.rules.cost);
  });

  it('is left to the rules where the model of the core is missing', async () => {
    const missing: InferencePort = {
      run: () => Promise.reject(new SageError('SAGE_512', 'core-edge', 'no manifest of this name')),
      read: () => Promise.reject(new SageError('SAGE_511', 'core-edge', 'no slots')),
      free: () => {},
    };
    const scenario = createScenario('validation', 2);
    const make = coreContender(missing, defaultParameters().plan);
    const plain = await runEpisode(scenario, heuristicContender());
    const { met, planning_atp } = await runEpisode(scenario, make, (inputs, plan) => {
      expect(plan.jobs.filter(({ chosen }) => chosen)).to.have.length.at.most(
        inputs.policy.attention_breadth,
      );
      for (const { reason } of plan.jobs) expect(reason).not.to.contain('the core');
    });
    expect(met).to.be.closeTo(plain.met, 1);
    expect(planning_atp, 'two attempts in ten seconds').to.be.below(4);
  });

  it('records what the core would have seen with what the teacher says', async () => {
    const { decisions } = await recordEpisode('train', 2);
    expect(decisions).to.have.length(100);
    for (const { tokens, context, salience, chosen, shares } of decisions) {
      expect(tokens[0]).to.equal(0);
      expect([context.length, salience.length, chosen.length]).to.deep.equal([
        tokens.length,
        tokens.length,
        tokens.length,
      ]);
      expect(context[0]).to.have.length(CORE_CONTEXT);
      expect(chosen[0]).to.equal(0);
      const sum = shares.reduce((total, share) => total + share, 0);
      expect(sum).to.be.closeTo(chosen.includes(1) ? 1 : 0, 0.01);
    }
    expect(decisions.some(({ chosen }) => chosen.includes(1))).to.equal(true);
  });

  it('finds the border of what settings reach, and compares with it at equal success and at equal cost', () => {
    const border = upperBorder([
      { cost: 10, success: 0.5 },
      { cost: 20, success: 0.55 },
      { cost: 15, success: 0.4 },
      { cost: 30, success: 0.7 },
      { cost: 40, success: 0.6 },
    ]);
    expect(border.map(({ cost }) => cost)).to.deep.equal([0, 10, 30]);
    const rules = [
      [outcome(5, 10), outcome(5, 10)],
      [outcome(7, 30), outcome(7, 30)],
    ];
    const better = compare([outcome(6, 10), outcome(6, 10)], rules);
    expect(better.cost_ratio_at_equal_success.mean).to.be.closeTo(0.5, 1e-9);
    expect(better.success_gain_at_equal_cost.mean).to.be.closeTo(0.1, 1e-9);
    const best = compare([outcome(9, 10), outcome(9, 10)], rules);
    expect(best.cost_ratio_at_equal_success.mean, 'against their best').to.be.closeTo(1 / 3, 1e-9);
    expect(lineOf('x', rules[0]!).success.mean).to.equal(0.5);
  });

  it('reports by how much one contender differs from another on the same scenarios', () => {
    const { success, cost_ratio } = difference(
      [outcome(6, 10), outcome(6, 20)],
      [outcome(5, 20), outcome(5, 40)],
    );
    for (const value of [success.mean, success.low, success.high]) expect(value).to.be.closeTo(0.1, 1e-9);
    for (const value of [cost_ratio.mean, cost_ratio.low, cost_ratio.high])
      expect(value).to.be.closeTo(0.5, 1e-9);
  });
});
