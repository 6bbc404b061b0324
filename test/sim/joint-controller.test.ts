import { expect } from 'chai';
import fc from 'fast-check';
import type { ArmTrajectory, TrajectoryPoint } from '../../src/contracts/motion.js';
import { hermite } from '../../src/sim/arm/hermite.js';
import { JointController } from '../../src/sim/arm/joint-controller.js';
import { checkedTrajectory } from '../../src/sim/arm/trajectory-check.js';

const JOINTS = ['a', 'b'];
const real = fc.double({ min: -3, max: 3, noNaN: true });
const point = (time_s: number, position: number[], velocity: number[] = [], acceleration: number[] = []) =>
  ({ time_s, position, velocity, acceleration }) satisfies TrajectoryPoint;
const path = (...points: TrajectoryPoint[]): ArmTrajectory => ({ joints: JOINTS, points });

describe('sim: spline', () => {
  const knot = fc.record({ position: real, velocity: real, acceleration: real });
  const duration = fc.double({ min: 0.05, max: 5, noNaN: true });

  it('meets position, velocity and acceleration at both ends', () => {
    fc.assert(
      fc.property(knot, knot, duration, (from, to, h) => {
        for (const [at, end] of [
          [0, from],
          [h, to],
        ] as const) {
          const sample = hermite(from, to, h, at);
          expect(sample.position).to.be.closeTo(end.position, 1e-6);
          expect(sample.velocity).to.be.closeTo(end.velocity, 1e-5);
          expect(sample.acceleration).to.be.closeTo(end.acceleration, 1e-3 / h ** 2);
        }
      }),
    );
  });

  it('is cubic without accelerations and linear without velocities', () => {
    const cubic = hermite({ position: 0, velocity: 0 }, { position: 1, velocity: 0 }, 2, 1);
    expect(cubic).to.deep.equal({ position: 0.5, velocity: 0.75, acceleration: 0 });
    expect(hermite({ position: 0 }, { position: 1 }, 2, 0.5).position).to.equal(0.25);
  });

  it('has the velocity that its positions have', () => {
    fc.assert(
      fc.property(knot, knot, duration, (from, to, h) => {
        const step = 1e-5 * h;
        const [before, after] = [hermite(from, to, h, h / 2 - step), hermite(from, to, h, h / 2 + step)];
        const slope = (after.position - before.position) / (2 * step);
        expect(hermite(from, to, h, h / 2).velocity).to.be.closeTo(slope, 1e-3 * (1 + Math.abs(slope)));
      }),
    );
  });
});

describe('sim: what the controller refuses', () => {
  const refusals: readonly [string, ArmTrajectory, string][] = [
    ['a missing joint', { joints: ['a'], points: [point(1, [0])] }, 'SAGE_709'],
    ['an unknown joint', { joints: ['a', 'c'], points: [point(1, [0, 0])] }, 'SAGE_709'],
    ['a joint named twice', { joints: ['a', 'a'], points: [point(1, [0, 0])] }, 'SAGE_709'],
    ['no points', path(), 'SAGE_703'],
    ['times that stand still', path(point(1, [0, 0]), point(1, [1, 1])), 'SAGE_703'],
    ['a time before the start', path(point(-0.1, [0, 0])), 'SAGE_703'],
    ['a final velocity', path(point(1, [0, 0], [0, 0.01])), 'SAGE_703'],
    ['too few positions', path(point(1, [0])), 'SAGE_703'],
    ['too many velocities', path(point(1, [0, 0], [0, 0, 0])), 'SAGE_703'],
    ['a position that is not a number', path(point(1, [0, Number.NaN])), 'SAGE_703'],
    ['an endless acceleration', path(point(1, [0, 0], [0, 0], [0, Infinity])), 'SAGE_703'],
  ];
  for (const [what, trajectory, code] of refusals) {
    it(what, () => {
      expect(() => checkedTrajectory(trajectory, JOINTS))
        .to.throw()
        .with.property('code', code);
    });
  }

  it('but not another order of the joints, which it sorts', () => {
    const sorted = checkedTrajectory({ joints: ['b', 'a'], points: [point(1, [2, 1], [0, 0])] }, JOINTS);
    expect(sorted).to.deep.equal(path(point(1, [1, 2], [0, 0])));
  });
});

describe('sim: following', () => {
  const run = (controller: JointController, time_s: number): void => {
    for (let i = 0; i < Math.round(time_s / 0.01); i++) controller.step(0.01);
  };

  it('reaches the end and stays there', () => {
    const controller = new JointController(JOINTS, [0, 0]);
    controller.accept(path(point(1, [1, -1], [0, 0], [0, 0])));
    run(controller, 0.5);
    expect(controller.position[0]).to.be.closeTo(0.5, 1e-9);
    run(controller, 2);
    expect(controller.position).to.deep.equal([1, -1]);
    expect(controller.velocity).to.deep.equal([0, 0]);
    expect(controller.running).to.equal(false);
  });

  it('replaces a running trajectory without a jump in position or velocity', () => {
    const controller = new JointController(JOINTS, [0, 0]);
    controller.accept(path(point(1, [1, 1], [0, 0], [0, 0])));
    run(controller, 0.4);
    const [position, velocity] = [[...controller.position], [...controller.velocity]];
    controller.accept(path(point(1, [0, 0], [0, 0], [0, 0])));
    controller.step(0.001);
    expect(controller.position[0]).to.be.closeTo(position[0]! + 0.001 * velocity[0]!, 1e-5);
    expect(controller.velocity[0]).to.be.closeTo(velocity[0]!, 0.02);
    run(controller, 1.5);
    expect(controller.position).to.deep.equal([0, 0]);
  });

  it('says how far away a start state is that is due at once', () => {
    const controller = new JointController(JOINTS, [0, 0]);
    expect(controller.accept(path(point(0, [0.3, 0]), point(1, [0, 0])))).to.equal(0.3);
    expect(controller.accept(path(point(1, [0.3, 0])))).to.equal(0);
  });

  it('starts later with a delay', () => {
    const controller = new JointController(JOINTS, [0, 0]);
    controller.accept(path(point(0, [0, 0], [0, 0]), point(1, [1, 1], [0, 0])), 0.5);
    run(controller, 0.5);
    expect(controller.position[0]).to.be.closeTo(0, 1e-9);
    run(controller, 1.01);
    expect(controller.position).to.deep.equal([1, 1]);
  });
});
