import { expect } from 'chai';
import fc from 'fast-check';
import { createVirtualRunner } from '../../src/irp/index.js';
import { halvingPlugin, listPlugin, start } from './plugins.js';

const energies = Array.from({ length: 101 }, (_, index) => 100 - index);

describe('virtual runner', () => {
  it('does the steps that fit into the time, by their declared cost', async () => {
    const plugins = [listPlugin(energies, { id: 'fast' }), listPlugin(energies, { id: 'slow' })];
    const runner = createVirtualRunner(plugins, { cost_ms: { fast: 5, slow: 20 } });
    for (const plugin of plugins) runner.submit(start(plugin));
    await runner.advance(50);
    const reports = runner.drain();
    // One piece of each is initState.
    expect(reports.map(({ steps }) => steps)).to.deep.equal([9, 1]);
    expect(reports.map(({ cpu_ms }) => cpu_ms)).to.deep.equal([50, 40]);
    await runner.advance(50);
    expect(runner.drain().map(({ steps }) => steps)).to.deep.equal([19, 4]);
  });

  it('ends by virtual deadlines and keeps the time of a starved job', async () => {
    const plugin = listPlugin(energies);
    const runner = createVirtualRunner([plugin], { cost_ms: {}, default_cost_ms: 10 });
    runner.submit(start(plugin, { grant_matp: 3000 }));
    await runner.advance(500);
    expect(runner.drain()[0]).to.include({ status: 'starved', steps: 2 });
    runner.submit({ kind: 'grant', job_id: 'list-1', grant_matp: 1000 });
    await runner.advance(9);
    expect(runner.drain()[0]).to.include({ steps: 2 });
    await runner.advance(1);
    expect(runner.drain()[0]).to.include({ steps: 3 });
    await runner.advance(490);
    expect(runner.drain()[0]).to.include({ status: 'halted', halt_reason: 'timeout', time_ms: 1000 });
  });

  it('does the same whatever the time is cut into', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        async (cuts) => {
          const whole = await run([cuts.reduce((a, b) => a + b, 0)]);
          expect(await run(cuts)).to.deep.equal(whole);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('awaits asynchronous steps without letting wall time in', async () => {
    const plugin = listPlugin(energies, {
      step: async (state) => {
        await new Promise((resolve) => setImmediate(resolve));
        return state + 1;
      },
    });
    const runner = createVirtualRunner([plugin], { cost_ms: { list: 7 } });
    runner.submit(start(plugin));
    await runner.advance(70);
    expect(runner.drain()[0]).to.include({ steps: 9, cpu_ms: 70, time_ms: 70 });
  });
});

async function run(cuts: readonly number[]) {
  const plugins = [halvingPlugin({ id: 'a' }), halvingPlugin({ id: 'b' })];
  const runner = createVirtualRunner(plugins, { cost_ms: { a: 3, b: 5 } });
  for (const plugin of plugins) runner.submit(start(plugin));
  let energies: readonly (readonly number[])[] = [];
  for (const cut of cuts) {
    await runner.advance(cut);
    const reports = runner.drain();
    if (reports.length === 2) energies = reports.map((report) => report.energies);
    else
      for (const report of reports)
        energies = energies.map((old, index) =>
          index === Number(report.plugin === 'b') ? report.energies : old,
        );
  }
  return energies;
}
