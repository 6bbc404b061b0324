import { expect } from 'chai';
import fc from 'fast-check';
import type { ArmState, ArmTrajectory, TrajectoryPoint } from '../../src/contracts/motion.js';
import type { ArmContext } from '../../src/robot/arm-context.js';
import { EscapeMargin } from '../../src/robot/escape-margin.js';
import { brakeTrajectory, checkTrajectory, sampleTrajectory } from '../../src/robot/motion-check.js';
import { JointSpline } from '../../src/robot/trajectory-spline.js';
import { loadContext, postureOf } from './arms.js';

const arm = loadContext('six-axis');
const { chain } = arm;
const still = chain.joints.map(() => 0);

const stateAt = (position: readonly number[], velocity: readonly number[] = still): ArmState => ({
  stamp_ms: 0,
  joints: chain.joints,
  position,
  velocity,
});

const point = (
  time_s: number,
  position: readonly number[],
  velocity: readonly number[] = still,
  acceleration: readonly number[] = still,
): TrajectoryPoint => ({ time_s, position, velocity, acceleration });

const of = (...points: TrajectoryPoint[]): ArmTrajectory => ({ joints: chain.joints, points });
const shifted = (joint: number, by: number): number[] =>
  chain.home.map((value, index) => (index === joint ? value + by : value));

function codes(trajectory: ArmTrajectory, start = stateAt(chain.home), context: ArmContext = arm): string[] {
  return checkTrajectory(trajectory, {
    arm: context,
    start,
    start_tolerance: 0.05,
    table_height_m: 0,
    held_below_tip_m: 0,
  }).map((fault) => fault.code);
}

