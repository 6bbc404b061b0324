import { expect } from 'chai';
import fc from 'fast-check';
import type { SageError } from '../../src/contracts/errors.js';
import { type ArmChain, type ArmOptions, armChain } from '../../src/robot/arm-chain.js';
import { linkTransforms } from '../../src/robot/kinematics.js';
import { compose, invert, rotateVector, type Transform } from '../../src/robot/transform.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { ARM_NAMES, ARMS, loadArm, postureOf, readArm } from './arms.js';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 });

/** A lift that carries a pan joint, a camera mast on another branch, and a slider that follows the pan. */
const ODD = `<robot name="odd">
  <link name="root"/><link name="lift"/><link name="turn"/><link name="slide"/><link name="tip"/><link name="mast"/>
  <joint name="up" type="prismatic"><parent link="root"/><child link="lift"/><origin xyz="0.1 0 0.2" rpy="0.2 0 0"/>
    <axis xyz="0 0 1"/><limit lower="0" upper="0.5" velocity="0.3" effort="1"/></joint>
  <joint name="pan" type="continuous"><parent link="lift"/><child link="turn"/><origin xyz="0 0.1 0.1" rpy="0 0.4 0"/>
    <axis xyz="0 1 0.5"/><limit velocity="2" effort="1"/></joint>
  <joint name="follow" type="prismatic"><parent link="turn"/><child link="slide"/><origin xyz="0.3 0 0"/>
    <axis xyz="1 0 0"/><limit lower="-1" upper="1" velocity="1" effort="1"/>
    <mimic joint="pan" multiplier="0.1" offset="0.05"/></joint>
  <joint name="end" type="fixed"><parent link="slide"/><child link="tip"/><origin xyz="0 0 0.2" rpy="0 0 1"/></joint>
  <joint name="nod" type="revolute"><parent link="lift"/><child link="mast"/><origin xyz="-0.2 0 0.3"/>
    <axis xyz="1 0 0"/><limit lower="-1" upper="1" velocity="1" effort="1"/></joint>
</robot>`;

const odd = (options: Partial<ArmOptions>): ArmChain =>
  armChain(parseUrdf(ODD), { base_frame: 'root', tip_frame: 'tip', joints: [], ...options });

/** Columns of the Jacobian by central differences: motion of the tip, and the axis of its small rotation. */
function numericColumn(chain: ArmChain, q: readonly number[], joint: number): number[] {
  const h = 1e-6;
  const moved = (by: number): Transform => {
    const at = [...q];
    at[joint]! += by;
    return chain.tip(at);
  };
  const [a, b] = [moved(-h), moved(h)];
  const turn = compose(b, invert(a));
  return [
    (b[3]! - a[3]!) / (2 * h),
    (b[7]! - a[7]!) / (2 * h),
    (b[11]! - a[11]!) / (2 * h),
    (turn[9]! - turn[6]!) / (4 * h),
    (turn[2]! - turn[8]!) / (4 * h),
    (turn[4]! - turn[1]!) / (4 * h),
  ];
}

function expectJacobian(chain: ArmChain, q: readonly number[]): void {
  const n = chain.joints.length;
  const jacobian = new Float64Array(6 * n);
  chain.jacobian(q, jacobian);
  for (let joint = 0; joint < n; joint++) {
    const expected = numericColumn(chain, q, joint);
    for (let row = 0; row < 6; row++) {
      expect(jacobian[row * n + joint], `row ${row}, joint ${joint}`).to.be.closeTo(expected[row]!, 1e-7);
    }
  }
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    return (thrown as SageError).code;
  }
  return 'none';
}

const DESK = { base_frame: 'Base', tip_frame: 'jaw_tip', joints: [] };

