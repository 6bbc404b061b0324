import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../src/contracts/ports.js';
import {
  ArousalMeter,
  biasScores,
  createSalienceScorer,
  NoveltyBank,
  topK,
} from '../../src/salience/index.js';
import { salient } from './salient.js';
import { parametersWith } from './streams.js';

const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  const [na, nb] = [Math.hypot(...a), Math.hypot(...b)];
  if (na === 0 || nb === 0) return na === nb ? 1 : 0;
  return dot / (na * nb);
};

describe('novelty', () => {
  it('is one minus the largest cosine similarity to what the bounded memory holds', () => {
    const vector = (length: number) =>
      fc.array(
        fc
          .float({ min: -10, max: 10, noNaN: true, minExcluded: true })
          .map((value) => (Math.abs(value) < 1e-3 ? 0 : value)),
        { minLength: length, maxLength: length },
      );
    const streams = fc
      .integer({ min: 1, max: 70 })
      .chain((length) => fc.array(vector(length), { minLength: 1, maxLength: 30 }));
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 8 }), (stream, size) => {
        const bank = new NoveltyBank(stream[0]!.length, size, -1);
        stream.forEach((embedding, index) => {
          const held = stream.slice(Math.max(0, index - size), index);
          const similarity =
            held.length === 0 ? 0 : Math.max(...held.map((other) => cosine(embedding, other)));
          expect(bank.score(embedding)).to.be.closeTo(Math.min(1, Math.max(0, 1 - similarity)), 1e-5);
          expect(bank.length).to.equal(Math.min(size, index + 1));
        });
      }),
    );
  });

  it('is exact where many embeddings are nearly the same, and memory is bounded (its lists grew without bound)', () => {
    const random = seededRandom(4);
    const base = Array.from({ length: 256 }, () => random.next());
    const near = () => base.map((value) => value + 0.01 * (random.next() - 0.5));
    const bank = new NoveltyBank(256, 50, -1);
    const stream = Array.from({ length: 120 }, near);
    stream.forEach((embedding, index) => {
      const held = stream.slice(Math.max(0, index - 50), index);
      const novelty = held.length === 0 ? 1 : 1 - Math.max(...held.map((other) => cosine(embedding, other)));
      expect(bank.score(embedding)).to.be.closeTo(novelty, 1e-6);
      expect(bank.length).to.be.at.most(50);
    });
  });

  it('does not let a still scene push out what was seen before it', () => {
    const bank = new NoveltyBank(4, 3, 0.002);
    for (const embedding of [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ])
      bank.score(embedding);
    for (let count = 0; count < 100; count++) bank.score([0, 1, 0.01, 0]);
    expect(bank.length).to.equal(2);
    expect(bank.score([1, 0, 0, 0])).to.equal(0);
  });
});

describe('arousal', () => {
  const meter = new ArousalMeter();

  it('is 0 for nothing, one sample, a constant and mere noise, and 1 for an even spread', () => {
    for (const values of [[], [3], [2, 2, 2, 2], [0.5, 0.503, 0.501]])
      expect(meter.score(values, null, 0.006)).to.equal(0);
    expect(
      meter.score(
        Array.from({ length: 160 }, (_, index) => index / 160),
        null,
        0.006,
      ),
    ).to.be.closeTo(1, 1e-3);
    expect(meter.score([0, 1], null, 0.006)).to.equal(1);
  });

  it('grows with what there is to see', () => {
    const scene = (objects: number) =>
      Array.from({ length: 100 }, (_, index) =>
        index < objects * 10 ? 0.3 + 0.06 * Math.floor(index / 10) : 0.2,
      );
    const arousals = [0, 1, 3, 6, 9].map((objects) => meter.score(scene(objects), null, 0.006));
    expect(arousals).to.deep.equal([...arousals].sort((a, b) => a - b));
  });
});

describe('attention', () => {
  it('biases each column by half its weight', () => {
    expect(
      biasScores(
        [
          [0, 1],
          [2, 3],
        ],
        [1, 0.2],
      ),
    ).to.deep.equal([
      [0.5, 1.1],
      [2.5, 3.1],
    ]);
    expect(biasScores([[1, 1]], [1], 2)).to.deep.equal([[3, 1]]);
  });

  it('adds to the salience that the plan sees: half of the share of attention', () => {
    const scorer = createSalienceScorer(parametersWith());
    const sources = [salient('a', 0.2), salient('b', 0.6)];
    const combined = (shares: Record<string, number>) =>
      scorer.bias(sources, new Map(Object.entries(shares))).map((one) => one.combined);
    expect(combined({ a: 0.75, b: 0.25 })).to.deep.equal([0.2 + 0.375, 0.6 + 0.125]);
    expect(combined({ b: 1 })).to.deep.equal([0.2, 1]);
    expect(combined({})).to.deep.equal([0.2, 0.6]);
    expect(scorer.bias([], new Map())).to.deep.equal([]);
  });

  it('keeps all in 0..1, whatever the shares of attention', () => {
    const scorer = createSalienceScorer(parametersWith());
    const one = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(one, one), { maxLength: 12 }), (given) => {
        const sources = given.map(([value], index) => salient(`s${index}`, value));
        const shares = new Map(given.map(([, share], index) => [`s${index}`, share]));
        scorer.bias(sources, shares).forEach(({ combined }, index) => {
          expect(combined).to.be.within(given[index]![0], 1);
        });
      }),
    );
  });

  it('finds the k largest, of equals the first', () => {
    expect(topK([3, Number.NaN, 5, 5, 1], 3)).to.deep.equal([2, 3, 0]);
    expect(topK([1], 5)).to.deep.equal([0]);
    expect(topK([1], -1)).to.deep.equal([]);
  });
});
