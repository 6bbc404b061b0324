import { expect } from 'chai';
import fc from 'fast-check';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { armChain } from '../../src/robot/arm-chain.js';
import { armContext } from '../../src/robot/arm-context.js';
import { type Capsule, linkCapsules } from '../../src/robot/capsules.js';
import { CollisionModel } from '../../src/robot/collision.js';
import { segmentDistanceSquared } from '../../src/robot/segment-distance.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { ARM_NAMES, loadArm, loadContext, postureOf } from './arms.js';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 });
const coordinate = fc.double({ min: -1, max: 1, noNaN: true });

describe('segmentDistanceSquared', () => {
  it('is what trying many points of both segments finds', () => {
    const ends = fc.array(coordinate, { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(ends, (numbers) => {
        const p = Float64Array.from(numbers);
        let least = Number.POSITIVE_INFINITY;
        for (let s = 0; s <= 40; s++) {
          for (let t = 0; t <= 40; t++) {
            let square = 0;
            for (let axis = 0; axis < 3; axis++) {
              const a = p[axis]! + (s / 40) * (p[axis + 3]! - p[axis]!);
              const b = p[axis + 6]! + (t / 40) * (p[axis + 9]! - p[axis + 6]!);
              square += (a - b) ** 2;
            }
            least = Math.min(least, square);
          }
        }
        const exact = Math.sqrt(segmentDistanceSquared(p, 0, 6));
        expect(exact).to.be.at.most(Math.sqrt(least) + 1e-5);
        expect(exact).to.be.at.least(Math.sqrt(least) - 0.1);
      }),
      { numRuns: 60 },
    );
  });

  it('handles points, parallel and crossing segments', () => {
    const distance = (...numbers: number[]): number =>
      Math.sqrt(segmentDistanceSquared(Float64Array.from(numbers), 0, 6));
    expect(distance(0, 0, 0, 0, 0, 0, 3, 4, 0, 3, 4, 0)).to.equal(5);
    expect(distance(0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 2, 0)).to.equal(2);
    expect(distance(0, 0, 0, 1, 0, 0, 3, 0, 0, 2, 0, 0)).to.equal(1);
    expect(distance(-1, 0, 0, 1, 0, 0, 0, -1, 0.5, 0, 1, 0.5)).to.equal(0.5);
    expect(distance(0, 0, 1, 0, 0, 1, -1, 0, 0, 1, 0, 0)).to.equal(1);
    expect(distance(-1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1)).to.equal(1);
  });
});

describe('linkCapsules', () => {
  const capsulesOf = (shape: string): readonly Capsule[] => {
    const xml = `<robot name="r"><link name="a"><collision>${shape}</collision></link></robot>`;
    return linkCapsules(parseUrdf(xml), { link_radius_m: 0.04, tip_frame: 'a' }).get('a')!;
  };
  const inside = (capsules: readonly Capsule[], x: number, y: number, z: number): boolean =>
    capsules.some(({ a, b, radius_m }) => {
      const p = Float64Array.of(x, y, z, x, y, z, ...a, ...b);
      return Math.sqrt(segmentDistanceSquared(p, 0, 6)) <= radius_m + 1e-9;
    });
  const size = fc.double({ min: 0.005, max: 0.5, noNaN: true });
  const share = fc.double({ min: -1, max: 1, noNaN: true });

  it('contains all of a box', () => {
    fc.assert(
      fc.property(size, size, size, share, share, share, (a, b, c, x, y, z) => {
        const capsules = capsulesOf(`<geometry><box size="${a} ${b} ${c}"/></geometry>`);
        expect(capsules.length).to.be.at.most(8);
        expect(inside(capsules, (x * a) / 2, (y * b) / 2, (z * c) / 2)).to.equal(true);
        expect(inside(capsules, a / 2, -b / 2, c / 2)).to.equal(true);
      }),
    );
  });

  it('contains all of a cylinder', () => {
    fc.assert(
      fc.property(size, size, share, share, (radius, length, turn, z) => {
        const capsules = capsulesOf(`<geometry><cylinder radius="${radius}" length="${length}"/></geometry>`);
        const angle = turn * Math.PI;
        expect(
          inside(capsules, radius * Math.cos(angle), radius * Math.sin(angle), (z * length) / 2),
        ).to.equal(true);
        expect(inside(capsules, radius, 0, length / 2)).to.equal(true);
      }),
    );
  });

  it('takes spheres and capsules as they are, where their origin puts them', () => {
    const [ball] = capsulesOf('<origin xyz="1 2 3"/><geometry><sphere radius="0.1"/></geometry>');
    expect(ball).to.deep.equal({ a: [1, 2, 3], b: [1, 2, 3], radius_m: 0.1 });
    const [pill] = capsulesOf('<geometry><capsule radius="0.1" length="0.4"/></geometry>');
    expect(pill).to.deep.equal({ a: [0, 0, -0.2], b: [0, 0, 0.2], radius_m: 0.1 });
  });

  it('guesses links of which only meshes are known from their joints, and keeps fingers above the tip', () => {
    const chain = loadArm('seven-axis');
    const capsules = linkCapsules(chain.model, { link_radius_m: 0.04, tip_frame: chain.tip_frame });
    expect(capsules.get('world')).to.deep.equal([]);
    expect(capsules.get('lr/flange')).to.deep.equal([]);
    expect(capsules.get('hand tcp')).to.deep.equal([]);
    expect(capsules.get('lr/link2')).to.deep.equal([{ a: [0, 0, 0], b: [0, -0.316, 0], radius_m: 0.04 }]);
    const finger = capsules.get('finger-L')![0]!;
    expect(finger.radius_m).to.equal(0.01);
    expect(finger.b[2] + finger.radius_m).to.be.closeTo(0.1034 - 0.0584, 1e-9);
  });

  it('falls back on visual shapes', () => {
    const chain = loadArm('desk-arm');
    const upper = linkCapsules(chain.model, { link_radius_m: 0.02, tip_frame: 'jaw_tip' }).get('Upper')!;
    expect(upper).to.have.length(1);
    expect(upper[0]!.radius_m).to.be.within(0.02, 0.025);
  });
});

describe('CollisionModel', () => {
  for (const name of ARM_NAMES) {
    it(`is clear at home and checks no neighbours: ${name}`, () => {
      const { chain, collision } = loadContext(name);
      expect(collision.clearance(chain.home, 0)).to.be.above(0.01);
      for (const [a, b] of collision.checkedLinkPairs()) {
        const neighbours = [...chain.model.joints.values()].some(
          (joint) => (joint.parent === a && joint.child === b) || (joint.parent === b && joint.child === a),
        );
        expect(neighbours, `${a} and ${b}`).to.equal(false);
      }
    });

    it(`never changes by more than the reach of the joints that moved: ${name}`, () => {
      const { chain, collision } = loadContext(name);
      fc.assert(
        fc.property(shares, shares, fc.double({ min: 0, max: 0.2, noNaN: true }), (from, to, part) => {
          const q = postureOf(chain, from);
          const other = postureOf(chain, to);
          const moved = q.map((value, joint) => value + part * (other[joint]! - value));
          const bound = q.reduce(
            (sum, value, joint) => sum + Math.abs(moved[joint]! - value) * collision.reach_m[joint]!,
            0,
          );
          const table = collision.tableClearance(q, 0) - collision.tableClearance(moved, 0);
          expect(Math.abs(table)).to.be.at.most(bound + 1e-9);
          const self = collision.selfClearance(q) - collision.selfClearance(moved);
          expect(Math.abs(self)).to.be.at.most(bound + 1e-9);
          expect(collision.clearance(q, 0)).to.be.closeTo(
            Math.min(collision.selfClearance(q), collision.tableClearance(q, 0)),
            1e-12,
          );
        }),
        { numRuns: 60 },
      );
    });
  }

  it('sees the arm go through the table and through itself', () => {
    const { collision } = loadContext('six-axis');
    expect(collision.tableClearance([0, 0.6, 0, 0, 0, 0], 0)).to.be.below(0);
    expect(collision.selfClearance([0, -1.57, 3.1, 0, 0, 0])).to.be.below(0);
    expect(collision.tableClearance([0, -1.57, 0, 0, 0, 0], 0)).to.be.above(0.05);
  });

  it('measures heights from the table in the base frame, wherever the base is', () => {
    const { chain, collision } = loadContext('seven-axis');
    const low = collision.tableClearance(chain.home, -0.5);
    expect(low - collision.tableClearance(chain.home, 0)).to.be.closeTo(0.5, 1e-9);
  });

  it('lets what is held be below the tip, but not the tip itself', () => {
    const { collision, chain } = loadContext('desk-arm');
    const tip = chain.tip(chain.home);
    const height = tip[11]!;
    const strict = collision.tableClearance(chain.home, height - 0.004);
    expect(strict).to.be.below(0);
    expect(collision.tableClearance(chain.home, height - 0.004, 0.03)).to.be.closeTo(0.004, 1e-9);
    expect(collision.tableClearance(chain.home, height + 0.01, 0.03)).to.be.below(0);
  });

  it('takes fingers to be open: a hand that is tilted brings the lower one nearer to the table', () => {
    const finger = (
      side: 1 | -1,
    ): string => `<link name="f${side}"><collision><origin xyz="0 0 0.03"/><geometry>
      <box size="0.02 0.01 0.06"/></geometry></collision></link><joint name="j${side}" type="prismatic"><parent link="hand"/>
      <child link="f${side}"/><axis xyz="0 ${side} 0"/><limit lower="0" upper="0.05" velocity="1"/></joint>`;
    const xml = `<robot name="r"><link name="base"/><link name="hand"/><joint name="roll" type="revolute"><parent link="base"/>
      <child link="hand"/><origin xyz="0 0 1" rpy="3.14159265 0 0"/><axis xyz="1 0 0"/>
      <limit lower="-1" upper="1" velocity="1"/></joint>${finger(1)}${finger(-1)}</robot>`;
    const at = (gripper_open: number[], roll: number): number => {
      const robot = { ...defaultParameters().robot, base_frame: 'base', tip_frame: 'hand', gripper_open };
      return armContext(parseUrdf(xml), { ...robot, home: [0] }).collision.tableClearance([roll], 0);
    };
    expect(at([0.04, 0.04], 0)).to.be.closeTo(at([0, 0], 0), 0.002);
    for (const roll of [-0.5, 0.5]) {
      const lower = 0.04 * Math.sin(0.5);
      expect(at([0, 0], roll) - at([0.04, 0.04], roll), `${roll}`).to.be.closeTo(lower, 0.002);
    }
    expect(at([9, 9], 0.5), 'within the limits of the joints').to.equal(at([0.05, 0.05], 0.5));
  });

  it('leaves a table that the description has as a link to the plane', () => {
    const arm = (top: string): CollisionModel => {
      const xml = `<robot name="r"><link name="base">${top}</link><link name="l1"/><link name="l2">
        <collision><origin xyz="0.1 0 0"/><geometry><box size="0.2 0.02 0.02"/></geometry></collision></link>
        <joint name="j1" type="revolute"><parent link="base"/><child link="l1"/><origin xyz="0 0 0.05"/><axis xyz="0 0 1"/>
        <limit lower="-1" upper="1" velocity="1"/></joint>
        <joint name="j2" type="revolute"><parent link="l1"/><child link="l2"/><axis xyz="0 1 0"/>
        <limit lower="-1" upper="1" velocity="1"/></joint></robot>`;
      const chain = armChain(parseUrdf(xml), { base_frame: 'base', tip_frame: 'l2', joints: [] });
      return new CollisionModel(chain, { link_radius_m: 0.01, table_height_m: 0 });
    };
    const slab =
      '<collision><origin xyz="0 0 -0.025"/><geometry><box size="1 1 0.05"/></geometry></collision>';
    const wall =
      '<collision><origin xyz="0.15 0.15 0"/><geometry><box size="0.05 0.05 0.4"/></geometry></collision>';
    expect(arm(slab).size.pairs).to.equal(0);
    expect(arm(wall).selfClearance([0.75, 0])).to.be.below(0);
    expect(arm(wall).selfClearance([-0.75, 0])).to.be.above(0.05);
    expect(arm(slab).tableClearance([0, 0.5], 0)).to.be.below(0);
  });
});