describe('armChain', () => {
  for (const name of ARM_NAMES) {
    it(`agrees with the transforms of all links and with finite differences: ${name}`, () => {
      const chain = loadArm(name);
      fc.assert(
        fc.property(shares, (parts) => {
          const q = postureOf(chain, parts);
          const links = linkTransforms(chain.model, new Map(chain.joints.map((joint, i) => [joint, q[i]!])));
          const expected = compose(invert(links.get(chain.base_frame)!), links.get(chain.tip_frame)!);
          const tip = chain.tip(q);
          for (let i = 0; i < 12; i++) expect(tip[i]).to.be.closeTo(expected[i]!, 1e-9);
          expectJacobian(chain, q);
        }),
        { numRuns: 40 },
      );
    });
  }

  it('knows a posture by its published geometry: a stretched six-axis arm', () => {
    const tip = loadArm('six-axis').tip([0, 0, 0, 0, 0, 0]);
    expect(tip[3]).to.be.closeTo(-0.425 - 0.3922, 1e-6);
    expect(tip[7]).to.be.closeTo(-0.1333 - 0.0996 - 0.12, 1e-6);
    expect(tip[11]).to.be.closeTo(0.1625 - 0.0997, 1e-6);
  });

  it('handles prismatic, continuous and mimic joints in the chain', () => {
    const chain = odd({});
    expect(chain.joints).to.deep.equal(['up', 'pan']);
    expect(chain.limits[1]).to.deep.equal({ lower: -Infinity, upper: Infinity, velocity: 2 });
    fc.assert(
      fc.property(shares, (parts) => expectJacobian(chain, [parts[0]! / 2, 6 * parts[1]! - 3])),
      { numRuns: 30 },
    );
  });

  it('handles a base that is not the root, moves itself, and is no ancestor of the tip', () => {
    for (const base_frame of ['lift', 'mast']) {
      const chain = odd({ base_frame, joints: ['up', 'pan', 'nod'] });
      fc.assert(
        fc.property(shares, (parts) => {
          const q = [parts[0]! / 2, 6 * parts[1]! - 3, 2 * parts[2]! - 1];
          const links = linkTransforms(chain.model, new Map(chain.joints.map((name, i) => [name, q[i]!])));
          const expected = compose(invert(links.get(base_frame)!), links.get('tip')!);
          const tip = chain.tip(q);
          for (let i = 0; i < 12; i++) expect(tip[i]).to.be.closeTo(expected[i]!, 1e-9);
          expectJacobian(chain, q);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('keeps joints that the controller does not name at their given values', () => {
    const high = odd({ joints: ['pan'], others: new Map([['up', 0.4]]) }).tip([0]);
    const low = odd({ joints: ['pan'] }).tip([0]);
    const axis = rotateVector(linkTransforms(parseUrdf(ODD), new Map()).get('lift')!, [0, 0, 0.4]);
    expect(high[11]! - low[11]!).to.be.closeTo(axis[2], 1e-9);
  });

  it('takes the controller’s order of joints', () => {
    const model = parseUrdf(readArm('six-axis'));
    const names = [...loadArm('six-axis').joints].reverse();
    const chain = armChain(model, { ...ARMS['six-axis'], joints: names, home: [] });
    expect(chain.joints).to.deep.equal(names);
    const q = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const forward = loadArm('six-axis').tip([...q].reverse());
    for (const [i, value] of chain.tip(q).entries()) expect(value).to.be.closeTo(forward[i]!, 1e-12);
  });

  it('takes the middle of each range as home, and keeps a given home within limits', () => {
    const model = parseUrdf(readArm('desk-arm'));
    const options = DESK;
    const middle = armChain(model, options).home;
    expect(middle[1]).to.be.closeTo(1, 1e-12);
    // Rounded in a configuration: no reason to refuse it.
    expect(armChain(model, { ...options, home: [0, -0.205, 0, 0, 0] }).home[1]).to.equal(-0.2);
    expect(odd({}).home[1]).to.equal(0);
  });

  const limitless = ODD.replace('<limit lower="0" upper="0.5" velocity="0.3" effort="1"/>', '');
  const noUpper = ODD.replace('upper="0.5" ', '');
  const still = ODD.replace('velocity="0.3"', 'velocity="0"');
  const refused: Record<string, [expected: string, run: () => unknown]> = {
    'a base frame that is missing': ['SAGE_303', () => odd({ base_frame: 'nowhere' })],
    'a tip frame that is missing': ['SAGE_303', () => odd({ tip_frame: 'nowhere' })],
    'frames without a joint between them': ['SAGE_303', () => odd({ base_frame: 'slide' })],
    'an unknown joint': ['SAGE_204', () => odd({ joints: ['pan', 'ghost'] })],
    'a joint named twice': ['SAGE_204', () => odd({ joints: ['pan', 'pan'] })],
    'a fixed joint': ['SAGE_204', () => odd({ joints: ['end'] })],
    'a joint that follows another': ['SAGE_204', () => odd({ joints: ['follow'] })],
    'a home of the wrong size': ['SAGE_102', () => odd({ home: [0] })],
    'a home beyond the limits of a joint': [
      'SAGE_102',
      () => armChain(parseUrdf(readArm('desk-arm')), { ...DESK, home: [0, -9, 0, 0, 0] }),
    ],
    'a home beyond limits that are set besides': [
      'SAGE_102',
      () =>
        armChain(parseUrdf(readArm('desk-arm')), {
          ...DESK,
          upper_limits: [1, 1, 1, 1, 1],
          home: [0, 1.5, 0, 0, 0],
        }),
    ],
    'a joint without limits': [
      'SAGE_304',
      () => armChain(parseUrdf(limitless), { base_frame: 'root', tip_frame: 'tip', joints: [] }),
    ],
    'a joint without an upper limit': [
      'SAGE_304',
      () => armChain(parseUrdf(noUpper), { base_frame: 'root', tip_frame: 'tip', joints: [] }),
    ],
    'a joint that may not move': [
      'SAGE_304',
      () => armChain(parseUrdf(still), { base_frame: 'root', tip_frame: 'tip', joints: [] }),
    ],
  };
  for (const [what, [expected, run]] of Object.entries(refused)) {
    it(`refuses ${what} with ${expected}`, () => expect(code(run)).to.equal(expected));
  }
});

describe('linkTransforms', () => {
  it('lets mimic joints follow, and leaves joints without a value at rest within their limits', () => {
    const model = parseUrdf(readArm('six-axis'));
    const links = linkTransforms(model, new Map([['left_finger_joint', 0.03]]));
    const between = compose(invert(links.get('right_finger')!), links.get('left_finger')!);
    expect(between[7]).to.be.closeTo(0.064, 1e-9);
    const seven = parseUrdf(readArm('seven-axis'));
    const resting = linkTransforms(seven, new Map());
    const given = linkTransforms(seven, new Map([['Joint D', -0.0698]]));
    expect([...resting.get('hand')!]).to.deep.equal([...given.get('hand')!]);
  });
});
