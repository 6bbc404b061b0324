import { expect } from 'chai';
import * as fc from 'fast-check';
import { Backlog } from '../../../src/replay/record/backlog.js';
import { beginsWithHeader } from '../../../src/replay/record/header-stamp.js';
import { LossCount } from '../../../src/replay/record/loss-count.js';
import { missingMessages, missingText } from '../../../src/replay/record/missing-messages.js';

const PERIOD_NS = 10e6;

/** The beginning of a message with a header, as it goes over the wire; the n-th of its publisher. */
function stamped(n: number, jitter_ns = 0): Uint8Array {
  const data = Buffer.alloc(16);
  data.writeUInt8(1, 1);
  const stamp_ns = n * PERIOD_NS + jitter_ns;
  data.writeInt32LE(1 + Math.floor(stamp_ns / 1e9), 4);
  data.writeUInt32LE(stamp_ns % 1e9, 8);
  return data;
}

describe('messages lost before they were taken', () => {
  it('are counted from the stamps where a queue was full, however many came through', () => {
    const depth = 10;
    const turns = fc.array(
      fc.record({ waiting: fc.integer({ min: 1, max: 60 }), jitter_ns: fc.integer({ min: 0, max: 50_000 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(turns, (given) => {
        const count = new LossCount(depth, true);
        let sent = 0;
        let dropped = 0;
        for (let n = 0; n < 40; n++) count.taken([stamped(sent++)]);
        for (const { waiting, jitter_ns } of given) {
          const all = Array.from({ length: waiting }, () => stamped(sent++, jitter_ns));
          dropped += Math.max(0, waiting - depth);
          count.taken(all.slice(-depth));
        }
        expect(count.lost).to.equal(dropped);
        expect(count.unclear).to.equal(0);
      }),
    );
  });

  it('are not taken for a pause of the publisher', () => {
    const count = new LossCount(10, true);
    for (const n of [0, 1, 2, 3, 4, 5, 50, 51, 52, 400]) count.taken([stamped(n)]);
    expect(count).to.deep.include({ lost: 0, unclear: 0 });
  });

  it('are reported as unclear when stamps are no evidence', () => {
    const count = new LossCount(3, false);
    count.taken([stamped(0), stamped(1)]);
    expect(count.unclear).to.equal(0);
    count.taken([stamped(10), stamped(11), stamped(12)]);
    expect(count).to.deep.include({ lost: 0, unclear: 1 });
    // With a stamp, as long as nothing is known of its period.
    const early = new LossCount(3, true);
    early.taken([stamped(10), stamped(11), stamped(12)]);
    expect(early).to.deep.include({ lost: 0, unclear: 1 });
  });

  it('include what the middleware says it lost on the way', () => {
    const count = new LossCount(10, false);
    for (const total of [0, 4, 4, 7]) count.told(total);
    expect(count.lost).to.equal(7);
  });

  it('have a stamp where the definition begins with a header', () => {
    expect(beginsWithHeader('# A picture\n\nstd_msgs/Header header # stamp\nuint32 height\n')).to.equal(true);
    expect(beginsWithHeader('uint8 OK=0\nHeader header\n')).to.equal(true);
    expect(beginsWithHeader('string name\nstd_msgs/Header header\n')).to.equal(false);
    expect(beginsWithHeader('')).to.equal(false);
  });
});

describe('what waits to be written', () => {
  it('may be a single message larger than the limit', () => {
    const backlog = new Backlog(1_000_000, 100_000);
    expect(backlog.admit('/cloud', 2_000_000)).to.equal(true);
    expect(backlog.admit('/joints', 1)).to.equal(false);
    backlog.done(2_000_000);
    expect(backlog.admit('/joints', 1)).to.equal(true);
    expect(backlog.admit('/cloud', 2_000_000)).to.equal(false);
  });

  it('is bounded; images are skipped before small messages, and each is counted', () => {
    const steps = fc.array(
      fc.record({ large: fc.boolean(), done: fc.integer({ min: 0, max: 3 }), bytes: fc.nat(5000) }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(steps, (given) => {
        const backlog = new Backlog(1_000_000, 100_000);
        const waiting: number[] = [];
        const refused = { '/image': 0, '/joints': 0 };
        for (const { large, done, bytes } of given) {
          const length = large ? 100_000 + bytes : bytes;
          const topic = large ? '/image' : '/joints';
          if (backlog.admit(topic, length)) waiting.push(length);
          else {
            refused[topic] += 1;
            // Something small is refused only where the share that is kept for it is full.
            if (!large) expect(backlog.bytes + length).to.be.above(1_000_000);
          }
          for (const gone of waiting.splice(0, done)) backlog.done(gone);
          const held = waiting.reduce((sum, one) => sum + one, 0);
          expect(backlog.bytes).to.equal(held).and.to.be.at.most(1_000_000);
        }
        expect(backlog.left_out.get('/image') ?? 0).to.equal(refused['/image']);
        expect(backlog.left_out.get('/joints') ?? 0).to.equal(refused['/joints']);
      }),
    );
  });

  it('has room for joints where images fill it', () => {
    const backlog = new Backlog(1_000_000, 100_000);
    for (let n = 0; n < 20; n++) backlog.admit('/image', 100_000);
    for (let n = 0; n < 100; n++) expect(backlog.admit('/joints', 300)).to.equal(true);
    expect([...backlog.left_out]).to.deep.equal([['/image', 11]]);
  });
});

describe('what a recording lacks', () => {
  it('is reported by topic, worst first, with the outcome', () => {
    const missing = missingMessages(
      [
        { topic: '/a', lost: 2, unclear: 0 },
        { topic: '/b', lost: 0, unclear: 3 },
      ],
      new Map([
        ['/image', 30],
        ['/a', 1],
      ]),
    );
    expect(missing.map(({ topic }) => topic)).to.deep.equal(['/image', '/a', '/b']);
    const text = missingText(missing);
    expect(text).to.include('/image: 30 left out');
    expect(text).to.include('/a: about 2 dropped before they were taken, 1 left out');
    expect(text).to.include('/b: the queue was full 3 times');
    const many = missingMessages([], new Map(Array.from({ length: 9 }, (_, n) => [`/t${n}`, 1])));
    expect(missingText(many)).to.include('and 4 more topics');
  });
});
