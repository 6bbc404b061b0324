import { expect } from 'chai';
import { selectedTopics, unknownTopics } from '../../../src/app/replay/selected-topics.js';
import type { Bag } from '../../../src/replay/bag.js';

describe('the topics of a bag that are asked for', () => {
  const names = ['/camera/image_raw', '/camera/camera_info', '/joint_states', '/sage/goal'];
  const bag = { topics: names.map((topic) => ({ topic })) } as unknown as Bag;
  const chosen = (topics: readonly string[], exclude: readonly string[] = []) => {
    const set = selectedTopics(bag, { topics, exclude });
    return set === null ? null : [...set];
  };

  it('are all, those named, or those that a pattern fits', () => {
    expect(chosen([])).to.equal(null);
    expect(chosen(['/joint_states', '/camera/*'])).to.deep.equal(['/joint_states', ...names.slice(0, 2)]);
  });

  it('are never those excluded', () => {
    expect(chosen([], ['/sage/*', '/joint_states'])).to.deep.equal(names.slice(0, 2));
    expect(chosen(['/camera/*'], ['*info'])).to.deep.equal(['/camera/image_raw']);
  });

  it('are reported when the bag has none', () => {
    expect(unknownTopics(bag, { topics: ['/joint_state', '/camera/*'], exclude: ['/x*'] })).to.deep.equal([
      '/joint_state',
      '/x*',
    ]);
  });
});
