import { expect } from 'chai';
import type { Bag } from '../../src/replay/bag.js';
import { openBag } from '../../src/replay/open-bag.js';
import { Playback } from '../../src/replay/playback.js';
import { recordedQos } from '../../src/replay/recorded-qos.js';
import { temporaryFolder, texts, writeMcap } from './bags.js';

describe('playing a bag', () => {
  const folder = temporaryFolder();
  let bag: Bag;
  let now_ms = 0;
  let sent: number[] = [];
  before(async () => {
    await writeMcap(folder.path('play.mcap'), texts(20));
    bag = await openBag(folder.path('play.mcap'));
  });
  beforeEach(() => {
    now_ms = 5000;
    sent = [];
  });
  after(() => {
    bag.close();
    folder.remove();
  });

  function playback(options: {
    rate?: number;
    loop?: boolean;
    paused?: boolean;
    start_ms?: number;
  }): Playback {
    const { rate = 1, loop = false, paused = false, start_ms } = options;
    return new Playback({
      bag,
      read: start_ms === undefined ? {} : { start_ms },
      rate,
      loop,
      paused,
      wall_ms: () => now_ms,
      publish: ({ time_ms }) => sent.push(time_ms),
      onRound: () => sent.push(0),
    });
  }

  it('sends what is due, and says how long nothing will be', () => {
    const play = playback({});
    expect(play.poll()).to.equal(10);
    now_ms += 25;
    expect(play.poll()).to.equal(5);
    expect(sent).to.deep.equal([1000, 1010, 1020]);
    expect(play.time_ms).to.equal(1025);
    now_ms += 1000;
    expect(play.poll()).to.equal(null);
    expect(sent.length).to.equal(20);
  });

  it('goes faster or slower by the rate', () => {
    const fast = playback({ rate: 4 });
    now_ms += 10;
    expect(fast.poll()).to.equal(2.5);
    expect(sent.length).to.equal(5);
    const slow = playback({ rate: 0.5 });
    expect(slow.poll()).to.equal(20);
  });

  it('stops while paused, and continues from there', () => {
    const play = playback({});
    now_ms += 15;
    play.poll();
    play.pause();
    now_ms += 1000;
    expect(play.poll()).to.equal(Number.POSITIVE_INFINITY);
    expect(play.time_ms).to.equal(1015);
    play.resume();
    now_ms += 5;
    play.poll();
    expect(sent).to.deep.equal([1000, 1010, 1020]);
  });

  it('steps from message to message while it is paused', () => {
    const play = playback({ paused: true });
    expect([play.step(), play.step()]).to.deep.equal([true, true]);
    expect(sent).to.deep.equal([1000, 1010]);
    expect(play.time_ms).to.equal(1010);
    play.resume();
    expect(play.step()).to.equal(false);
  });

  it('starts over at the end if asked to loop', () => {
    const play = playback({ loop: true, start_ms: 1150 });
    now_ms += 45;
    play.poll();
    expect(sent).to.deep.equal([1150, 1160, 1170, 1180, 1190, 0, 1150]);
    expect(play.rounds).to.equal(1);
    now_ms += 10;
    play.poll();
    expect(sent.at(-1)).to.equal(1160);
  });

  it('offers topics as they were recorded: numbers and words, one publisher or several', () => {
    const old = '- history: 1\n  depth: 7\n  reliability: 2\n  durability: 2\n';
    expect(recordedQos(old)).to.deep.equal({ depth: 7, reliable: false, latched: false });
    const words =
      '- history: keep_last\n  depth: 1\n  reliability: reliable\n  durability: transient_local\n';
    expect(recordedQos(words)).to.deep.equal({ depth: 1, reliable: true, latched: true });
    expect(recordedQos(words + old)).to.deep.equal({ depth: 7, reliable: false, latched: false });
    expect(recordedQos('')).to.deep.equal({ depth: 10, reliable: true, latched: false });
    expect(recordedQos(': not yaml: [')).to.deep.equal({ depth: 10, reliable: true, latched: false });
  });

  it('accepts profiles in unusual YAML silently', async () => {
    const warned: Error[] = [];
    const hear = (warning: Error): number => warned.push(warning);
    process.on('warning', hear);
    const odd = '- depth: 3\n  reliability: reliable\n  durability: volatile\n  lifespan:\n    !sec: 9\n';
    expect(recordedQos(odd).depth).to.equal(3);
    // Warnings are told in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warned).to.deep.equal([]);
  });
});
