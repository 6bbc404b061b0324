import { expect } from 'chai';
import { wantedTopics } from '../../../src/app/record/wanted-topics.js';
import { refusal } from '../../refusal.js';

describe('what is to be recorded', () => {
  const none = { topics: [], exclude: [], config: [] };

  it('is what SAGE reads and writes, what is named, or all', () => {
    expect(wantedTopics(none).record).to.include.members(['camera/image_raw', 'sage/run', '/clock']);
    expect(wantedTopics({ ...none, topics: ['a', '/b/*'], exclude: ['*/c'] })).to.deep.equal({
      record: ['a', '/b/*'],
      exclude: ['*/c'],
    });
    expect(wantedTopics({ ...none, all: true }).record).to.equal(null);
  });

  it('is rejected for an invalid name, or for both all and some', () => {
    expect(refusal(() => wantedTopics({ ...none, topics: ['/a//b'] }))).to.include('SAGE_901 ');
    expect(refusal(() => wantedTopics({ ...none, exclude: ['a b'] }))).to.include('SAGE_901 ');
    expect(refusal(() => wantedTopics({ ...none, all: true, topics: ['/a'] }))).to.include('SAGE_901 ');
  });
});
