import { expect } from 'chai';
import { toldEarly } from '../../../src/app/record/result.js';

describe('what a recorder says after a while', () => {
  it('names topics that were asked for and that nobody publishes', () => {
    expect(toldEarly(1, ['/a', '/b'], '0')).to.equal('nobody publishes /a, /b yet; waiting for it');
  });

  it('says that there is nothing at all, and in which domain it looked', () => {
    expect(toldEarly(0, [], '7')).to.match(/^nothing to record yet: .*ROS_DOMAIN_ID 7; waiting/);
    expect(toldEarly(2, [], '7')).to.equal(null);
  });
});
