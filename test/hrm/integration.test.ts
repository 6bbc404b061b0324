import { expect } from 'chai';
import fc from 'fast-check';
import {
  coherenceOf,
  contributions,
  convergence,
  hEnergy,
  normalisedEnergy,
  type Standing,
  updatedTrust,
} from '../../src/hrm/index.js';
import { hrmWith } from './world.js';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const standing: fc.Arbitrary<Standing> = fc.record({
  plugin: fc.string({ minLength: 1 }),
  trust: fc.double({ min: 0.1, max: 10, noNaN: true }),
  energy: unit,
  monotonicity: unit,
});
const standings = fc.uniqueArray(standing, { selector: ({ plugin }) => plugin, maxLength: 12 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('integration', () => {
  it('normalises an energy by the initial one, and takes 0 for perfect', () => {
    expect([normalisedEnergy(4, 1), normalisedEnergy(4, 0), normalisedEnergy(0, 0)]).to.deep.equal([
      0.25, 0, 0,
    ]);
    expect([normalisedEnergy(-2, -3), normalisedEnergy(-2, -4), normalisedEnergy(3, 3)]).to.deep.equal([
      0.5, 0, 1,
    ]);
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        expect(normalisedEnergy(Math.max(a, b), Math.min(a, b))).to.be.within(0, 1);
      }),
    );
  });

  it('measures monotonicity and the variance of dE', () => {
    expect(convergence([5, 1, 9, 5])).to.deep.equal({ monotonicity_ratio: 2 / 3, dE_variance: 32 });
    expect(convergence([3])).to.deep.equal({ monotonicity_ratio: 1, dE_variance: 0 });
    fc.assert(
      fc.property(fc.array(finite), (energies) => {
        const { monotonicity_ratio, dE_variance } = convergence(energies);
        expect(monotonicity_ratio).to.be.within(0, 1);
        expect(dE_variance).to.be.within(0, Number.MAX_VALUE);
      }),
    );
  });

  it('keeps H-energy and coherence in 0..1, and does not depend on the order', () => {
    fc.assert(
      fc.property(standings, (list) => {
        const reversed = [...list].reverse();
        expect(hEnergy(list)).to.be.within(0, 1).and.closeTo(hEnergy(reversed), 1e-12);
        expect(coherenceOf(list)).to.be.within(0, 1).and.closeTo(coherenceOf(reversed), 1e-12);
      }),
    );
    expect([hEnergy([]), coherenceOf([])]).to.deep.equal([0, 0]);
  });

  it('measures a contribution by leaving the plugin out', () => {
    fc.assert(
      fc.property(standings, (list) => {
        const measured = contributions(list);
        for (const { plugin } of list) {
          const others = list.filter((other) => other.plugin !== plugin);
          const without = others.length === 0 ? 1 : hEnergy(others);
          expect(measured.get(plugin)).to.be.closeTo(without - hEnergy(list), 1e-9);
        }
      }),
    );
  });
});

describe('trust', () => {
  const parameters = hrmWith();
  const perfect = { monotonicity: 1, contribution: 0.2, coherence: 0.9, efficiency: 1, failed: false };

  const trustAfter = (runs: number, evidence: Partial<typeof perfect>, from = 1) => {
    let trust = from;
    for (let run = 0; run < runs; run++) trust = updatedTrust(trust, { ...perfect, ...evidence }, parameters);
    return trust;
  };

  it('of a perfect plugin does not fall (it fell to 0.667), not even where it makes no difference', () => {
    expect(trustAfter(500, {})).to.be.greaterThan(1);
    expect(trustAfter(500, { contribution: 0 })).to.be.closeTo(1, 1e-9);
  });

  it('rises with monotonicity, contribution and efficiency, and falls with failures to the clamp', () => {
    expect(trustAfter(50, {})).to.be.greaterThan(trustAfter(50, { monotonicity: 0.5 }));
    expect(trustAfter(50, {})).to.be.greaterThan(trustAfter(50, { contribution: -0.2 }));
    expect(trustAfter(50, {})).to.be.greaterThan(trustAfter(50, { efficiency: 0.2 }));
    expect(trustAfter(500, { failed: true })).to.equal(0.1);
  });

  it('moves by momentum: no single refinement changes it by more than a twentieth of what it could', () => {
    fc.assert(
      fc.property(
        unit,
        fc.double({ min: -1, max: 1, noNaN: true }),
        unit,
        unit,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.boolean(),
        (monotonicity, contribution, coherence, efficiency, old, failed) => {
          const next = updatedTrust(
            old,
            { monotonicity, contribution, coherence, efficiency, failed },
            parameters,
          );
          expect(next).to.be.within(0.1, 10);
          expect(Math.abs(next - old)).to.be.at.most(0.1 * (0.3 * old + 0.5) + 1e-12);
        },
      ),
    );
  });
});