describe('checkTrajectory', () => {
  it('accepts a hold and a slow smooth motion', () => {
    expect(codes(of(point(0.1, chain.home)))).to.deep.equal([]);
    expect(codes(of(point(1, shifted(0, 0.3))))).to.deep.equal(['SAGE_704']);
    const middle = point(0.5, shifted(0, 0.15), [0.5, 0, 0, 0, 0, 0]);
    expect(codes(of(middle, point(1, shifted(0, 0.3))))).to.deep.equal([]);
  });

  const refused: Record<string, [expected: string, trajectory: ArmTrajectory, start?: ArmState]> = {
    'no points': ['SAGE_703', of()],
    'too many points': [
      'SAGE_703',
      of(...Array.from({ length: 1001 }, (_, i) => point((i + 1) / 100, chain.home))),
    ],
    'a first point at time 0': ['SAGE_703', of(point(0, chain.home))],
    'times that do not rise': ['SAGE_703', of(point(0.1, chain.home), point(0.1, chain.home))],
    'a time that is not a number': ['SAGE_703', of(point(Number.NaN, chain.home))],
    'a position that is not a number': ['SAGE_703', of(point(0.1, [...chain.home.slice(1), Number.NaN]))],
    'an infinite velocity': [
      'SAGE_703',
      of(point(0.1, chain.home, [Infinity, 0, 0, 0, 0, 0]), point(0.2, chain.home)),
    ],
    'an acceleration that is not a number': [
      'SAGE_703',
      of(point(0.1, chain.home, still, [0, Number.NaN, 0, 0, 0, 0])),
    ],
    'too few positions': ['SAGE_703', of(point(0.1, chain.home.slice(1)))],
    'no velocities': ['SAGE_703', of(point(0.1, chain.home, []))],
    'an end in motion': ['SAGE_703', of(point(0.1, chain.home, [0.2, 0, 0, 0, 0, 0]))],
    'a missing joint': [
      'SAGE_709',
      {
        joints: chain.joints.slice(1),
        points: [point(0.1, chain.home.slice(1), still.slice(1), still.slice(1))],
      },
    ],
    'a joint named twice': [
      'SAGE_709',
      { joints: [chain.joints[0]!, ...chain.joints.slice(0, 5)], points: [point(0.1, chain.home)] },
    ],
    'another order of joints': [
      'SAGE_709',
      { joints: [...chain.joints].reverse(), points: [point(0.1, [...chain.home].reverse())] },
    ],
    'a measured state of other joints': [
      'SAGE_709',
      of(point(0.1, chain.home)),
      { ...stateAt(chain.home), joints: ['a', 'b', 'c', 'd', 'e', 'f'] },
    ],
    'a measured state that is not finite': [
      'SAGE_704',
      of(point(0.1, chain.home)),
      stateAt([...chain.home.slice(1), Number.NaN]),
    ],
    'a start elsewhere': ['SAGE_704', of(point(0.5, chain.home)), stateAt(shifted(2, 0.2))],
    'a jump of the velocity': [
      'SAGE_704',
      of(point(0.1, shifted(0, 0.05), [1.5, 0, 0, 0, 0, 0]), point(2, shifted(0, 0.5))),
    ],
  };
  for (const [what, [expected, trajectory, start]] of Object.entries(refused)) {
    it(`refuses ${what} with ${expected}`, () => expect(codes(trajectory, start)).to.include(expected));
  }

  it('refuses a position beyond its limit, even between points', () => {
    const near = 3.1;
    const start = [0, -1.57, near, 0, 0, 0];
    const swing = of(point(0.5, start, [0, 0, 0.5, 0, 0, 0]), point(1.5, start, still));
    const found = codes(swing, stateAt(start), { ...arm, self_collision: false });
    expect(found).to.include('SAGE_701');
  });

  it('refuses velocities and accelerations beyond their limits, even between points', () => {
    const fast = of(point(0.2, chain.home), point(0.5, shifted(0, 1.5)));
    expect(codes(fast)).to.deep.equal(['SAGE_702']);
    const hard = of(point(0.2, chain.home), point(0.4, shifted(0, 0.08)));
    expect(codes(hard)).to.deep.equal(['SAGE_702']);
    const limp = { ...arm, acceleration_limits: arm.acceleration_limits.map(() => 100) };
    expect(codes(hard, stateAt(chain.home), limp)).to.deep.equal([]);
  });

  it('refuses an acceleration that another joint might have', () => {
    const push = of(point(0.2, chain.home), point(1, shifted(0, 0.2)));
    expect(codes(push)).to.deep.equal([]);
    for (const [joint, found] of [
      [0, ['SAGE_702']],
      [1, []],
    ] as const) {
      const acceleration_limits = arm.acceleration_limits.map((most, index) =>
        index === joint ? 0.5 : most,
      );
      expect(codes(push, stateAt(chain.home), { ...arm, acceleration_limits }), `${joint}`).to.deep.equal(
        found,
      );
    }
  });

  it('refuses to go through the table, and through the arm itself, between points that are clear', () => {
    const down = [0, -0.25, 0, -1.57, -1.57, 0];
    const lean = [Math.PI, -Math.PI + 0.25, 0, -1.57, -1.57, 0];
    expect(arm.collision.clearance(down, 0)).to.be.above(0);
    const path = of(point(1, down), point(8, lean));
    const found = codes(path, stateAt(down));
    expect(found).to.deep.equal([]);
    const dip = of(
      point(1, down),
      point(
        6,
        [0, -Math.PI + 0.25, 0, -1.57, -1.57, 0].map((v, i) => (i === 1 ? 0.6 : v)),
      ),
    );
    expect(codes(dip, stateAt(down))).to.include('SAGE_705');
    const fold = of(point(1, chain.home), point(6, [0, -1.57, 3.1, 0, -1.57, 0]));
    expect(codes(fold)).to.include('SAGE_705');
    expect(codes(fold, stateAt(chain.home), { ...arm, self_collision: false })).to.not.include('SAGE_705');
  });

  it('lets an arm that starts in contact leave it, but go no deeper', () => {
    const sunk = [0, 0, 0, -1.57, -1.57, 0].map((value, joint) => (joint === 1 ? -0.02 : value));
    const table = -arm.collision.tableClearance(sunk, 0);
    const context = (trajectory: ArmTrajectory): string[] =>
      checkTrajectory(trajectory, {
        arm,
        start: stateAt(sunk),
        start_tolerance: 0.05,
        table_height_m: -table + 0.02,
        held_below_tip_m: 0,
      }).map((fault) => fault.code);
    const raised = sunk.map((value, joint) => (joint === 1 ? value - 0.4 : value));
    const lowered = sunk.map((value, joint) => (joint === 1 ? value + 0.1 : value));
    expect(context(of(point(0.1, sunk)))).to.deep.equal([]);
    expect(context(of(point(0.2, sunk), point(3, raised)))).to.deep.equal([]);
    expect(context(of(point(0.2, sunk), point(3, lowered)))).to.deep.equal(['SAGE_705']);
    expect(context(of(point(0.2, sunk), point(3, raised), point(6, sunk)))).to.deep.equal(['SAGE_705']);
  });

  it('refuses to take the tip out of the workspace', () => {
    const boxed = { ...arm, workspace_max_m: [2, 2, 0.3] as const };
    const up = of(point(0.2, chain.home), point(4, [0, -1.57, 0.4, -1.57, -1.57, 0]));
    expect(codes(up, stateAt(chain.home), boxed)).to.include('SAGE_710');
  });

  it('lets the arm go home where that is outside of the workspace, and nowhere else out there', () => {
    const reach = [0, -1.0, 1.8, -2.3, -1.57, 0];
    const low = chain.tip(chain.home)[11]! - 0.05;
    const boxed = { ...arm, workspace_max_m: [2, 2, low] as const };
    expect(chain.tip(reach)[11]).to.be.below(low);
    const beside = chain.home.map((value, joint) => (joint === 0 ? value + 0.2 : value));
    const along = (end: readonly number[]): string[] =>
      codes(of(point(0.2, reach), point(6, end)), stateAt(reach), boxed);
    expect(along(chain.home)).to.deep.equal([]);
    expect(along(beside)).to.deep.equal(['SAGE_710']);
  });

  it('bears any numbers without throwing, and lets none through that are not finite', () => {
    const number = fc.oneof(fc.double(), fc.double({ min: -3, max: 3, noNaN: true }));
    const list = fc.array(number, { minLength: 5, maxLength: 7 });
    const points = fc.array(fc.tuple(number, list, list, list), { maxLength: 5 });
    fc.assert(
      fc.property(points, list, list, (rows, position, velocity) => {
        const trajectory = of(...rows.map(([t, p, v, a]) => point(t, p, v, a)));
        const found = codes(trajectory, stateAt(position, velocity));
        const clean = [position, velocity, ...rows.flatMap(([t, p, v, a]) => [[t], p, v, a])].every((row) =>
          row.every(Number.isFinite),
        );
        if (!clean || rows.length === 0) expect(found).to.not.deep.equal([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('sampleTrajectory', () => {
  const motion = of(
    point(0.5, shifted(0, 0.1), [0.4, 0, 0, 0, 0, 0], [0.2, 0, 0, 0, 0, 0]),
    point(1, shifted(0, 0.3), still),
  );

  it('passes through its points with their velocities and accelerations', () => {
    const at = sampleTrajectory(motion, chain.home, 0.5);
    expect(at.position[0]).to.be.closeTo(0.1, 1e-12);
    expect(at.velocity[0]).to.be.closeTo(0.4, 1e-12);
    expect(at.acceleration[0]).to.be.closeTo(0.2, 1e-9);
    expect(sampleTrajectory(motion, chain.home, 0).position).to.deep.equal(chain.home);
    const end = sampleTrajectory(motion, chain.home, 9);
    expect(end.position[0]).to.be.closeTo(0.3, 1e-12);
    expect(end.velocity).to.deep.equal(still);
  });

  it('is smooth: its velocity is the slope of its position', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (t) => {
        const h = 1e-6;
        const a = sampleTrajectory(motion, chain.home, t - h);
        const b = sampleTrajectory(motion, chain.home, t + h);
        const at = sampleTrajectory(motion, chain.home, t);
        expect((b.position[0]! - a.position[0]!) / (2 * h)).to.be.closeTo(at.velocity[0]!, 1e-5);
        if (Math.abs(t - 0.5) > 1e-3) {
          expect((b.velocity[0]! - a.velocity[0]!) / (2 * h)).to.be.closeTo(at.acceleration[0]!, 1e-4);
        }
      }),
    );
  });

  it('uses a cubic without accelerations and a line without velocities', () => {
    const cubic = of(point(1, shifted(0, 1), still, []));
    expect(sampleTrajectory(cubic, chain.home, 0.25).position[0]).to.be.closeTo(0.15625, 1e-12);
    const line = of(point(1, shifted(0, 1), [], []));
    expect(sampleTrajectory(line, chain.home, 0.25).position[0]).to.be.closeTo(0.25, 1e-12);
    const spline = new JointSpline();
    spline.quintic(0, 0, 0, 1, 0, 0, 1);
    expect(spline.position(0.5)).to.be.closeTo(0.5, 1e-12);
    expect(spline.velocity(0.5)).to.be.closeTo(1.875, 1e-12);
  });
});

describe('brakeTrajectory', () => {
  const limits = { acceleration_limits: chain.limits.map(() => 5), joints: chain.limits };

  it('holds with a single point at rest', () => {
    const hold = brakeTrajectory(stateAt(chain.home, [0.004, 0, -0.004, 0, 0, 0]), limits);
    expect(hold.points).to.have.length(1);
    expect(hold.points[0]!.position).to.deep.equal(chain.home);
    expect(hold.points[0]!.velocity).to.deep.equal(still);
    expect(codes(hold)).to.deep.equal([]);
  });

  it('takes as long for a stop as the joint that may decelerate least', () => {
    const acceleration_limits = chain.limits.map((_, joint) => (joint === 1 ? 1 : 5));
    const stop = brakeTrajectory(stateAt(chain.home, [1, -0.5, 0, 0, 0, 0]), {
      ...limits,
      acceleration_limits,
    });
    expect(stop.points.map(({ time_s }) => time_s)).to.deep.equal([0.5]);
  });

  it('stops all joints together, as fast as the acceleration of the fastest allows', () => {
    const stop = brakeTrajectory(stateAt(chain.home, [1, -0.5, 0, 0, 0, 0]), limits);
    expect(stop.points.map(({ time_s }) => time_s)).to.deep.equal([0.2]);
    const last = stop.points.at(-1)!;
    expect(last.position[0]! - chain.home[0]!).to.be.closeTo(0.1, 1e-9);
    expect(last.position[1]! - chain.home[1]!).to.be.closeTo(-0.05, 1e-9);
  });

  it('reaches a controller late without a kick back', () => {
    const speeds = [0.9, 0.03, -0.4, 0, 0, 0];
    const stop = brakeTrajectory(stateAt(chain.home, speeds), limits);
    for (const late_s of [0, 0.02, 0.05, 0.08]) {
      const there = chain.home.map((value, joint) => value + late_s * speeds[joint]!);
      for (let time_s = 0; time_s < 0.3; time_s += 0.005) {
        const { velocity } = sampleTrajectory(stop, there, time_s, speeds);
        expect(Math.max(...velocity.map(Math.abs)), `${late_s} s late`).to.be.at.most(0.9 + 1e-9);
      }
    }
  });

  it('is accepted by the check from any motion that can still be stopped', () => {
    const share = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(share, (parts) => {
        const velocity = parts.map((part, joint) => part * chain.limits[joint]!.velocity);
        const start = stateAt(chain.home, velocity);
        const found = codes(brakeTrajectory(start, limits), start, { ...arm, self_collision: false });
        expect(found.filter((one) => one !== 'SAGE_705')).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });

  it('stops at a position limit rather than beyond it', () => {
    const near = postureOf(chain, []);
    near[2] = chain.limits[2]!.upper - 0.01;
    const stop = brakeTrajectory(stateAt(near, [0, 0, 1, 0, 0, 0]), limits);
    expect(stop.points.at(-1)!.position[2]).to.be.closeTo(chain.limits[2]!.upper, 1e-3);
  });
});

describe('EscapeMargin', () => {
  it('allows a margin that begins below zero to rise, not to fall, and keeps what was won', () => {
    const margin = new EscapeMargin(-1, 0.01);
    expect([-1, -0.5, -0.505, 0.3, 0.1].map((value) => margin.accept(value))).to.deep.equal(
      Array(5).fill(true),
    );
    expect(margin.accept(-0.02)).to.equal(false);
    expect(new EscapeMargin(-1, 0.01).accept(-1.02)).to.equal(false);
    expect(new EscapeMargin(1, 0.01).accept(-0.02)).to.equal(false);
  });
});
