import { expect } from 'chai';
import { lacking } from '../../src/app/commands/replay.js';

describe('what a replay says that its bag lacks', () => {
  it('names the topics, and of goals where they are', () => {
    expect(lacking({ missing: [], costs: 'declared' })).to.deep.equal([]);
    expect(lacking({ missing: ['joint_states'], costs: 'declared' })).to.deep.equal([
      '  not in the bag: joint_states',
    ]);
    const [names, goals, ...rest] = lacking({ missing: ['joint_states', 'sage/goal'], costs: 'declared' });
    expect(names).to.equal('  not in the bag: joint_states, sage/goal');
    expect(goals).to.match(/sage record keeps all of them.*\(\/sage\/inputs\)$/);
    expect(rest).to.deep.equal([]);
  });

  it('says nothing of goals where a log is followed, which has them', () => {
    expect(lacking({ missing: ['sage/goal'], costs: 'recorded' })).to.deep.equal([
      '  not in the bag: sage/goal',
    ]);
  });
});
