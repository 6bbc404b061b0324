import { expect } from 'chai';
import type { SageError } from '../../../src/contracts/errors.js';
import type { MotionTarget, TrajectoryTask } from '../../../src/contracts/motion.js';
import { seededRandom } from '../../../src/contracts/ports.js';
import { createTrajectoryPlugin } from '../../../src/plugins/trajectory/index.js';
import { sampleTrajectory } from '../../../src/robot/motion-check.js';
import { ARM_NAMES } from '../../robot/arms.js';
import { arms, contextOf, down, parameters, Refinement, RINGS, ringPoint, taskFor } from './refine.js';

/** Share of random places on the table, and above it, that are reached from above. */
function reachedShare(name: (typeof ARM_NAMES)[number], count: number): number {
  const random = seededRandom(42);
  const arm = arms[name];
  let reached = 0;
  for (let run = 0; run < count; run++) {
    const z = run % 2 === 0 ? 0.02 : RINGS[name].high;
    const target = down(ringPoint(name, random.next(), random.next(), z));
    if (new Refinement(arm, taskFor(arm, target), run).run().reached) reached++;
  }
  return reached / count;
}

/** Direction in the base frame along which the fingers close at the end, about the vertical, rad. */
function closingYaw(refinement: Refinement): number {
  const { chain, closing_axis } = refinement.arm;
  const tip = chain.tip(refinement.end());
  const [x, y, z] = closing_axis!;
  return Math.atan2(tip[4]! * x + tip[5]! * y + tip[6]! * z, tip[0]! * x + tip[1]! * y + tip[2]! * z);
}

