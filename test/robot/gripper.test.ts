import { expect } from 'chai';
import { armChain } from '../../src/robot/arm-chain.js';
import { fingerJoints, Gripper, type GripperOptions } from '../../src/robot/gripper.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { ARM, KNUCKLES, LIMIT, robotOf, SLIDERS } from './hands.js';

const chainOf = (joints: Parameters<typeof robotOf>[0]) =>
  armChain(parseUrdf(robotOf(joints)), { base_frame: 'base_link', tip_frame: 'grasp', joints: [] });

const hand = (joints: Parameters<typeof robotOf>[0], options: Partial<GripperOptions>): Gripper =>
  new Gripper(chainOf(joints), {
    gripper_joints: [],
    gripper_open: [],
    gripper_closed: [],
    gripper_measured_open: [],
    gripper_measured_closed: [],
    ...options,
  });

const all = () => true;
const openingOf = (gripper: Gripper, values: Readonly<Record<string, number>>): number | null =>
  gripper.opening(new Map(Object.entries(values)), all);

describe('robot/gripper', () => {
  it('takes the joints beyond the arm for fingers, not those of a base, a head or another arm', () => {
    const elsewhere = [
      { name: 'wheel', type: 'continuous', parent: 'base_link', child: 'wheel_link', axis: '0 1 0' },
      { name: 'head_pan', type: 'revolute', parent: 'base_link', child: 'head', axis: '0 0 1', limit: LIMIT },
    ];
    expect(fingerJoints(chainOf([...elsewhere, ...ARM, ...SLIDERS]))).to.deep.equal(['finger1']);
    const gripper = hand([...elsewhere, ...ARM, ...SLIDERS], { gripper_open: [0.04], gripper_closed: [0] });
    expect(openingOf(gripper, { wheel: 500, head_pan: 1, finger1: 0.01 })).to.equal(0.25);
    expect(openingOf(gripper, { wheel: 500, head_pan: 1 })).to.equal(null);
  });

  it('measures a gripper that is closed at the larger value', () => {
    const gripper = hand([...ARM, ...KNUCKLES], { gripper_open: [0], gripper_closed: [0.8] });
    expect(openingOf(gripper, { left_knuckle: 0 })).to.equal(1);
    expect(openingOf(gripper, { left_knuckle: 0.8 })).to.equal(0);
    expect(openingOf(gripper, { left_knuckle: 0.4 })).to.be.closeTo(0.5, 1e-12);
  });

  it('knows what a finger that turns the other way measures from the one that it follows', () => {
    const options = { gripper_open: [0], gripper_closed: [0.8] };
    const both = { ...options, gripper_joints: ['left_knuckle', 'right_knuckle'] };
    const gripper = hand([...ARM, ...KNUCKLES], both);
    expect(openingOf(gripper, { left_knuckle: 0.4, right_knuckle: -0.4 })).to.be.closeTo(0.5, 1e-12);
    expect(openingOf(gripper, { left_knuckle: 0.4 })).to.be.closeTo(0.5, 1e-12);
    // A driver that publishes only the finger that follows.
    expect(openingOf(hand([...ARM, ...KNUCKLES], options), { right_knuckle: -0.2 })).to.be.closeTo(
      0.75,
      1e-12,
    );
  });

  it('does not take a finger for measured whose publisher stopped', () => {
    const gripper = hand([...ARM, ...SLIDERS], { gripper_open: [0.04], gripper_closed: [0] });
    const values = new Map([['finger1', 0.02]]);
    expect(gripper.opening(values, all)).to.equal(0.5);
    expect(gripper.opening(values, () => false)).to.equal(null);
  });

  it("measures in the joint's units if the gripper takes others", () => {
    const gripper = hand([...ARM, ...SLIDERS], {
      gripper_open: [100],
      gripper_closed: [0],
      gripper_measured_open: [0.04],
      gripper_measured_closed: [0],
    });
    expect(openingOf(gripper, { finger1: 0.03 })).to.equal(0.75);
    expect(gripper.objection([100])).to.equal(null);
  });

  it('objects to what the limits of a finger do not allow, and to nothing within them', () => {
    const gripper = hand([...ARM, ...SLIDERS], { gripper_open: [0.04], gripper_closed: [0] });
    expect(gripper.objection([0.04])).to.equal(null);
    expect(gripper.objection([0])).to.equal(null);
    expect(gripper.objection([0.08])).to.equal('0.08 for finger1, whose limits are 0 to 0.04 m');
    expect(gripper.objection([-0.02])).to.contain('finger1');
    const named = hand([...ARM, ...KNUCKLES], {
      gripper_joints: ['left_knuckle', 'right_knuckle'],
      gripper_open: [0, 0],
      gripper_closed: [0.8, -0.8],
    });
    expect(named.objection([0.8, -0.8])).to.equal(null);
    expect(named.objection([0.8, 0.8])).to.contain('right_knuckle');
  });

  it('says nothing of fingers that the description does not have', () => {
    const gripper = hand(ARM, { gripper_joints: ['pump'], gripper_open: [1], gripper_closed: [0] });
    expect(gripper.objection([1])).to.equal(null);
    expect(openingOf(gripper, { pump: 0.25 })).to.equal(0.25);
    expect(openingOf(hand(ARM, { gripper_open: [1], gripper_closed: [0] }), {})).to.equal(null);
  });
});
