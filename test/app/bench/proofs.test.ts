import { expect } from 'chai';
import { controlPlot, trustPlot } from '../../../src/app/bench/proofs/command.js';
import { benchControl } from '../../../src/app/bench/proofs/control.js';
import { benchTrust } from '../../../src/app/bench/proofs/trust.js';
import { feasible, gridWorld } from '../../../src/app/bench/proofs/worlds.js';

describe('proofs on real work', () => {
  it('keeps every answer feasible, which is not the same as reached', async function () {
    this.timeout(240_000);
    const worlds = await benchControl(6);
    for (const { points } of worlds) {
      expect(points.map(({ feasible_share }) => feasible_share)).to.deep.equal(points.map(() => 1));
      const [first, last] = [points[0]!, points.at(-1)!];
      expect(last.reached_share).to.be.above(first.reached_share);
      expect(first.reached_share).to.be.below(1);
      expect(first.feasible_without_projection_share).to.be.below(1);
      expect(last.remaining_m_median).to.be.at.most(first.remaining_m_median);
    }
    expect(controlPlot(worlds)).to.include('two-link arm: reached').and.to.include('</svg>');
  });

  it('judges feasibility itself: it refuses a path through a blocked cell, too long a move, another start', () => {
    const problem = gridWorld(1);
    const [goal] = problem.goals;
    expect(feasible(problem, [problem.start])).to.equal(true);
    expect(feasible(problem, [problem.start, goal!])).to.equal(false);
    expect(feasible(problem, [goal!])).to.equal(false);
    expect(feasible(problem, [])).to.equal(false);
  });

  it('takes budget from a plugin made worse within 20 H-steps, and gives it back after its repair', async () => {
    const figures = await benchTrust();
    expect(figures.plugins).to.be.at.least(3);
    expect(figures.budget_share_before).to.be.closeTo(1 / figures.plugins, 0.02);
    expect(figures.budget_share_20_after).to.be.below(0.9 * figures.budget_share_before);
    expect(figures.budget_share_least).to.be.below(0.5 * figures.budget_share_before);
    expect(figures.budget_share_end).to.be.above(0.95 * figures.budget_share_before);
    expect(figures.recovered_after).to.be.a('number');
    expect(figures.trust_end).to.be.above(2 * figures.trust_least);
    expect(trustPlot(figures)).to.include('its share of the budget');
    expect(await benchTrust()).to.deep.equal(figures);
  });
});