describe('the trajectory plugin', () => {
  for (const name of ARM_NAMES) {
    it(`reaches at least 99% of reachable places on the table from above: ${name}`, () => {
      expect(reachedShare(name, 100)).to.be.at.least(0.99);
    });
  }

  it('does not call a trajectory that ends elsewhere reached: 20 of 20 were called feasible that ended 13.7 of 14.1 away', () => {
    for (let run = 0; run < 20; run++) {
      const arm = arms['six-axis'];
      const target = down([10 + run / 10, 9, 0.3]);
      const refinement = new Refinement(arm, taskFor(arm, target), run).run();
      const { answer, plugin, state } = refinement;
      expect(answer.terminal_error).to.be.above(11);
      expect(plugin.feasibility!(state)).to.be.below(0);
      expect(plugin.halt!(refinement.energies, state)?.reason).to.not.equal('feasible');
      expect(refinement.faults()).to.deep.equal([]);
    }
  });

  it('goes home where that is outside of the workspace, and to no other place out there', () => {
    const whole = arms['six-axis'];
    const [x = 0, y = 0, z = 0] = [3, 7, 11].map((at) => whole.chain.tip(whole.chain.home)[at]!);
    const arm = { ...whole, workspace_max_m: [2, 2, z - 0.05] as const };
    const there = new Refinement(arm, taskFor(arm, down([0.45, 0.1, 0.1]))).run();
    expect(there.reached).to.equal(true);
    const goes = (target: MotionTarget) => new Refinement(arm, taskFor(arm, target, there.end())).run();
    const home = goes({ kind: 'joints', position: whole.chain.home });
    expect(home.reached).to.equal(true);
    expect(home.faults()).to.deep.equal([]);
    expect(goes(down([x, y, z])).reached).to.equal(false);
  });

  it('says feasible, with a margin, only where the target is reached', () => {
    const refinement = new Refinement(
      arms['seven-axis'],
      taskFor(arms['seven-axis'], down([0.5, 0.1, 0.1])),
    ).run();
    expect(refinement.reached).to.equal(true);
    expect(refinement.plugin.feasibility!(refinement.state)).to.be.above(0.5);
    expect(refinement.plugin.halt!(refinement.energies, refinement.state)?.reason).to.equal('feasible');
    expect(refinement.energies.at(-1)!).to.be.below(refinement.energies[0]! / 3);
  });

  it('holds where it is before the first step', () => {
    const arm = arms['desk-arm'];
    const refinement = new Refinement(arm, taskFor(arm, down([0.2, 0, 0.05])));
    expect(refinement.answer.trajectory.points).to.have.length(1);
    expect(refinement.end()).to.deep.equal([...arm.chain.home]);
    expect(refinement.answer.terminal_error).to.be.above(0.01);
  });

  it('gives the same answer for the same seed, and leaves earlier states as they were', () => {
    const arm = arms['six-axis'];
    const task = taskFor(arm, down([0.45, -0.3, 0.05]));
    const first = new Refinement(arm, task, 7);
    const states = [first.state];
    for (let step = 0; step < 12; step++) {
      first.step();
      states.push(first.state);
    }
    const second = new Refinement(arm, task, 7);
    for (let step = 0; step < 12; step++) second.step();
    expect(second.answer).to.deep.equal(first.answer);
    expect(second.energies).to.deep.equal(first.energies);
    expect(states.map((state) => first.plugin.energy(state))).to.deep.equal(first.energies);
  });

  for (const name of ARM_NAMES) {
    it(`goes straight down and up again where asked to: ${name}`, () => {
      const arm = arms[name];
      const random = seededRandom(5);
      for (let run = 0; run < 8; run++) {
        const low = ringPoint(name, 0.2 + 0.6 * random.next(), random.next(), 0.02);
        const high = [low[0], low[1], RINGS[name].high] as const;
        const above = new Refinement(arm, taskFor(arm, down(high, { onward_m: low })), run).run();
        expect(above.reached, `above, run ${run}`).to.equal(true);
        const descend = new Refinement(
          arm,
          taskFor(arm, down(low, { straight: true }), above.end()),
          run,
        ).run();
        expect(descend.reached, `down, run ${run}`).to.equal(true);
        expectStraight(descend, low);
        const lift = new Refinement(
          arm,
          taskFor(arm, down(high, { straight: true }), descend.end()),
          run,
        ).run();
        expect(lift.reached, `up, run ${run}`).to.equal(true);
        expectStraight(lift, high);
      }
    });
  }

  /** The tip stays on the line, the tool along the approach. */
  function expectStraight(refinement: Refinement, to: readonly [number, number, number]): void {
    const { chain, approach_axis } = refinement.arm;
    const { trajectory } = refinement.answer;
    const start = refinement.task.start.position;
    const duration_s = trajectory.points.at(-1)!.time_s;
    for (let k = 0; k <= 50; k++) {
      const tip = chain.tip(sampleTrajectory(trajectory, start, (duration_s * k) / 50).position);
      const aside = Math.hypot(tip[3]! - to[0], tip[7]! - to[1]);
      expect(aside).to.be.below(0.006);
      const [x, y, z] = approach_axis;
      expect(tip[8]! * x + tip[9]! * y + tip[10]! * z).to.be.below(-Math.cos(0.09));
    }
  }

  it('first stops and then goes where the arm is in motion', () => {
    const arm = arms['six-axis'];
    const velocity = [0.8, -0.5, 0.4, 0, 0, 0.6];
    const task = taskFor(arm, down([0.4, 0.3, 0.2]), [1.0, -1.4, 1.4, -1.57, -1.57, 0], velocity);
    const refinement = new Refinement(arm, task).run();
    expect(refinement.reached).to.equal(true);
    expect(refinement.faults()).to.deep.equal([]);
    const first = refinement.answer.trajectory.points[0]!;
    expect(first.position[0]).to.be.above(1.0);
    const soon = sampleTrajectory(refinement.answer.trajectory, task.start.position, 1e-4, velocity);
    for (const [joint, value] of soon.velocity.entries()) expect(value).to.be.closeTo(velocity[joint]!, 0.01);
  });

  it('bends its way around what blocks the straight one', () => {
    const arm = arms['six-axis'];
    const random = seededRandom(7);
    const free = (): number[] => {
      for (let tries = 0; tries < 1000; tries++) {
        const q = arm.chain.home.map((value, joint) => {
          const { lower, upper } = arm.chain.limits[joint]!;
          return Math.min(Math.max(value + (random.next() - 0.5) * 5.6, lower), upper);
        });
        if (arm.collision.clearance(q, 0) > 0.02) return q;
      }
      throw new Error('no free posture found');
    };
    let blocked = 0;
    let solved = 0;
    for (let run = 0; run < 80; run++) {
      const start = free();
      const refinement = new Refinement(arm, taskFor(arm, { kind: 'joints', position: free() }, start), run);
      refinement.step();
      if (refinement.answer.terminal_error < 0.01) continue;
      blocked++;
      if (refinement.run().answer.terminal_error < 0.01) solved++;
      expect(refinement.faults()).to.deep.equal([]);
    }
    expect(blocked).to.be.above(4);
    expect(solved / blocked).to.be.at.least(0.7);
  });

  it('goes home on a joint target without positions, and reports how far it stays from a target beyond the limits', () => {
    const arm = arms['desk-arm'];
    const start = [0.5, 0.5, -0.5, 1.2, 0.3];
    const home = new Refinement(arm, taskFor(arm, { kind: 'joints', position: [] }, start)).run();
    expect(home.end()).to.deep.equal([...arm.chain.home]);
    expect(home.answer.terminal_error).to.be.closeTo(0, 1e-12);
    const beyond = [3, ...arm.chain.home.slice(1)];
    const short = new Refinement(arm, taskFor(arm, { kind: 'joints', position: beyond }, start)).run();
    expect(short.answer.terminal_error).to.be.closeTo(3 - 1.92, 1e-9);
  });

  it('leaves contact where the arm begins in it, and goes no deeper', () => {
    const arm = arms['desk-arm'];
    const touching = new Refinement(arm, taskFor(arm, down([0.2, 0, 0.02]))).run().end();
    const table_height_m = arm.collision.tableClearance(touching, 0) + 0.004;
    const task = { ...taskFor(arm, down([0.2, 0, 0.1]), touching), table_height_m };
    expect(arm.collision.tableClearance(touching, table_height_m)).to.be.below(0);
    const refinement = new Refinement(arm, task).run();
    expect(refinement.faults()).to.deep.equal([]);
    expect(refinement.reached).to.equal(true);
  });

  it('turns the fingers as wished where the arm can, without giving up the target', () => {
    const arm = arms['six-axis'];
    for (const yaw of [0, 0.5, 1.2]) {
      const target = {
        kind: 'tip',
        position_m: [0.5, 0.1, 0.1],
        approach: [0, 0, -1],
        straight: false,
      } as const;
      const refinement = new Refinement(arm, taskFor(arm, { ...target, closing_yaw_rad: yaw })).run();
      expect(refinement.reached).to.equal(true);
      const off = (closingYaw(refinement) - yaw) / (Math.PI / 2);
      expect(Math.abs(off - Math.round(off))).to.be.below(0.05);
    }
  });

  it('turns the fingers past a neighbour: up to half turns where only one pair of sides leaves room', () => {
    const arm = arms['six-axis'];
    for (const yaw of [0, 0.5, 1.2, 1.5, 2.4]) {
      const target = { ...down([0.5, 0.1, 0.1]), closing_yaw_rad: yaw, closing_one_way: true };
      const refinement = new Refinement(arm, taskFor(arm, target)).run();
      expect(refinement.reached).to.equal(true);
      const off = (closingYaw(refinement) - yaw) / Math.PI;
      expect(Math.abs(off - Math.round(off)), `${yaw}`).to.be.below(0.05);
    }
  });

  it('keeps to the speed it is given', () => {
    const arm = arms['seven-axis'];
    const fast = { ...taskFor(arm, down([0.5, 0.2, 0.2])), speed_scale: 1 };
    const slow = { ...fast, speed_scale: 0.1 };
    const quick = new Refinement(arm, fast).run().answer.trajectory.points;
    const { trajectory } = new Refinement(arm, slow).run().answer;
    expect(trajectory.points.at(-1)!.time_s).to.be.above(3 * quick.at(-1)!.time_s);
    for (const point of trajectory.points) {
      for (const [joint, velocity] of point.velocity.entries()) {
        expect(Math.abs(velocity)).to.be.at.most(0.1 * arm.chain.limits[joint]!.velocity);
      }
    }
  });

  describe('refuses', () => {
    const arm = arms['desk-arm'];
    const good = taskFor(arm, down([0.2, 0, 0.05]));
    const codeOf = (task: TrajectoryTask, robot = (): typeof arm | null => arm): string => {
      try {
        createTrajectoryPlugin({ robot, parameters }).initState(task, contextOf(1));
      } catch (thrown) {
        return (thrown as SageError).code;
      }
      return 'none';
    };
    const bad: Record<string, [string, TrajectoryTask]> = {
      'joints that are not the controller’s': [
        'SAGE_709',
        { ...good, start: { ...good.start, joints: ['a'] } },
      ],
      'a start that is not finite': [
        'SAGE_203',
        { ...good, start: { ...good.start, position: [Number.NaN, 0, 0, 0, 0] } },
      ],
      'a start without velocities': ['SAGE_203', { ...good, start: { ...good.start, velocity: [] } }],
      'a target that is not finite': ['SAGE_703', { ...good, target: down([Number.NaN, 0, 0]) }],
      'an approach without direction': [
        'SAGE_703',
        { ...good, target: { kind: 'tip', position_m: [0.2, 0, 0], approach: [0, 0, 0], straight: false } },
      ],
      'a joint target of the wrong size': [
        'SAGE_709',
        { ...good, target: { kind: 'joints', position: [1] } },
      ],
      'no speed': ['SAGE_703', { ...good, speed_scale: 0 }],
    };
    for (const [what, [code, task]] of Object.entries(bad)) {
      it(`${what} with ${code}`, () => expect(codeOf(task)).to.equal(code));
    }

    it('to plan without a robot description, with SAGE_301', () => {
      expect(codeOf(good, () => null)).to.equal('SAGE_301');
    });
  });
});
