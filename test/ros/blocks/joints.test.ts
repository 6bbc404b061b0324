import { expect } from 'chai';
import * as fc from 'fast-check';
import { checkJointState, JointMerger } from '../../../src/ros/blocks/joints.js';
import type { JointStateMessage } from '../../../src/ros/messages.js';

function state(
  joints: Readonly<Record<string, number>>,
  velocity: readonly number[] = [],
): JointStateMessage {
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
    name: Object.keys(joints),
    position: Object.values(joints),
    velocity,
  };
}

describe('JointMerger', () => {
  it('merges by name, in an order that does not depend on who spoke first', () => {
    const merger = new JointMerger(250);
    merger.take(state({ wrist: 3, elbow: 1 }), 1000);
    merger.take(state({ finger: 0.1 }), 1010);
    expect(merger.merged()).to.deep.equal({
      names: ['elbow', 'finger', 'wrist'],
      position: [1, 0.1, 3],
      velocity: [],
    });
    expect(merger.stamp_ms).to.equal(1010);
  });

  it('leaves a joint out once it is older than the bound', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1 }), 1000);
    merger.take(state({ finger: 0.1 }), 1250);
    expect(merger.merged().names).to.deep.equal(['elbow', 'finger']);
    merger.take(state({ finger: 0.1 }), 1251);
    expect(merger.merged().names).to.deep.equal(['finger']);
  });

  it('takes the later of two messages whatever order they arrive in', () => {
    const merger = new JointMerger(250);
    expect(merger.take(state({ elbow: 2 }), 1010)).to.equal(true);
    expect(merger.take(state({ elbow: 1 }), 1000)).to.equal(false);
    expect(merger.merged().position).to.deep.equal([2]);
  });

  it('derives a velocity where one driver gives it and another does not', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1 }, [0.5]), 1000);
    merger.take(state({ finger: 0.1 }), 1000);
    merger.take(state({ finger: 0.2 }), 1100);
    const { names, velocity } = merger.merged();
    expect(names).to.deep.equal(['elbow', 'finger']);
    expect(velocity[0]).to.equal(0.5);
    expect(velocity[1]).to.be.closeTo(1, 1e-9);
  });

  it('derives the velocity of a joint whose driver says that it has none', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1, finger: 0.1 }, [0.5, Number.NaN]), 1000);
    merger.take(state({ finger: 0.2, elbow: 1.1 }, [Number.NaN, 0.4]), 1100);
    const { names, velocity } = merger.merged();
    expect(names).to.deep.equal(['elbow', 'finger']);
    expect(velocity[0]).to.equal(0.4);
    expect(velocity[1]).to.be.closeTo(1, 1e-9);
  });

  it('stays bounded whatever names it is sent', () => {
    const merger = new JointMerger(1e9);
    for (let index = 0; index < 1000; index++) merger.take(state({ [`joint ${index}`]: 0 }), 1000 + index);
    expect(merger.merged().names.length).to.be.at.most(256);
  });
});

describe('checkJointState', () => {
  it('takes NaN for a velocity that nobody measures, and refuses one that is infinite', () => {
    expect(checkJointState(state({ a: 0, b: 0 }, [0.1, Number.NaN]))).to.equal(null);
    expect(checkJointState(state({ a: 0, b: 0 }, [0.1, Number.NEGATIVE_INFINITY]))?.code).to.equal(
      'SAGE_203',
    );
  });

  it('passes exactly the states in which everything is finite', () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (position) => {
        const joints = Object.fromEntries(position.map((each, index) => [`j${index}`, each]));
        const found = checkJointState(state(joints));
        expect(found?.code ?? null).to.equal(position.every(Number.isFinite) ? null : 'SAGE_203');
      }),
    );
  });
});
