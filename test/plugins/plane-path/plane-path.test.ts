import { expect } from 'chai';
import fc from 'fast-check';
import { armProblem, feasible, gridWorld } from '../../../src/app/bench/proofs/worlds.js';
import { checkPlugin, createVirtualRunner } from '../../../src/irp/index.js';
import {
  anglesFor,
  armClearance,
  createPlanePathPlugin,
  type PlanePath,
  type PlaneProblem,
  type Point,
  projectPath,
  type TwoLinkArm,
  tipOf,
} from '../../../src/plugins/plane-path/index.js';

const worlds: readonly [string, (seed: number) => PlaneProblem][] = [
  ['two-link arm', armProblem],
  ['grid', gridWorld],
];

const ARM: TwoLinkArm = {
  links_m: [0.5, 0.4],
  radius_m: 0.025,
  limit: [3, 2.7],
  discs: [{ centre_m: [0.6, 0], radius_m: 0.1 }],
};

describe('plane-path: constraint projection', () => {
  for (const [name, make] of worlds) {
    it(`makes of any path on the ${name} one that can be driven`, () => {
      const corner = fc.tuple(
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.double({ min: -4, max: 4, noNaN: true }),
      );
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 }), fc.array(corner, { maxLength: 6 }), (seed, corners) => {
          const problem = make(seed);
          const { points, corners: kept } = projectPath(problem, corners as Point[]);
          expect(feasible(problem, points)).to.equal(true);
          expect(feasible(problem, projectPath(problem, kept).points)).to.equal(true);
        }),
        { numRuns: 60 },
      );
    });

    it(`answers with a feasible path after every step on the ${name}, and never a worse one`, async () => {
      const plugin = createPlanePathPlugin({ max_steps: 30 });
      for (let seed = 1; seed <= 4; seed++) {
        const problem = make(seed);
        const runner = createVirtualRunner([plugin], { cost_ms: {} });
        const start = { kind: 'start', job_id: 'p', plugin: plugin.id, task: problem, seed } as const;
        runner.submit({ ...start, grant_matp: 1e9, max_steps: 30 });
        let energy = Number.POSITIVE_INFINITY;
        for (let step = 0; step <= 30; step++) {
          await runner.advance(1);
          const report = runner.drain()[0];
          if (report === undefined) break;
          expect(report.fault).to.equal(null);
          expect(feasible(problem, (report.best as PlanePath).points)).to.equal(true);
          expect(report.best_energy).to.be.at.most(energy);
          energy = report.best_energy!;
        }
      }
    });
  }

  it('does not call a path reached that ends before an obstacle', () => {
    const start: Point = [-1, 0];
    const wall: PlaneProblem = {
      name: 'wall',
      start,
      goals: [[1, 0]],
      lower: [-2, -2],
      upper: [2, 2],
      step_max: 0.1,
      clearance: ([x]) => Math.abs(x) - 0.2,
      slope_m: [1, 0],
      remaining_m: ([x, y]) => Math.hypot(x - 1, y),
    };
    const { points } = projectPath(wall, [[1, 0]]);
    expect(feasible(wall, points)).to.equal(true);
    expect(wall.remaining_m(points.at(-1)!)).to.be.within(1.2, 1.31);
  });

  it('knows the arm: both elbows reach, and what is in the way has a negative clearance', () => {
    for (const q of anglesFor(ARM, [0.3, 0.4])) {
      const [x, y] = tipOf(ARM, q);
      expect(Math.hypot(x - 0.3, y - 0.4)).to.be.below(1e-9);
    }
    expect(anglesFor(ARM, [0.3, 0.4])).to.have.length(2);
    expect(anglesFor(ARM, [1, 0])).to.deep.equal([]);
    expect(armClearance(ARM, [0, 0])).to.be.below(0);
    expect(armClearance(ARM, [Math.PI / 2, 0])).to.be.closeTo(0.6 - 0.1 - 0.025, 1e-9);
  });

  it('is a sound plugin', () => {
    expect(() => checkPlugin(createPlanePathPlugin())).not.to.throw();
  });
});
