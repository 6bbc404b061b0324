import { expect } from 'chai';
import type { Extension } from '../../src/app/compose.js';
import type { Faculty } from '../../src/kernel/faculty.js';
import { fallingPlugin } from '../hrm/world.js';
import { MindRun, parametersWith } from './mind-run.js';

const N = 24;
const axis = (index: number, strength = 1): Float32Array =>
  Float32Array.from({ length: N }, (_, at) => (at === index ? strength : 0));
const sum = (a: Float32Array, b: Float32Array) => a.map((value, at) => value + b[at]!);

/** A plugin that looks at one source, as soon and as often as it is let. */
function looker(source: string): Extension {
  const plugin = fallingPlugin(`look-${source}`) as unknown as Extension['plugin'];
  const faculty: Faculty = {
    plugin: plugin.id,
    offer: (_, running) => ({
      plugin: plugin.id,
      resource: 'vision',
      sources: [source],
      task: null,
      goal_need: 0.1,
      running,
      last_result_ms: null,
    }),
    integrate: () => {},
  };
  return { plugin, faculty };
}

const changed = (consolidates: boolean, more: object = {}) =>
  parametersWith({
    metabolism: {
      exploration_rate: [0, 0, 0, 0, 0],
      // What is shown here changes at once, which would be a crisis.
      crisis_surprise: 1,
      ...(consolidates ? {} : { consolidation_rate: [0, 0, 0, 0, 0] }),
      ...more,
    },
    salience: { memory_size: 20 },
  });

describe('kernel: consolidation in REST and DREAM', () => {
  /** A goal fails while the left source shows one thing, one ends well while it shows another; then the robot sleeps. */
  async function experienced(consolidates: boolean): Promise<{ run: MindRun; show: (left: number) => void }> {
    const run = new MindRun(changed(consolidates), [looker('left'), looker('right')]);
    let left = 0;
    run.sources.set('left', () => axis(left));
    run.sources.set('right', () => axis(10));
    const ended = (status: string) =>
      run.until(({ goal_events }) => goal_events.some((event) => event.status === status));
    await run.cycles(25);
    left = 1;
    run.stuck = true;
    run.say();
    expect(await ended('failed')).to.equal(true);
    left = 0;
    run.stuck = false;
    await run.cycles(5);
    run.say();
    expect(await ended('satisfied')).to.equal(true);
    left = 2;
    expect(await run.until(({ metabolic }) => metabolic.state === 'DREAM', 90)).to.equal(true);
    expect(await run.until(({ metabolic }) => metabolic.state === 'WAKE', 90)).to.equal(true);
    return { run, show: (what) => (left = what) };
  }
  const rewardOf = (run: MindRun, source: string) =>
    run.effects?.salience.find((row) => row.source === source)?.reward;

  it('makes what led to success rewarding and what led to failure not, for later; without it nothing is learned', async () => {
    for (const [consolidates, good, bad] of [
      [true, 1, 0],
      [false, 0.5, 0.5],
    ] as const) {
      const { run, show } = await experienced(consolidates);
      const rewards = [];
      for (const what of [0, 1, 2]) {
        show(what);
        await run.cycle();
        rewards.push(rewardOf(run, 'left'));
      }
      expect(rewards[0], 'where a goal was reached').to.be.closeTo(good, 0.01);
      expect(rewards[1], 'where a goal failed').to.be.closeTo(bad, 0.01);
      expect(rewards[2], 'elsewhere').to.be.closeTo(0.5, 0.01);
      expect(run.effects?.report.memory.learned).to.equal(consolidates ? 4 : 0);
    }
  });

  it('changes what the robot does: it looks at the rewarding source before the other one, which it did not', async () => {
    /** Which source's plugin runs when there is room for one only, and the other shows a little more. */
    const chosen = async (consolidates: boolean): Promise<string | undefined> => {
      const { run, show } = await experienced(consolidates);
      run.kernel.mind.parameters.metabolism.attention_breadth.fill(1);
      show(0);
      run.sources.set('right', () => sum(axis(10), axis(11, 0.5)));
      run.request('REST');
      await run.until(({ metabolic }) => metabolic.state === 'REST', 5);
      let first: string | undefined;
      await run.until(({ jobs }) => {
        first ??= jobs.flatMap((job) =>
          job.kind === 'start' && job.plugin.startsWith('look') ? job.plugin : [],
        )[0];
        return first !== undefined;
      }, 10);
      return first;
    };
    expect(await chosen(true)).to.equal('look-left');
    expect(await chosen(false)).to.equal('look-right');
  });

  it('merges what is nearly the same, so that what was seen once stays known when more is seen', async () => {
    for (const [consolidates, least, most] of [
      [true, 0, 0.05],
      [false, 0.9, 1],
    ] as const) {
      const run = new MindRun(changed(consolidates, { energy_initial: 35 }));
      let shown: Float32Array = axis(0);
      run.sources.set('left', () => shown);
      const see = async (embedding: Float32Array, cycles = 1): Promise<void> => {
        shown = embedding;
        await run.cycles(cycles);
      };
      await see(axis(0));
      for (let away = 5; away < 19; away++) await see(sum(axis(1), axis(away, 0.08)));
      await run.until(({ metabolic }) => metabolic.state === 'DREAM', 60);
      await run.until(({ metabolic }) => metabolic.state === 'WAKE', 60);
      for (let away = 5; away < 19; away++) await see(sum(axis(2), axis(away, 0.08)));
      await see(axis(0));
      expect(run.effects?.salience.find(({ source }) => source === 'left')?.novelty).to.be.within(
        least,
        most,
      );
    }
  });

  it('records what was consolidated when the state ends, and reports it in each cycle', async () => {
    const run = new MindRun(changed(true, { energy_initial: 31 }));
    run.sources.set('left', (time_s) => sum(axis(1), axis(5 + (Math.floor(20 * time_s) % 14), 0.08)));
    const told: string[] = [];
    await run.until(({ decision, metabolic }) => {
      if (metabolic.changed && decision !== null) told.push(decision.reason);
      return metabolic.changed && metabolic.previous === 'REST';
    });
    expect(told.at(-1)).to.match(/REST → DREAM.*; consolidated in REST: looked at \d+ memories, merged \d+/);
    expect(run.effects?.report.memory).to.deep.include({ waiting: 0, learned: 0 });
    expect(run.effects!.report.memory.merged).to.be.at.least(10);
  });

  it('does it at the rate of the state: none in CRISIS, more in REST than awake', async () => {
    const examined = async (state: string): Promise<number> => {
      const run = new MindRun(changed(true, { minimum_s: 0 }));
      run.sources.set('left', (time_s) => axis(Math.floor(20 * time_s) % 14));
      await run.cycles(20);
      if (state === 'CRISIS') run.put('emergency_stop', { pressed: true });
      else run.request(state);
      await run.cycle();
      const before = run.effects!.report.memory.examined;
      run.kernel.mind.parameters.metabolism.minimum_s = 100;
      await run.cycles(100);
      expect(run.state).to.equal(state);
      return run.effects!.report.memory.examined - before;
    };
    const rates: number[] = [];
    for (const state of ['CRISIS', 'FOCUS', 'WAKE', 'DREAM', 'REST']) rates.push(await examined(state));
    // 100 cycles are 5 s; 100 memories a second at a rate of 1.
    [0, 25, 50, 150, 250].forEach((due, index) => {
      expect(rates[index]).to.be.closeTo(due, 1);
    });
  });
});
