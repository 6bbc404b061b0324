import { expect } from 'chai';
import fc from 'fast-check';
import { JointPath, throughPostures } from '../../../src/plugins/trajectory/joint-path.js';
import { solveSymmetric } from '../../../src/plugins/trajectory/least-squares.js';
import { safePart } from '../../../src/plugins/trajectory/path-safety.js';
import { problemOf } from '../../../src/plugins/trajectory/problem.js';
import { timedTrajectory } from '../../../src/plugins/trajectory/timing.js';
import { sampleTrajectory } from '../../../src/robot/motion-check.js';
import { arms, down, parameters, taskFor } from './refine.js';

const value = fc.double({ min: -2, max: 2, noNaN: true });
const posture = fc.array(value, { minLength: 3, maxLength: 3 });
const postures = fc.array(posture, { minLength: 2, maxLength: 9 });

function at(path: JointPath, s: number): number[] {
  const q = new Float64Array(path.joints);
  path.at(s, q);
  return [...q];
}

describe('JointPath', () => {
  it('begins and ends in its first and last posture, inside the hull of all', () => {
    fc.assert(
      fc.property(postures, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        const path = new JointPath(list);
        const [start, middle, end] = [at(path, 0), at(path, part * path.segments), at(path, path.segments)];
        for (let joint = 0; joint < 3; joint++) {
          expect(start[joint]).to.be.closeTo(list[0]![joint]!, 1e-9);
          expect(end[joint]).to.be.closeTo(list.at(-1)![joint]!, 1e-9);
          const all = list.map((one) => one[joint]!);
          expect(middle[joint]).to.be.within(Math.min(...all) - 1e-9, Math.max(...all) + 1e-9);
        }
      }),
    );
  });

  it('has the slopes that it says, bounded as it says', () => {
    fc.assert(
      fc.property(postures, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, part) => {
        const path = new JointPath(list);
        const s = part * path.segments;
        const first = new Float64Array(3);
        const second = new Float64Array(3);
        path.at(s, new Float64Array(3), first, second);
        const h = 1e-5;
        const [before, here, after] = [at(path, s - h), at(path, s), at(path, s + h)];
        let speed = 0;
        for (let joint = 0; joint < 3; joint++) {
          expect(first[joint]).to.be.closeTo((after[joint]! - before[joint]!) / (2 * h), 1e-4);
          const bend = (after[joint]! - 2 * here[joint]! + before[joint]!) / (h * h);
          expect(second[joint]).to.be.closeTo(bend, 1e-3);
          speed += Math.abs(first[joint]!);
        }
        expect(speed).to.be.at.most(path.speedBound(s, [1, 1, 1]) + 1e-9);
      }),
    );
  });

  it('passes near the postures it is drawn through', () => {
    const curve = Array.from({ length: 12 }, (_, i) => [Math.sin(i / 4), Math.cos(i / 4), i / 10]);
    const path = new JointPath(throughPostures(curve, [-9, -9, -9], [9, 9, 9]));
    for (const [index, wanted] of curve.entries()) {
      for (const [joint, coordinate] of at(path, index).entries()) {
        expect(coordinate).to.be.closeTo(wanted[joint]!, 2e-3);
      }
    }
  });
});

describe('solveSymmetric', () => {
  it('solves what it is given', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 16, maxLength: 16 }), (numbers) => {
        const n = 4;
        const a = new Float64Array(16);
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < n; k++) {
            for (let m = 0; m < n; m++) a[i * n + k]! += numbers[i * n + m]! * numbers[k * n + m]!;
          }
          a[i * n + i]! += 0.1;
        }
        const x = Float64Array.of(1, -2, 3, 0.5);
        const b = x.map((_, i) => x.reduce((sum, one, k) => sum + a[i * n + k]! * one, 0));
        solveSymmetric(Float64Array.from(a), b, n);
        for (let i = 0; i < n; i++) expect(b[i]).to.be.closeTo(x[i]!, 1e-6);
      }),
    );
  });
});

describe('timing and safety of a path', () => {
  const arm = arms['desk-arm'];
  const problem = problemOf(arm, taskFor(arm, down([0.2, 0, 0.05])), parameters.trajectory);
  const offset = fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 15, maxLength: 15 });

  it('uses one of the limits up and breaks none', () => {
    fc.assert(
      fc.property(offset, fc.double({ min: 0.2, max: 3, noNaN: true }), (numbers, end_s) => {
        const list = [0, 1, 2, 3].map((knot) =>
          problem.origin.map((from, joint) => (knot === 0 ? from : from + numbers[(knot - 1) * 5 + joint]!)),
        );
        fc.pre(Math.max(...numbers.map(Math.abs)) > 0.1);
        const path = new JointPath(list);
        const trajectory = timedTrajectory(problem, path, end_s);
        const { points } = trajectory;
        expect(points.at(-1)!.velocity.every((one) => one === 0)).to.equal(true);
        const wanted = at(path, end_s);
        for (const [joint, one] of points.at(-1)!.position.entries())
          expect(one).to.be.closeTo(wanted[joint]!, 1e-9);
        const duration_s = points.at(-1)!.time_s;
        let used = 0;
        for (let k = 0; k <= 400; k++) {
          const sample = sampleTrajectory(trajectory, problem.origin, (duration_s * k) / 400);
          for (let joint = 0; joint < 5; joint++) {
            used = Math.max(used, Math.abs(sample.velocity[joint]!) / problem.velocity[joint]!);
            used = Math.max(used, Math.abs(sample.acceleration[joint]!) / problem.acceleration[joint]!);
          }
        }
        expect(used).to.be.at.most(1.03);
        if (duration_s > 0.51) expect(used).to.be.at.least(0.9);
      }),
      { numRuns: 60 },
    );
  });

  it('cuts a path before it touches, not after', () => {
    const under = problem.origin.map((from, joint) => (joint === 1 ? from + 1.2 : from));
    const path = new JointPath([problem.origin, under]);
    const safe = safePart(problem, path);
    expect(safe.blocked_s).to.be.within(0.01, 1);
    for (let k = 0; k <= 50; k++) {
      const clearance = arm.collision.clearance(at(path, (safe.safe_s * k) / 50), 0);
      expect(clearance).to.be.at.least(problem.need_m - 1e-9);
    }
    expect(arm.collision.clearance(at(path, safe.blocked_s!), 0)).to.be.below(problem.need_m);
    expect(safe.clearance_m).to.be.at.least(problem.need_m);
  });
});
