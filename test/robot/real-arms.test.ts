import { expect } from 'chai';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import { type ArmContext, armContext } from '../../src/robot/arm-context.js';
import { linkCapsules } from '../../src/robot/capsules.js';
import { movableBetween } from '../../src/robot/kinematics.js';
import { translationOf } from '../../src/robot/transform.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { down, Refinement, taskFor } from '../plugins/trajectory/refine.js';
import { refusal } from '../refusal.js';
import { ARM, KNUCKLES, LIMIT, robotOf } from './hands.js';

const contextOf = (urdf: string, robot: Partial<Parameters['robot']>): ArmContext =>
  armContext(parseUrdf(urdf), { ...defaultParameters().robot, tip_frame: 'grasp', ...robot });

const UNSAID = '<limit lower="0" upper="0" velocity="0" effort="0"/>';
const turning = (name: string, parent: string, child: string, xyz: string, axis: string, limit = LIMIT) =>
  ({ name, type: 'revolute', parent, child, xyz, axis, limit }) as const;

/** Two turning joints in the plane, a spindle that slides and turns: four degrees of freedom, the tool always down. */
const SCARA = robotOf([
  turning('j1', 'base_link', 'inner', '0 0 0.3', '0 0 1'),
  turning('j2', 'inner', 'outer', '0.25 0 0', '0 0 1'),
  {
    name: 'j3',
    type: 'prismatic',
    parent: 'outer',
    child: 'spindle',
    xyz: '0.2 0 0',
    axis: '0 0 -1',
    limit: '<limit lower="0" upper="0.2" velocity="0.5" effort="50"/>',
  },
  { ...turning('j4', 'spindle', 'flange', '0 0 0', '0 0 1'), type: 'continuous' },
  { name: 'tool', type: 'fixed', parent: 'flange', child: 'grasp', xyz: '0 0 -0.1' },
]);

/** Waist, shoulder, elbow, wrist: as small hobby arms have them. */
const HOBBY = robotOf([
  turning('waist', 'base_link', 'turret', '0 0 0.06', '0 0 1'),
  turning('shoulder', 'turret', 'upper', '0 0 0.04', '0 1 0'),
  turning('elbow', 'upper', 'fore', '0.035 0 0.1', '0 1 0'),
  turning('wrist', 'fore', 'hand', '0.1 0 0', '0 1 0'),
  { name: 'tool', type: 'fixed', parent: 'hand', child: 'grasp', xyz: '0.11 0 0' },
]);

