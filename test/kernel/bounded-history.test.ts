import { expect } from 'chai';
import fc from 'fast-check';
import { BoundedHistory } from '../../src/kernel/bounded-history.js';

const all = <T>(recent: BoundedHistory<T>): (T | undefined)[] =>
  Array.from({ length: recent.length }, (_, place) => recent.at(place));

describe('the newest entries of a history', () => {
  it('are those that an array would hold whose oldest leaves when there is one too many', () => {
    const steps = fc.array(fc.record({ entry: fc.integer(), replaces: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), steps, (max, entries) => {
        const recent = new BoundedHistory<number>(max);
        const plain: number[] = [];
        for (const { entry, replaces } of entries) {
          if (replaces && plain.length > 0) {
            recent.replace(entry);
            plain[plain.length - 1] = entry;
            continue;
          }
          recent.push(entry);
          plain.push(entry);
          if (plain.length > max) plain.shift();
        }
        expect(all(recent)).to.deep.equal(plain);
        expect([recent.back(0), recent.back(1)]).to.deep.equal([plain.at(-1), plain.at(-2)]);
        expect([recent.at(-1), recent.at(plain.length), recent.back(plain.length)]).to.deep.equal([
          undefined,
          undefined,
          undefined,
        ]);
      }),
    );
  });

  it('restarts once it is cleared', () => {
    const recent = new BoundedHistory<string>(2);
    for (const entry of ['a', 'b', 'c']) recent.push(entry);
    recent.clear();
    expect(all(recent)).to.deep.equal([]);
    recent.push('d');
    expect(all(recent)).to.deep.equal(['d']);
  });
});
