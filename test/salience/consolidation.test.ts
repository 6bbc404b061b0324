import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../src/contracts/ports.js';
import { Consolidation } from '../../src/salience/consolidation.js';
import { createSalienceScorer, NoveltyBank } from '../../src/salience/index.js';
import { parametersWith, reading } from './streams.js';

const N = 16;
const axis = (index: number) => Float32Array.from({ length: N }, (_, at) => Number(at === index));
/** A direction near an axis: its novelty beside the axis is some 0.003, beside another of them some 0.006. */
const near = (index: number, away: number) =>
  axis(index).map((value, at) => value + (at === away ? 0.08 : 0));
const settleAll = (bank: NoveltyBank, rounds = 3) => {
  for (let round = 0; round < rounds; round++)
    for (let row = 0; row < bank.length; row++) while (bank.mergeNearest(row, 0.01));
};

describe('consolidation of a memory', () => {
  it('merges what is nearly the same, and still knows all of it', () => {
    const bank = new NoveltyBank(N, 100, 0.002);
    const seen = [0, 1, 2].flatMap((base) => [5, 6, 7, 8, 9].map((away) => near(base, away)));
    for (const embedding of seen) bank.score(embedding);
    expect(bank.length).to.equal(15);
    settleAll(bank);
    expect(bank.length).to.equal(3);
    for (const embedding of seen) expect(bank.score(embedding)).to.be.lessThan(0.006);
    expect(bank.score(axis(12)), 'what was never seen').to.equal(1);
  });

  it('makes room, so that what was seen once is not pushed out by what is seen again and again', () => {
    const noveltyOfRare = (settled: boolean): number => {
      const bank = new NoveltyBank(N, 8, 0.002);
      bank.score(axis(0));
      for (const away of [5, 6, 7, 8, 9]) bank.score(near(1, away));
      if (settled) settleAll(bank);
      for (const away of [5, 6, 7, 8, 9]) bank.score(near(2, away));
      return bank.score(axis(0));
    };
    expect(noveltyOfRare(false)).to.be.greaterThan(0.9);
    expect(noveltyOfRare(true)).to.equal(0);
  });

  it('never merges what differs by more, never grows, and finds the nearest as before, whatever is settled when', () => {
    const vectors = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 });
    const cosine = (a: Float32Array, b: Float32Array) => {
      const dot = a.reduce((sum, value, at) => sum + value * b[at]!, 0);
      return dot / (Math.hypot(...a) * Math.hypot(...b));
    };
    fc.assert(
      fc.property(
        fc.array(
          vectors.filter((values) => Math.hypot(...values) > 0.1),
          { minLength: 1, maxLength: 40 },
        ),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (stream, rows) => {
          const bank = new NoveltyBank(5, 100, -1);
          const all = stream.map((values) => Float32Array.from(values));
          for (const embedding of all) bank.score(embedding);
          const apart = all.every((a, at) => all.slice(at + 1).every((b) => cosine(a, b) < 0.9));
          for (const row of rows) {
            const before = bank.length;
            const merged = bank.mergeNearest(row, 0.01);
            expect(before - bank.length).to.equal(Number(merged));
            if (apart) expect(merged).to.equal(false);
          }
          // A mean of directions within a novelty of 0.01 of each other, of means of such, stays near to them all.
          for (const embedding of all) expect(bank.score(embedding)).to.be.lessThan(0.3);
        },
      ),
    );
  });
});