describe('arms as they are', () => {
  const small = { link_radius_m: 0.015 };
  const arms: Record<string, [ArmContext, radius_m: number, high_m: number]> = {
    'a SCARA of four joints, one of which slides': [
      contextOf(SCARA, { ...small, approach_axis: [0, 0, -1], home: [0.3, 0.6, 0.05, 0] }),
      0.35,
      0.12,
    ],
    'a hobby arm of four joints': [
      contextOf(HOBBY, { ...small, approach_axis: [1, 0, 0], home: [0, -0.5, 0.8, 1] }),
      0.16,
      0.08,
    ],
  };
  for (const [name, [arm, radius_m, high_m]] of Object.entries(arms)) {
    it(`${name} goes above a target and straight down to it`, () => {
      for (const angle of [-0.7, 0, 0.9]) {
        const [x, y] = [radius_m * Math.cos(angle), radius_m * Math.sin(angle)];
        const above = new Refinement(
          arm,
          taskFor(arm, down([x, y, high_m], { onward_m: [x, y, 0.02] })),
        ).run();
        expect(above.reached, `above, ${angle}`).to.equal(true);
        expect(above.faults()).to.deep.equal([]);
        const low = new Refinement(
          arm,
          taskFor(arm, down([x, y, 0.02], { straight: true }), above.end()),
        ).run();
        expect(low.reached, `down, ${angle}`).to.equal(true);
        expect(low.faults()).to.deep.equal([]);
      }
    });
  }

  it('take limits missing from their export, and narrower ones, from the configuration', () => {
    const urdf = robotOf(
      ARM.map((joint) =>
        joint.limit === undefined ? joint : { ...joint, limit: joint.name === 'elbow' ? UNSAID : LIMIT },
      ),
    );
    expect(refusal(() => contextOf(urdf, {}))).to.match(/^SAGE_304 joint "elbow"/);
    const limits = { lower_limits: [-1, -2], upper_limits: [5, 2], velocity_limits: [1, 4] };
    expect(contextOf(urdf, limits).chain.limits).to.deep.equal([
      { lower: -1, upper: 3, velocity: 1 },
      { lower: -2, upper: 2, velocity: 4 },
    ]);
    expect(refusal(() => contextOf(urdf, { velocity_limits: [1] }))).to.equal(
      'SAGE_102 robot.velocity_limits: has 1 values, the arm has 2 joints',
    );
    expect(refusal(() => contextOf(urdf, { ...limits, lower_limits: [4, -2] }))).to.match(
      /^SAGE_102 robot.lower_limits: 4 of joint "shoulder" is above its upper limit 3/,
    );
  });

  it('get accelerations joint by joint, the smaller of description and configuration, and one for all by default', () => {
    const urdf = robotOf(
      ARM.map((joint) =>
        joint.name === 'elbow' ? { ...joint, limit: LIMIT.replace('/>', ' acceleration="2"/>') } : joint,
      ),
    );
    const limitsWith = (more: Partial<Parameters['robot']>) => contextOf(urdf, more).acceleration_limits;
    expect(limitsWith({})).to.deep.equal([5, 2]);
    expect(limitsWith({ acceleration_limit: 1.5 })).to.deep.equal([1.5, 1.5]);
    expect(limitsWith({ acceleration_limits: [8, 1] })).to.deep.equal([8, 1]);
    expect(refusal(() => limitsWith({ acceleration_limits: [8] }))).to.equal(
      'SAGE_102 robot.acceleration_limits: has 1 values, the arm has 2 joints',
    );
  });

  it('get a tip between the fingers that their description does not have', () => {
    const direct = contextOf(robotOf(ARM), { tip_frame: 'hand' });
    const offset = contextOf(robotOf(ARM), { tip_frame: 'hand', tip_offset_m: [0.02, 0, 0.15] });
    const [at, to] = [direct, offset].map(({ chain }) => translationOf(chain.tip([0, 0])));
    expect(to?.map((value, axis) => Math.round(1e6 * (value - at![axis]!)) / 1e6)).to.deep.equal([
      0.02, 0, 0.15,
    ]);
    expect(offset.chain.joints).to.deep.equal(['shoulder', 'elbow']);
    expect(refusal(() => contextOf(robotOf(ARM), { tip_frame: 'ghost', tip_offset_m: [0, 0, 1] }))).to.match(
      /^SAGE_303/,
    );
  });

  it('are not taken where a joint on the way to the tip may be anywhere', () => {
    const base = { name: 'drive', type: 'planar', parent: 'odom', child: 'base_link' } as const;
    const urdf = robotOf([base, ...ARM]);
    expect(contextOf(urdf, { base_frame: 'base_link' }).chain.joints).to.have.length(2);
    expect(refusal(() => contextOf(urdf, { base_frame: 'odom' }))).to.match(/^SAGE_303.*"drive".*anywhere/);
  });

  it('are where their meshes are, where those lie along the axis of a joint beside its frame', () => {
    // Upper arm, forearm and wrist as a UR5e has them: its upper arm runs 0.138 m beside the line of its frames.
    const mesh = (z: number): string =>
      `<collision><origin xyz="0 0 ${z}"/><geometry><mesh filename="package://x/a.stl"/></geometry></collision>`;
    const joint = (name: string, parent: string, child: string, xyz: string): string =>
      `<joint name="${name}" type="revolute"><parent link="${parent}"/><child link="${child}"/>
       <origin xyz="${xyz}"/><axis xyz="0 0 1"/>${LIMIT}</joint>`;
    const urdf = (aside_m: number): string => `<robot name="ur"><link name="base_link"/>
      <link name="upper">${mesh(aside_m)}</link><link name="fore">${mesh(0.007)}</link>
      <link name="wrist">${mesh(-0.127)}</link><link name="grasp">${mesh(0)}</link>
      ${joint('lift', 'base_link', 'upper', '0 0 0')}${joint('elbow', 'upper', 'fore', '-0.425 0 0')}
      ${joint('bend', 'fore', 'wrist', '-0.392 0 0.133')}${joint('turn', 'wrist', 'grasp', '0 -0.1 0')}</robot>`;
    const linesOf = (link: string, aside_m: number): string[] =>
      linkCapsules(parseUrdf(urdf(aside_m)), { link_radius_m: 0.06, tip_frame: 'grasp' })
        .get(link)!
        .map(({ a, b }) =>
          [a, b].map((end) => end.map((value) => Number(value.toFixed(3))).join(' ')).join(' > '),
        );
    expect(linesOf('upper', 0.138)).to.deep.equal([
      '0 0 0 > 0 0 0.138',
      '0 0 0.138 > -0.425 0 0.138',
      '-0.425 0 0.138 > -0.425 0 0',
    ]);
    expect(linesOf('fore', 0.138)).to.deep.equal(['0 0 0 > -0.392 0 0.006']);
    expect(linesOf('wrist', 0.138)).to.deep.equal(['0 0 -0.127 > 0 0 0', '0 0 0 > 0 -0.1 0']);
    // Within the capsule of the line there is nothing to mend.
    expect(linesOf('upper', 0.05)).to.deep.equal(['0 0 0 > -0.425 0 0']);
  });

  it('say which of their frames are static', () => {
    const model = parseUrdf(
      robotOf([
        { name: 'mast', type: 'fixed', parent: 'base_link', child: 'camera' },
        { name: 'eye', type: 'fixed', parent: 'hand', child: 'hand_camera' },
        ...ARM,
        ...KNUCKLES,
      ]),
    );
    expect(movableBetween(model, 'camera', 'base_link')).to.equal(null);
    expect(movableBetween(model, 'hand_camera', 'hand')).to.equal(null);
    expect(movableBetween(model, 'hand_camera', 'base_link')?.name).to.be.oneOf(['shoulder', 'elbow']);
  });

  it('have hands that are drawn longer than they are', () => {
    const shaped = (link: string, shape: string): string =>
      robotOf(ARM).replace(`<link name="${link}"/>`, `<link name="${link}">${shape}</link>`);
    const ball =
      '<collision><origin xyz="0 0 0.15"/><geometry><sphere radius="0.02"/></geometry></collision>';
    const hand = shaped('hand', ball);
    expect(contextOf(hand, {}).collision.handReach([0, 0, 1])).to.be.closeTo(0.02, 1e-9);
    expect(contextOf(hand, { hand_below_tip_m: 0.02 }).collision.handReach([0, 0, 1])).to.be.closeTo(0, 1e-9);
    // The arm stretched down: the tip is 0.15 m beyond the elbow's link.
    const [strict, lenient] = [{}, { hand_below_tip_m: 0.02 }].map((more) => contextOf(hand, more).collision);
    const posture = [Math.PI, 0];
    const table_m = 0.3 - 0.3 - 0.15 - 0.01;
    expect(strict!.tableClearance(posture, table_m)).to.be.closeTo(-0.01, 1e-9);
    expect(lenient!.tableClearance(posture, table_m)).to.be.closeTo(0.01, 1e-9);
    // What only marks the tip in pictures touches nothing.
    const marker = shaped('grasp', '<visual><geometry><box size="0.05 0.05 0.05"/></geometry></visual>');
    const bare = contextOf(robotOf(ARM), {}).collision.handReach([0, 0, 1]);
    expect(contextOf(marker, {}).collision.handReach([0, 0, 1])).to.equal(bare);
  });
});
