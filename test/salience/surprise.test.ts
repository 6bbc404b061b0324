import { expect } from 'chai';
import { extremesOf, surpriseOf } from '../../src/salience/index.js';
import { camera, gaussian, hand, SIGMA, single } from './streams.js';

describe('surprise', () => {
  it('is below 0.2 for noise and above 0.8 for 6 spreads, by its formula', () => {
    expect(surpriseOf(3.5)).to.be.lessThan(0.2);
    expect(surpriseOf(6)).to.be.greaterThan(0.8);
    expect(surpriseOf(0)).to.be.lessThan(0.01);
    expect([1, 6, 24, 256, 576, 100_000].map(extremesOf)).to.deep.equal([1, 1, 3, 4, 9, 32]);
  });

  for (const [n, sigma] of [
    [6, 0.002],
    [64, SIGMA],
    [256, SIGMA],
    [256, 0.05],
    [576, SIGMA],
  ] as const) {
    it(`stays below 0.2 in 99% of noise, and always below 0.7 (${n} elements, noise ${sigma})`, () => {
      const { see } = single();
      const noise = gaussian(n);
      const frames = Array.from({ length: 1500 }, () =>
        Float32Array.from({ length: n }, () => 0.5 + sigma * noise()),
      );
      const surprises = frames.map((frame) => see(frame).surprise).sort((a, b) => a - b);
      expect(surprises[Math.floor(0.99 * surprises.length)]).to.be.lessThan(0.2);
      expect(surprises.at(-1)).to.be.lessThan(0.7);
    });
  }

  it('does not rise before warmup readings, whatever they are', () => {
    const { see } = single();
    const noise = gaussian(1);
    for (let count = 0; count < 20; count++) {
      expect(see(Float32Array.from({ length: 32 }, () => 100 * noise())).surprise).to.equal(0);
    }
  });

  it('sees a hand at the edge of the picture in the first frame that shows it', () => {
    for (const cells of [3, 4, 8, 14]) {
      const { see } = single();
      const frame = camera(cells);
      for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
      expect(see(frame(hand(cells)), { channels: 3 }).surprise, `${cells} cells`).to.be.greaterThan(0.8);
    }
  });

  it('knows the scene behind a hand again, though the light has changed while the hand hid it', () => {
    for (const gain of [0.75, 1.25]) {
      const { see } = single({ habituation_s: 0 });
      const frame = camera(7);
      const reached = hand(14);
      const dim = (value: number) => value * gain;
      for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
      for (let count = 0; count < 10; count++) see(frame(reached), { channels: 3 });
      for (let count = 0; count < 200; count++) {
        const lit = frame((value, index) => dim(reached(value, index)));
        expect(see(lit, { channels: 3 }).surprise, `reading ${count}`).to.be.greaterThan(0.8);
      }
      expect(see(frame(dim), { channels: 3 }).surprise, `gone, ${gain}`).to.be.lessThan(0.6);
    }
  });

  for (const gain of [0.8, 0.9, 1.1, 1.2]) {
    it(`stays below 0.4 when all elements scale by ${gain}, one channel or three, and still sees a hand then`, () => {
      for (const channels of [1, 3]) {
        const { see } = single();
        const frame = camera(7);
        for (let count = 0; count < 60; count++) see(frame(), { channels });
        for (let count = 0; count < 60; count++) {
          expect(
            see(
              frame((value) => value * gain),
              { channels },
            ).surprise,
          ).to.be.lessThan(0.4);
        }
        const both = (value: number, index: number) => hand(6)(value * gain, index);
        expect(see(frame(both), { channels }).surprise).to.be.greaterThan(0.8);
      }
    });

    it(`stays below 0.4 when brightness alone changes by ${gain}, with gamma and clipping`, () => {
      const { see } = single();
      const frame = camera(8);
      for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
      const light = (value: number, index: number) =>
        index % 3 === 0 ? Math.min(0.85, value ** (1 / gain)) : value;
      for (let count = 0; count < 60; count++) {
        expect(see(frame(light), { channels: 3 }).surprise).to.be.lessThan(0.4);
      }
    });
  }

  it('stays below 0.4 when all elements drift together by 10% within two seconds', () => {
    const { see } = single();
    const frame = camera(9);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count < 200; count++) {
      const gain = 1 + 0.1 * Math.min(1, count / 40);
      expect(
        see(
          frame((value) => value * gain),
          { channels: 3 },
        ).surprise,
      ).to.be.lessThan(0.4);
    }
  });

  for (const [what, paint] of [
    ['a covered lens', () => 0.02],
    ['a light switched off', (value: number) => 0.2 * value],
    ['a picture turned round', (value: number) => 1 - value],
  ] as const) {
    it(`is not explained away: ${what}`, () => {
      const { see } = single();
      const frame = camera(10);
      for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
      expect(see(frame(paint), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    });
  }

  it('does not habituate to a moving hand, nor within a second to a resting one', () => {
    const { see } = single();
    const frame = camera(11);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count < 300; count++) {
      expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    }
    for (let count = 0; count < 600; count++) {
      const first = 1 + 3 * (Math.floor(count / 40) % 3);
      expect(see(frame(hand(6, first)), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    }
    expect(see(frame(), { channels: 3 }).surprise).to.be.lessThan(0.4);
  });

  it('takes what rests for habituation_s as normal, and is surprised when it leaves', () => {
    const { see } = single({ habituation_s: 5 });
    const frame = camera(12);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count < 100; count++) {
      expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    }
    for (let count = 0; count < 5; count++) see(frame(hand(6)), { channels: 3 });
    expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.lessThan(0.4);
    expect(see(frame(), { channels: 3 }).surprise).to.be.greaterThan(0.8);
  });

  it('never habituates with habituation_s 0, and accepts at once on request', () => {
    const { see, scorer } = single({ habituation_s: 0 });
    const frame = camera(13);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count < 1000; count++) see(frame(hand(6)), { channels: 3 });
    expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    scorer.accept('microphone');
    expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.greaterThan(0.8);
    scorer.accept('camera');
    for (let count = 0; count < 20; count++) {
      expect(see(frame(hand(6)), { channels: 3 }).surprise).to.be.lessThan(0.4);
    }
    expect(see(frame(), { channels: 3 }).surprise).to.be.greaterThan(0.8);
  });

  it('reports how long a patch has been surprising, and takes patches as normal on request', () => {
    const { see, scorer } = single();
    const frame = camera(14);
    expect(scorer.surpriseDurations('camera')).to.equal(null);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count <= 20; count++) see(frame(hand(4)), { channels: 3 });
    const patches = [...scorer.surpriseDurations('camera')!];
    const surprising = patches.flatMap((for_s, patch) => (for_s >= 0 ? [patch] : []));
    expect(surprising).to.deep.equal([80, 81, 96, 97]);
    for (const patch of surprising) expect(patches[patch]).to.be.closeTo(1, 1e-9);
    see(frame(), { channels: 3 });
    see(frame(hand(4)), { channels: 3 });
    expect(scorer.surpriseDurations('camera')![80]).to.equal(0);
    scorer.acceptPatches('camera', surprising);
    expect(see(frame(hand(4)), { channels: 3 }).surprise).to.be.lessThan(0.4);
    expect(see(frame(hand(6)), { channels: 3 }).surprise, 'the rest is as it was').to.be.greaterThan(0.8);
    expect(see(frame(), { channels: 3 }).surprise, 'that it goes').to.be.greaterThan(0.8);
  });

  it('has no error where the robot covers the view, and relearns what was behind it', () => {
    const { see } = single();
    const frame = camera(14);
    const covered = (_: number, index: number) => Number(Math.floor(index / 3) % 16 >= 8);
    const weights = Float32Array.from({ length: 576 }, covered);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    const arm = (value: number, index: number) => (weights[index] === 0 ? 0.1 : value);
    for (let count = 0; count < 30; count++) {
      expect(see(frame(arm), { channels: 3, weights }).surprise).to.be.lessThan(0.2);
    }
    const moved = (value: number, index: number) => (weights[index] === 0 ? 1 - value : value);
    for (let count = 0; count < 30; count++) {
      expect(see(frame(moved), { channels: 3 }).surprise).to.be.lessThan(0.3);
    }
    expect(
      see(
        frame((value, index) => hand(6)(moved(value, index), index)),
        { channels: 3 },
      ).surprise,
    ).to.be.greaterThan(0.8);
  });

  it('is calm when who came while the view was covered has gone again', () => {
    const { see } = single();
    const frame = camera(15);
    const weights = new Float32Array(576).map((_, index) => Number(Math.floor(index / 3) % 16 >= 4));
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    for (let count = 0; count < 10; count++) see(frame(), { channels: 3, weights });
    for (let count = 0; count < 30; count++) see(frame(hand(8)), { channels: 3 });
    for (let count = 0; count < 30; count++) {
      expect(see(frame(), { channels: 3 }).surprise).to.be.lessThan(0.3);
    }
    expect(see(frame(hand(8)), { channels: 3 }).surprise, 'when it comes back').to.be.greaterThan(0.8);
  });
});