describe('outcomes of tasks in a memory', () => {
  const expected = (bank: NoveltyBank, embedding: Float32Array) =>
    bank.expectedOutcome(bank.score(embedding));

  it('is expected again where it was met, less where it is less alike, and not elsewhere', () => {
    const bank = new NoveltyBank(N, 10, 0.002);
    for (const index of [0, 1, 2]) bank.score(axis(index));
    expect(expected(bank, axis(0))).to.equal(0.5);
    bank.learn(axis(0), 1);
    bank.learn(axis(1), 0);
    expect(expected(bank, axis(0))).to.equal(1);
    expect(expected(bank, axis(1))).to.equal(0);
    expect(expected(bank, axis(2))).to.equal(0.5);
    const beside = axis(0).map((value, at) => value + (at === 9 ? 0.2 : 0));
    expect(new NoveltyBank(N, 10, 1).score(beside)).to.equal(1);
    expect(expected(bank, beside)).to.be.within(0.6, 0.9);
  });

  it('is remembered with what showed then, where that had been forgotten', () => {
    const bank = new NoveltyBank(N, 10, 0.002);
    bank.score(axis(1));
    bank.learn(axis(0), 0);
    expect(bank.length).to.equal(2);
    expect(expected(bank, axis(0))).to.equal(0);
  });

  it('stays within what was met, and survives merging', () => {
    const outcome = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 30 }), (outcomes) => {
        const bank = new NoveltyBank(N, 10, 0.002);
        for (const away of [5, 6, 7]) bank.score(near(0, away));
        for (const value of outcomes) bank.learn(near(0, 5), value);
        const known = expected(bank, near(0, 5));
        expect(known).to.be.within(Math.min(...outcomes) - 1e-5, Math.max(...outcomes) + 1e-5);
        settleAll(bank);
        expect(bank.length).to.equal(1);
        const towards = [...outcomes, 0.5];
        expect(expected(bank, near(0, 5))).to.be.within(
          Math.min(...towards) - 1e-5,
          Math.max(...towards) + 1e-5,
        );
      }),
    );
  });
});

