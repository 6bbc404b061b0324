import { expect } from 'chai';
import fc from 'fast-check';
import { SageError } from '../../../src/contracts/errors.js';
import { createJobRunner } from '../../../src/irp/index.js';
import { halvingPlugin, listPlugin, loopTurns, manualPorts, start } from '../plugins.js';

describe('job runner: budget', () => {
  it('never spends more than it was granted, continues after a grant, and accounts for every step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 12 }), async (grants) => {
        const plugin = halvingPlugin();
        const runner = createJobRunner([plugin], manualPorts());
        let granted = 0;
        runner.submit(start(plugin, { grant_matp: 0 }));
        for (const grant_matp of grants) {
          granted += grant_matp;
          runner.submit({ kind: 'grant', job_id: 'halving-1', grant_matp });
          await loopTurns(4);
          for (const report of runner.drain()) {
            expect(report.spent_matp).to.be.at.most(granted);
            const began = report.energies.length > 0 ? 500 : 0;
            expect(report.spent_matp).to.equal(began + 250 * report.steps);
            if (report.status === 'starved') {
              expect(granted - report.spent_matp).to.be.lessThan(began === 0 ? 500 : 250);
            }
            if (report.status === 'halted') return;
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets a grant really lengthen the run', async () => {
    const energies = Array.from({ length: 21 }, (_, index) => 20 - index);
    const plugin = listPlugin(energies);
    const runner = createJobRunner([plugin], manualPorts());
    runner.submit(start(plugin, { grant_matp: 4000 }));
    await loopTurns(5);
    expect(runner.drain()[0]).to.include({ status: 'starved', steps: 3, spent_matp: 4000 });
    runner.submit({ kind: 'grant', job_id: 'list-1', grant_matp: 5500 });
    await loopTurns(5);
    expect(runner.drain()[0]).to.include({ status: 'starved', steps: 8, spent_matp: 9000, best_energy: 12 });
  });

  it('ends a starved job by its deadline', async () => {
    const ports = manualPorts();
    const plugin = listPlugin([3, 2, 1]);
    const runner = createJobRunner([plugin], ports);
    runner.submit(start(plugin, { grant_matp: 2000 }));
    await loopTurns(3);
    ports.pass(1000);
    expect(runner.drain()[0]).to.include({ status: 'halted', halt_reason: 'timeout', best_energy: 2 });
    expect(runner.live_jobs).to.equal(0);
  });

  it('refuses grants that are not whole milli-ATP', () => {
    const plugin = listPlugin([1, 0]);
    const runner = createJobRunner([plugin], manualPorts());
    for (const grant_matp of [-1, 0.5, Number.NaN]) {
      expect(() => runner.submit(start(plugin, { grant_matp })), String(grant_matp)).to.throw(
        SageError,
        'SAGE_606',
      );
    }
  });
});
