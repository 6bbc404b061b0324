import { expect } from 'chai';
import fc from 'fast-check';
import { createSalienceScorer, softmax } from '../../src/salience/index.js';
import { camera, gaussian, PERIOD_MS, parametersWith, reading, SIGMA, single } from './streams.js';

const none = { reward: new Map<string, number>(), conflict: new Map<string, number>() };
const TERMS = ['surprise', 'novelty', 'arousal', 'reward', 'conflict', 'combined'] as const;

describe('salience scorer', () => {
  it('is finite and in 0..1 for every input', () => {
    const number = fc.oneof(
      fc.float(),
      fc.constantFrom(0, -0, 1, 5e-324, 1e-45, 3.4e38, -3.4e38, 1e300, Infinity, -Infinity, Number.NaN),
    );
    const embedding = fc.oneof(
      fc.array(number, { maxLength: 40 }),
      fc
        .tuple(number, fc.integer({ min: 1, max: 40 }))
        .map(([value, length]) => new Array<number>(length).fill(value)),
    );
    const anyReading = fc.record({
      embedding: embedding.map((values) => Float32Array.from(values)),
      weighted: fc.option(fc.array(number, { minLength: 40, maxLength: 40 })),
      channels: fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined }),
      fresh: fc.boolean(),
      stale: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(anyReading, { maxLength: 40 }),
        fc.array(number, { minLength: 1 }),
        number,
        (readings, times, outcome) => {
          const scorer = createSalienceScorer(
            parametersWith({ warmup: 2, memory_size: 3, habituation_s: 0.1 }),
          );
          readings.forEach(({ weighted, channels, ...rest }, index) => {
            const weights =
              weighted === null ? null : Float32Array.from(weighted.slice(0, rest.embedding.length));
            const changes = { ...rest, weights, ...(channels === undefined ? {} : { channels }) };
            const context = {
              now_ms: times[index % times.length]!,
              reward: new Map([['x', outcome]]),
              conflict: new Map([['x', outcome]]),
            };
            const [scores] = scorer.score([reading('x', rest.embedding, changes)], context);
            for (const term of TERMS) expect(scores?.[term], term).to.be.within(0, 1);
          });
        },
      ),
    );
  });

  it('combines as the softmax-weighted sum, so that 1 everywhere is 1', () => {
    const [s, n, a, r, c] = softmax([1.0, 0.8, 0.6, 1.2, 0.7]);
    const scorer = createSalienceScorer(parametersWith());
    const context = { now_ms: 0, reward: new Map([['x', 1]]), conflict: new Map([['x', 0.25]]) };
    const [scores] = scorer.score([reading('x', new Float32Array([0, 1]))], context);
    expect(scores).to.include({ surprise: 0, novelty: 1, arousal: 1, reward: 1, conflict: 0.25 });
    expect(scores?.combined).to.be.closeTo(n! + a! + r! + 0.25 * c!, 1e-12);
    expect(s! + n! + a! + r! + c!).to.be.closeTo(1, 1e-12);
  });

  it('depends on what the sensors say (it was a constant plus noise)', () => {
    const { see } = single();
    const frame = camera(1);
    for (let count = 0; count < 60; count++) see(frame(), { channels: 3 });
    const before = see(frame(), { channels: 3 });
    const after = see(
      frame((value, index) => (index < 60 ? 1 - value : value)),
      { channels: 3 },
    );
    expect(after.combined - before.combined).to.be.greaterThan(0.15);
  });

  it('keeps the sensed scores of a reading that is stale or not fresh, and learns nothing from it', () => {
    const { see } = single();
    const noise = gaussian(2);
    const frame = () => Float32Array.from({ length: 64 }, () => 0.5 + SIGMA * noise());
    for (let count = 0; count < 60; count++) see(frame());
    const last = see(frame());
    for (const changes of [{ fresh: false }, { stale: true }]) {
      for (let count = 0; count < 60; count++) {
        const { surprise, novelty, arousal } = see(new Float32Array(64), changes);
        expect([surprise, novelty, arousal]).to.deep.equal([last.surprise, last.novelty, last.arousal]);
      }
    }
    expect(see(frame()).surprise).to.be.lessThan(0.3);
    expect(see(new Float32Array(64)).surprise).to.be.greaterThan(0.8);
  });

  it('remembers the last surprises, bounded, and starts over when an embedding changes its shape', () => {
    const { see, scorer } = single({ surprise_buffer: 5, warmup: 2 });
    expect(scorer.surpriseHistory('camera')).to.deep.equal([]);
    const surprises = Array.from(
      { length: 8 },
      (_, count) => see(new Float32Array(16).fill(count % 3)).surprise,
    );
    expect(scorer.surpriseHistory('camera')).to.deep.equal(surprises.slice(3));
    see(new Float32Array(17));
    expect(scorer.surpriseHistory('camera')).to.deep.equal([0]);
  });

  it('ranks a sensor that drops out to zeros, and one that comes back, first at that moment', () => {
    const noise = gaussian(6);
    const clean = () => Float32Array.from({ length: 64 }, () => 0.5 + SIGMA * noise());
    const scorer = createSalienceScorer(parametersWith({ habituation_s: 1 }));
    const first: string[] = [];
    for (let time = 0; time < 200; time++) {
      const readings = [
        reading('steady', clean()),
        reading('zeros', time >= 100 && time < 150 ? new Float32Array(64) : clean()),
        reading('silent', clean(), { fresh: time < 120 }),
      ];
      const scores = scorer.score(readings, { now_ms: time * PERIOD_MS, ...none });
      const [most] = [...scores].sort((a, b) => b.surprise - a.surprise);
      if (most!.surprise > 0.8) first.push(`${time} ${most!.source}`);
    }
    // Each change is surprising until it is the new normal after a second; silence is stale, not surprising.
    const due = [100, 150].flatMap((at) => Array.from({ length: 21 }, (_, index) => `${at + index} zeros`));
    expect(first).to.deep.equal(due);
  });

  it('ranks the right source at the right moment on synthetic streams', () => {
    const noise = gaussian(5);
    const n = 64;
    const clean = () => Float32Array.from({ length: n }, () => 0.5 + SIGMA * noise());
    const at = (time: number) => [
      reading(
        'periodic',
        clean().map((value, index) => value + 0.2 * Math.sin(time / 3 + index)),
      ),
      reading(
        'step',
        clean().map((value, index) => value + (time >= 300 && index < 20 ? 0.3 : 0)),
      ),
      reading(
        'drift',
        clean().map((value) => value + 0.0002 * time),
      ),
      reading(
        'noise',
        clean().map(() => 0.5 + 0.1 * noise()),
      ),
      reading('dropout', time < 350 || time >= 400 ? clean() : new Float32Array(n), {
        fresh: time < 350 || time >= 400,
      }),
      reading(
        'anomaly',
        clean().map((value, index) => value + (time === 250 && index < 5 ? 0.2 : 0)),
      ),
    ];
    const scorer = createSalienceScorer(parametersWith({ habituation_s: 3 }));
    const alarms: string[] = [];
    for (let time = 0; time < 450; time++) {
      const scores = scorer.score(at(time), { now_ms: time * PERIOD_MS, ...none });
      const [first] = [...scores].sort((a, b) => b.surprise - a.surprise);
      if (first!.surprise > 0.8) alarms.push(`${time} ${first!.source}`);
      for (const { source, surprise } of scores) {
        if (source !== 'step' && !(source === 'anomaly' && time === 250))
          expect(surprise, `${source} at ${time}`).to.be.lessThan(0.5);
      }
      if (time === 250)
        expect(
          [...scores].sort((a, b) => b.combined - b.arousal * 0.17 - (a.combined - a.arousal * 0.17))[0]!
            .source,
        ).to.equal('anomaly');
    }
    expect(alarms[0]).to.equal('250 anomaly');
    expect(alarms[1]).to.equal('300 step');
    // The step stays surprising until it is the new normal, and nothing else ever is.
    expect(alarms.slice(1)).to.deep.equal(Array.from({ length: 61 }, (_, index) => `${300 + index} step`));
  });
});
