import { expect } from 'chai';
import { type RecordResult, toldEarly, toldNeeded, toldResult } from '../../../src/app/record/result.js';

describe('what a recorder says after a while', () => {
  const looked = { found: 1, missing: [], graph: ['/joint_states', '/rosout'], domain: '7', dated: true };

  it('names requested topics that nobody publishes, and suggests similar ones', () => {
    expect(toldEarly({ ...looked, missing: ['/joint_state', '/b*'] })).to.equal(
      'nobody publishes /joint_state (did you mean /joint_states?), /b* yet; waiting',
    );
    expect(toldEarly({ ...looked, missing: ['/camera'] })).to.equal('nobody publishes /camera yet; waiting');
  });

  it('says that there is nothing at all, and in which domain it looked', () => {
    expect(toldEarly({ ...looked, found: 0 })).to.match(/^nothing to record yet: .*ROS_DOMAIN_ID 7; waiting/);
    expect(toldEarly(looked)).to.equal(null);
    expect(toldEarly({ ...looked, dated: false })).to.include('there is no /clock yet');
  });

  it('says which topics a replay cannot do without', () => {
    expect(toldNeeded([])).to.equal(null);
    expect(toldNeeded(['/camera/image_raw']))
      .to.include('nobody publishes /camera/image_raw yet')
      .and.include('--config');
  });
});

describe('what a recorder says at the end', () => {
  const result: RecordResult = {
    bag: 'my_bag',
    messages: 301,
    kept: 301,
    bytes: 2e6,
    lost: 0,
    left_out: 0,
    losses: [],
    topics: 2,
    by_topic: [
      { topic: '/emergency_stop', messages: 0, rate_hz: null },
      { topic: '/joint_states', messages: 301, rate_hz: 100.04 },
    ],
    boxes: [],
    boxes_failed: 0,
    seconds: 3,
    missing: [],
  };

  it('lists each topic with what came on it', () => {
    expect(toldResult(result).split('\n')).to.deep.equal([
      'my_bag: 301 messages of 2 topics in 3.0 s, 2.0 MB',
      '  /emergency_stop: 0',
      '  /joint_states: 301 (100.0 Hz)',
    ]);
  });

  it('says how much is left where the oldest files were deleted', () => {
    expect(toldResult({ ...result, kept: 100 })).to.include('deleted; 100 messages are left');
  });

  it('names what never came up', () => {
    expect(toldResult({ ...result, missing: ['/a', '/b'] })).to.match(/\nnobody published \/a, \/b$/);
  });

  it('counts boxes', () => {
    const told = toldResult({ ...result, bag: null, boxes: ['b1'], boxes_failed: 2 });
    expect(told).to.equal('301 messages of 2 topics in 3.0 s; 1 black box saved; 2 could not be written');
  });
});
