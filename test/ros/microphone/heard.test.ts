import { expect } from 'chai';
import fc from 'fast-check';
import { Heard } from '../../../src/ros/microphone/heard.js';

describe('ros/microphone/heard', () => {
  it('keeps the newest samples in order, up to its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (lengths) => {
        const heard = new Heard(100);
        let next = 0;
        for (const length of lengths) {
          heard.add(Float32Array.from({ length }, () => next++));
        }
        const first = Math.max(0, next - 100);
        const due = Array.from({ length: next - first }, (_, i) => first + i);
        expect([...heard.snapshot()()]).to.deep.equal(due);
      }),
    );
  });

  it('says what was kept when it was asked, however much came since', () => {
    const heard = new Heard(3);
    heard.add(Float32Array.of(1, 2));
    const then = heard.snapshot();
    heard.add(Float32Array.of(3, 4));
    heard.clear();
    expect([...then()]).to.deep.equal([1, 2]);
    expect([...heard.snapshot()()]).to.deep.equal([]);
  });
});