describe('consolidation of the scorer', () => {
  const context = { now_ms: 0, reward: new Map<string, number>(), conflict: new Map<string, number>() };
  const scorer = () => createSalienceScorer(parametersWith({ consolidation_per_s: 10 }));
  const NO_WORK = { waiting: 0, examined: 0, merged: 0, learned: 0 };

  it('does as much work as it is granted, outcomes first, the sources in turn', () => {
    const it = scorer();
    for (const index of [0, 1, 2])
      it.score([reading('a', axis(index)), reading('b', near(index, 9))], context);
    it.noteOutcome(1, ['a', 'b', 'unheard of']);
    expect(it.consolidate(0)).to.deep.equal({ ...NO_WORK, remembered: 6, waiting: 2 });
    expect(it.consolidate(0.1)).to.deep.include({ waiting: 1, learned: 1, examined: 0 });
    expect(it.consolidate(0.1)).to.deep.include({ waiting: 0, learned: 2, examined: 0 });
    expect(it.consolidate(0.3)).to.deep.include({ examined: 3 });
    expect(it.consolidate(0.05)).to.deep.include({ examined: 3 });
    expect(it.consolidate(0.05)).to.deep.include({ examined: 4 });
  });

  /** How often each source is looked at in so much work, memory by memory. */
  function shares(surprises: Readonly<Record<string, number>>, work: number): Record<string, number> {
    const looked: Record<string, number> = {};
    const bank = (source: string) => ({
      length: 9,
      mergeNearest: () => {
        looked[source] = (looked[source] ?? 0) + 1;
        return false;
      },
    });
    const banks = new Map(Object.keys(surprises).map((source) => [source, bank(source)] as const));
    const consolidation = new Consolidation(parametersWith({ consolidation_per_s: 1 }));
    for (let count = 0; count < work; count++)
      consolidation.advance(1, banks as unknown as Map<string, NoveltyBank>, (source) => surprises[source]!);
    return looked;
  }

  it('gives the work to the sources that surprised most of late, and some to all', () => {
    expect(shares({ a: 0, b: 0, c: 0 }, 300)).to.deep.equal({ a: 100, b: 100, c: 100 });
    expect(shares({ calm: 0, wild: 0.95 }, 1050)).to.deep.equal({ calm: 50, wild: 1000 });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.double({ min: 0, max: 1, noNaN: true }), {
          minKeys: 1,
        }),
        (surprises) => {
          const looked = shares(surprises, 500);
          const together = Object.values(surprises).reduce((sum, surprise) => sum + 0.05 + surprise, 0);
          for (const [source, surprise] of Object.entries(surprises))
            expect(looked[source] ?? 0).to.be.closeTo((500 * (0.05 + surprise)) / together, 5);
        },
      ),
    );
  });

  it('so merges more in the same time where a source has surprised among its last 100 readings', () => {
    /** Memories merged by work for 40; with a warm-up that never ends nothing surprises. */
    const merged = (warmup: number, calm_readings: number): number => {
      const it = createSalienceScorer(
        parametersWith({ consolidation_per_s: 1, novelty_store: 0.002, warmup, habituation_s: 1 }),
      );
      const random = seededRandom(3);
      const show = (count: number, size: number, away = 3 + (count % 12)) => {
        const wild = near(1, away).map((value) => value * size);
        const readings = [reading('calm', axis(count % 4)), reading('wild', wild)];
        it.score(readings, { ...context, now_ms: 50 * count });
      };
      for (let count = 0; count < 150; count++) show(count, count < 30 ? 1 : 1 + 9 * random.next());
      for (let count = 0; count < calm_readings; count++) show(150 + count, 1, 3);
      for (let count = 0; count < 13; count++) it.consolidate(1);
      return it.consolidate(0).merged;
    };
    const even = merged(1000, 0);
    expect(merged(20, 0)).to.be.greaterThan(even + 3);
    expect(merged(20, 200), 'calm again').to.be.at.most(even + 1);
  });

  it('does a bounded amount at once, and none for time that is no number', () => {
    const it = scorer();
    for (const index of [0, 1, 2]) it.score([reading('a', axis(index))], context);
    for (const work_s of [Number.NaN, Number.POSITIVE_INFINITY, -5])
      expect(it.consolidate(work_s)).to.deep.include(NO_WORK);
    expect(it.consolidate(1e9).examined).to.be.at.most(64);
    for (let count = 0; count < 1000; count++) it.noteOutcome(1, ['a']);
    expect(it.consolidate(0).waiting).to.equal(64);
  });

  it('turns outcomes into the reward of what is seen again', () => {
    const it = scorer();
    const rewardOf = (embedding: Float32Array) => it.score([reading('a', embedding)], context)[0]!.reward;
    expect(rewardOf(axis(0))).to.equal(0.5);
    it.noteOutcome(1, ['a']);
    expect(rewardOf(axis(1))).to.equal(0.5);
    it.noteOutcome(0, ['a']);
    expect(rewardOf(axis(0)), 'before it is learned').to.equal(0.5);
    it.consolidate(1);
    expect([rewardOf(axis(0)), rewardOf(axis(1)), rewardOf(axis(2))]).to.deep.equal([1, 0, 0.5]);
  });

  it('keeps all scores in 0..1 and the memory bounded, whatever is noted and consolidated when', () => {
    const number = fc.oneof(fc.float(), fc.constantFrom(0, 1e-45, 3.4e38, -3.4e38, Number.NaN));
    const move = fc.record({
      embedding: fc.array(number, { minLength: 4, maxLength: 4 }),
      outcome: fc.option(fc.oneof(fc.double(), fc.constant(Number.NaN))),
      work_s: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const it = createSalienceScorer(parametersWith({ memory_size: 5, warmup: 2, merge_below: 0.3 }));
        for (const { embedding, outcome, work_s } of moves) {
          const [scores] = it.score([reading('x', Float32Array.from(embedding))], context);
          for (const term of ['surprise', 'novelty', 'arousal', 'reward', 'conflict', 'combined'] as const)
            expect(scores?.[term], term).to.be.within(0, 1);
          if (outcome !== null) it.noteOutcome(outcome, ['x']);
          if (work_s !== null) expect(it.consolidate(work_s).remembered).to.be.at.most(5);
        }
      }),
    );
  });
});

describe('numbers at the ends of their range', () => {
  it('knows a direction again whatever its length, from the smallest number to the largest', () => {
    const random = seededRandom(2);
    const base = Array.from({ length: N }, () => random.next() - 0.5);
    for (const scale of [1e300, 1e-300, 1.7e308, 1e-318, 1]) {
      const bank = new NoveltyBank(N, 10, 0.002);
      expect(bank.score(base)).to.equal(1);
      expect(bank.score(base.map((value) => value * scale)), `${scale}`).to.be.closeTo(0, 1e-4);
      expect(bank.score(base.map((value) => -value * scale)), `${-scale}`).to.equal(1);
    }
  });
});
