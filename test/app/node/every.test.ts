import { expect } from 'chai';
import { Every } from '../../../src/app/node/every.js';

describe('what is done now and then', () => {
  it('is due when it is asked for first, and then once a period', () => {
    const every = new Every(100);
    const due = [3, 50, 102, 103, 150, 202, 203, 1000, 1001].filter((now_ms) => every.due(now_ms));
    expect(due).to.deep.equal([3, 103, 203, 1000]);
  });
});
