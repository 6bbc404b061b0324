import { expect } from 'chai';
import fc from 'fast-check';
import type { MotionTarget } from '../../../src/contracts/motion.js';
import { brakeTrajectory } from '../../../src/robot/motion-check.js';
import { ARM_NAMES, postureOf } from '../../robot/arms.js';
import { arms, DOWN, Refinement, ringPoint, taskFor } from './refine.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const shares = fc.array(share, { minLength: 7, maxLength: 7 });
/** Mostly on the table, sometimes in it, in the arm, or far beyond reach; joint targets also beyond limits. */
const place = fc.record({ far: fc.double({ min: -0.6, max: 2, noNaN: true }), turn: share, z: share });

describe('a trajectory of any step', () => {
  for (const name of ARM_NAMES) {
    const arm = arms[name];
    const { chain } = arm;

    const target = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(place, fc.boolean()).map(([at, straight]) => tipTarget(at, straight)),
      },
      { weight: 1, arbitrary: shares.map((parts) => jointTarget(parts)) },
    );

    function tipTarget(at: { far: number; turn: number; z: number }, straight: boolean): MotionTarget {
      const position_m = ringPoint(name, at.far, at.turn, 0.4 * at.z - 0.1);
      return { kind: 'tip', position_m, approach: at.z > 0.9 ? [1, 0, -1] : DOWN, straight };
    }

    function jointTarget(parts: readonly number[]): MotionTarget {
      return { kind: 'joints', position: postureOf(chain, parts).map((value) => 1.2 * value) };
    }

    it(`passes the gate, ends where it says, and its energy never rises: ${name}`, () => {
      fc.assert(
        fc.property(target, shares, shares, fc.boolean(), fc.nat(), (wanted, from, speeds, moving, seed) => {
          // near home, where an arm works; anywhere would be mostly in contact
          const position = chain.home.map((value, joint) => {
            const { lower, upper } = chain.limits[joint]!;
            return Math.min(Math.max(value + 2.4 * (from[joint]! - 0.5), lower), upper);
          });
          const velocity = chain.limits.map(({ velocity: most, lower, upper }, joint) => {
            const rate = moving ? (speeds[joint]! - 0.5) * 0.6 * most : 0;
            const rest = position[joint]! + (rate * Math.abs(rate)) / (1.8 * arm.acceleration_limits[joint]!);
            return rest > lower && rest < upper ? rate : 0;
          });
          const task = taskFor(arm, wanted, position, velocity);
          fc.pre(arm.collision.clearance(position, 0) > 0.003);
          const limits = {
            acceleration_limits: arm.acceleration_limits.map((most) => 0.9 * most),
            joints: chain.limits,
          };
          // a motion that cannot be stopped in time has no safe trajectory
          const refinement = new Refinement(arm, task, seed);
          fc.pre(refinement.faults(brakeTrajectory(task.start, limits)).length === 0);
          for (let step = 0; step <= 24; step++) {
            if (step > 0) refinement.step();
            if (step > 6 && step % 6 !== 0) continue;
            expect(refinement.faults(), `after ${step} steps`).to.deep.equal([]);
          }
          const { energies } = refinement;
          for (let i = 1; i < energies.length; i++) expect(energies[i]).to.be.at.most(energies[i - 1]!);
          if (wanted.kind === 'tip') {
            const tip = chain.tip(refinement.end());
            const [x, y, z] = wanted.position_m;
            const away = Math.hypot(tip[3]! - x, tip[7]! - y, tip[11]! - z);
            expect(refinement.answer.terminal_error).to.be.closeTo(away, 1e-9);
          }
        }),
        { numRuns: 40 },
      );
    });
  }
});
