import { expect } from 'chai';
import { checkPose, compose, StaticTransforms } from '../../../src/ros/camera/pose.js';

const half = Math.SQRT1_2;
const stamp = { sec: 0, nanosec: 0 };

function transform(parent: string, child: string, x: number, rotation = { x: 0, y: 0, z: 0, w: 1 }) {
  return {
    header: { stamp, frame_id: parent },
    child_frame_id: child,
    transform: { translation: { x, y: 0, z: 0 }, rotation },
  };
}

describe('camera pose', () => {
  it('normalises a quaternion that is nearly one, and refuses what is no rotation', () => {
    const pose = checkPose({ x: 1, y: 2, z: 3 }, [0, 0, 0, 1.05], 'p');
    expect(pose).to.deep.equal({ position_m: [1, 2, 3], orientation: [0, 0, 0, 1] });
    expect(checkPose({ x: 0, y: 0, z: 0 }, [0, 0, 0, 0], 'p')).to.include({ code: 'SAGE_207' });
    expect(checkPose({ x: Number.NaN, y: 0, z: 0 }, [0, 0, 0, 1], 'p')).to.include({ code: 'SAGE_207' });
  });

  it('composes a turn about z with a shift along x', () => {
    const turned = { position_m: [1, 0, 0], orientation: [0, 0, half, half] } as const;
    const shifted = { position_m: [2, 0, 0], orientation: [0, 0, 0, 1] } as const;
    const { position_m, orientation } = compose(turned, shifted);
    [1, 2, 0].forEach((value, axis) => {
      expect(position_m[axis]).to.be.closeTo(value, 1e-12);
    });
    [0, 0, half, half].forEach((value, axis) => {
      expect(orientation[axis]).to.be.closeTo(value, 1e-12);
    });
  });

  it('follows static transforms to the wanted frame, or as far as they reach', () => {
    const transforms = new StaticTransforms();
    transforms.add(transform('world', 'base_link', 10));
    transforms.add(transform('base_link', '/mast', 1, { x: 0, y: 0, z: half, w: half }));
    transforms.add(transform('mast', 'optical', 2));
    const inBase = transforms.lookUp('optical', 'base_link');
    expect(inBase?.frame_id).to.equal('base_link');
    expect(inBase?.pose.position_m[1]).to.be.closeTo(2, 1e-12);
    expect(transforms.lookUp('optical', 'wrist')?.frame_id).to.equal('world');
    expect(transforms.lookUp('other', 'base_link')).to.equal(null);
  });

  it('leaves the prefix of its robot away, so that the frames of another are not taken for its own', () => {
    const transforms = new StaticTransforms('robot1/');
    transforms.add(transform('robot1/base_link', 'robot1/camera', 1));
    transforms.add(transform('robot2/base_link', 'robot2/camera', 7));
    expect(transforms.lookUp('robot1/camera', 'base_link')?.frame_id).to.equal('base_link');
    expect(transforms.lookUp('camera', 'base_link')?.pose.position_m[0]).to.equal(1);
  });

  it('does not follow a loop for ever, nor take a broken transform', () => {
    const transforms = new StaticTransforms();
    transforms.add(transform('a', 'b', 1));
    transforms.add(transform('b', 'a', 1));
    expect(transforms.lookUp('a', 'nowhere')).not.to.equal(null);
    expect(transforms.add(transform('a', 'c', Number.NaN))).to.include({ code: 'SAGE_207' });
    expect(transforms.lookUp('c', 'a')).to.equal(null);
  });
});
