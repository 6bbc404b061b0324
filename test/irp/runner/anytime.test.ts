import { expect } from 'chai';
import fc from 'fast-check';
import { createJobRunner } from '../../../src/irp/index.js';
import { halvingPlugin, listPlugin, loopTurns, manualPorts, only, start } from '../plugins.js';

describe('job runner: anytime', () => {
  it('never answers with less than an earlier best, whatever the energies do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 40 }),
        async (energies) => {
          const plugin = listPlugin(energies);
          const runner = createJobRunner([plugin], manualPorts(0.4));
          runner.submit(start(plugin));
          let best = Number.POSITIVE_INFINITY;
          for (let turn = 0; turn < 200; turn++) {
            await loopTurns(1);
            for (const report of runner.drain()) {
              const lowest = Math.min(...report.energies);
              if (report.best_energy !== null) {
                expect(report.best_energy).to.equal(lowest).and.to.be.at.most(best);
                expect(energies[report.best as number]).to.equal(lowest);
                best = report.best_energy;
              }
              if (report.status === 'halted') return;
            }
          }
          expect.fail('did not end');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('projects after initState and after every step', async () => {
    let projections = 0;
    const project = (state: number) => {
      projections++;
      return Math.min(state, 2);
    };
    const report = await only(listPlugin([3, 2, 1, 0, -1], { project }));
    expect(projections).to.equal(5);
    expect(report.energies).to.deep.equal([3, 2, 1, 1, 1]);
  });

  it('gives equal runs for equal seeds, and others for other seeds', async () => {
    const [first, again, other] = await Promise.all([
      only(halvingPlugin(), { seed: 5 }),
      only(halvingPlugin(), { seed: 5 }),
      only(halvingPlugin(), { seed: 6 }),
    ]);
    expect(again.energies).to.deep.equal(first.energies);
    expect(other.energies).to.not.deep.equal(first.energies);
  });
});
