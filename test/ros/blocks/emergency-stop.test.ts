import { expect } from 'chai';
import { StopButtons } from '../../../src/ros/blocks/emergency-stop.js';

describe('StopButtons', () => {
  it('is pressed while any of them is', () => {
    const buttons = new StopButtons();
    expect(buttons.press('a', false, ['a', 'b'])).to.equal(false);
    expect(buttons.press('b', true, ['a', 'b'])).to.equal(true);
    expect(buttons.press('a', false, ['a', 'b'])).to.equal(true);
    expect(buttons.press('b', false, ['a', 'b'])).to.equal(false);
  });

  it('forgets a button that left once another speaks: pressing again and releasing must be possible', () => {
    const buttons = new StopButtons();
    expect(buttons.press('gone', true, ['gone'])).to.equal(true);
    expect(buttons.press('new', false, ['new'])).to.equal(false);
  });
});
