import { expect } from 'chai';
import { mindPlots } from '../../../src/app/bench/mind/command.js';
import { benchMemory, type MindFigures } from '../../../src/app/bench/mind/measure.js';
import { attention_us, hStep_us, salience_us, stepOverhead_us } from '../../../src/app/bench/mind/parts.js';
import { fullLoop } from '../../../src/app/bench/mind/whole-cycle.js';
import { linePlot } from '../../../src/app/bench/plot.js';

const SMALL = { sources: 5, dimension: 32, memory_size: 40, plugins: 5 };

/** Entries of all arrays, maps, sets and objects that can be reached. */
function entriesOf(root: unknown): number {
  const seen = new Set<unknown>();
  const open: unknown[] = [root];
  let entries = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || seen.has(value)) continue;
    seen.add(value);
    const inside =
      value instanceof Map
        ? [...value.keys(), ...value.values()]
        : value instanceof Set || Array.isArray(value)
          ? [...value]
          : Object.values(Object.getOwnPropertyDescriptors(value)).map(
              (property) => property.value as unknown,
            );
    entries += inside.length;
    open.push(...inside);
  }
  return entries;
}

describe('sage bench mind', () => {
  it('runs the whole cycle: every source is scored against a full memory, every plugin is refined', async () => {
    const loop = await fullLoop(SMALL);
    const running = new Set<string>();
    for (let count = 0; count < 60; count++) {
      await loop.cycle();
      for (const plugin of loop.kernel.mind.running) running.add(plugin);
    }
    expect([...running]).to.include.members([0, 1, 2, 3, 4].map((index) => `trivial-${index}`));
    expect([...running]).to.include('attention');
    const { sources } = loop.kernel.mind.situation.attention;
    expect(sources.map(({ source }) => source)).to.have.length(5);
    // Random embeddings are new to a memory that is shorter than their ring.
    expect(sources.every(({ novelty }) => novelty > 0.1)).to.equal(true);
    // There is no robot here; nothing else is wrong.
    expect(loop.kernel.mind.faults.map(({ code }) => code)).to.deep.equal(['SAGE_301']);
  });

  it('holds no more after many cycles than after some', async () => {
    const loop = await fullLoop(SMALL);
    const most = async (cycles: number) => {
      let largest = 0;
      for (let count = 0; count < cycles; count++) {
        await loop.cycle();
        if (count % 10 === 0) largest = Math.max(largest, entriesOf(loop.kernel.mind));
      }
      return largest;
    };
    const early = await most(600);
    await most(600);
    expect(await most(600)).to.be.at.most(Math.ceil(1.02 * early));
  }).timeout(60_000);

  it('measures what it says it does', async () => {
    expect(salience_us(2, 16, 20, 20)).to.be.above(0);
    expect(await hStep_us(3)).to.be.above(0);
    expect(await stepOverhead_us(500)).to.be.a('number');
    expect((await attention_us(5)).steps).to.be.within(4, 24);
    const memory = await benchMemory(40, 4);
    expect(memory.samples).to.have.length(5);
    expect(memory.rss_end_mb).to.be.above(1);
  }).timeout(60_000);

  it('draws how the cost grows', () => {
    const growth = [1, 10, 100].map((size) => ({ size, cycle_us: 10 * size }));
    const figures = { by_sources: growth, by_memory: growth, by_plugins: growth } as unknown as MindFigures;
    const plots = mindPlots(figures);
    expect(plots.map(([name]) => name)).to.deep.equal([
      'mind-sources.svg',
      'mind-memory.svg',
      'mind-plugins.svg',
    ]);
    for (const [, plot] of plots) expect(linePlot(plot)).to.include('</svg>');
  });
});
