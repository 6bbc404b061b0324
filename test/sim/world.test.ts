import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/env.mjs';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { basePointToPixel } from '../../src/robot/camera.js';
import { simCommandSchema } from '../../src/sim/physics/faults.js';
import { ARM_JOINTS, FINGER_JOINTS, TABLETOP_HOME } from '../../src/sim/robot/tabletop.js';
import { Schedule } from '../../src/sim/schedule.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { above, go, moveTo } from './motions.js';

const TABLETOP_YAML = join(projectRoot, 'config/robots/tabletop.yaml');
const kinds = (world: TabletopWorld): string[] => world.truth().violations.map(({ kind }) => kind);

describe('sim: world', () => {
  it('is the same for the same seed and calls', () => {
    const run = (): string => {
      const world = new TabletopWorld({ seed: 5 });
      go(world, above(world, 0.35, 0.1, 0.2, 0));
      world.hand(1);
      world.step(0.7);
      return JSON.stringify([world.truth(), world.jointState()]);
    };
    expect(run()).to.equal(run());
  });

  it('differs from seed to seed', () => {
    const [a, b] = [new TabletopWorld({ seed: 1 }), new TabletopWorld({ seed: 2 })];
    expect(a.truth().blocks).not.to.deep.equal(b.truth().blocks);
    expect(a.cameraPose).not.to.deep.equal(b.cameraPose);
  });

  it('does not depend on how time is cut into steps', () => {
    const [a, b] = [new TabletopWorld({ seed: 1 }), new TabletopWorld({ seed: 1 })];
    for (const world of [a, b]) world.sendTrajectory(moveTo([0.5, 0, 1.5, 0, 1.5, 0], 1));
    a.step(1.5);
    for (let i = 0; i < 150; i++) b.step(0.01);
    expect(a.truth().tip.position_m[0]).to.be.closeTo(b.truth().tip.position_m[0], 1e-9);
  });

  it('lays out blocks of distinct colours, apart, in reach and in view', () => {
    for (let seed = 0; seed < 60; seed++) {
      const world = new TabletopWorld({ seed, blocks: 5 });
      const { blocks } = world.truth();
      expect(new Set(blocks.map(({ colour }) => colour)).size).to.equal(5);
      for (const { id, position_m } of blocks) {
        const [u, v] = basePointToPixel(world.camera, world.cameraPose, position_m)!;
        expect(u).to.be.within(30, 610);
        expect(v).to.be.within(30, 450);
        for (const other of blocks.filter((block) => block.id < id)) {
          const [dx, dy] = [0, 1].map((k) => position_m[k]! - other.position_m[k]!) as [number, number];
          expect(Math.hypot(dx, dy)).to.be.above(0.08);
        }
        expect(above(world, position_m[0], position_m[1], 0.12, 0).every(Number.isFinite)).to.equal(true);
      }
    }
  });

  it('has the joints, the home posture and the gripper of its configuration file', () => {
    const { robot } = parse(readFileSync(TABLETOP_YAML, 'utf8')) as { robot: Record<string, unknown> };
    expect(robot.joints).to.deep.equal(ARM_JOINTS);
    expect(robot.home).to.deep.equal(TABLETOP_HOME);
    expect(robot.gripper_joints).to.deep.equal(FINGER_JOINTS);
    expect(robot.gripper_open).to.deep.equal(
      new TabletopWorld({ seed: 1 })
        .jointState()
        .position.slice(6)
        .map((v) => Math.round(v * 100) / 100),
    );
  });
});

describe('sim: what must not happen is recorded', () => {
  it('a velocity beyond the limit, which the drives do not follow', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    world.sendTrajectory(moveTo([1.5, -0.35, 1.75, 0, 1.7416, 0], 0.3));
    let fastest = 0;
    for (let i = 0; i < 60; i++) {
      world.step(0.01);
      fastest = Math.max(fastest, Math.abs(world.jointState().velocity[0]!));
    }
    expect(kinds(world)).to.include('velocity_limit');
    expect(fastest).to.be.at.most(2.2 + 1e-9);
  });

  it('a position beyond the limit', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    world.sendTrajectory(moveTo([0, -0.35, 2.7, 0, 1.7416, 0], 2));
    world.step(2.5);
    expect(kinds(world)).to.include('joint_limit');
    expect(world.jointState().position[2]).to.be.closeTo(2.6, 1e-3);
  });

  it('a start away from where the arm is', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    const zeros = [0, 0, 0, 0, 0, 0];
    const home = [...TABLETOP_HOME];
    const away = home.map((value, i) => (i === 0 ? value + 0.2 : value));
    world.sendTrajectory({
      joints: ARM_JOINTS,
      points: [
        { time_s: 0, position: away, velocity: zeros, acceleration: zeros },
        { time_s: 1, position: home, velocity: zeros, acceleration: zeros },
      ],
    });
    expect(kinds(world)).to.deep.equal(['jump']);
  });

  it('a link in the table', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    go(world, above(world, 0.4, 0, -0.03, 0));
    const links = world
      .truth()
      .violations.filter(({ kind }) => kind === 'table')
      .map(({ what }) => what);
    expect(links).to.include('finger_left');
  });

  it('the arm touching itself, and nothing of it in ordinary postures', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    go(world, above(world, 0.3, 0.2, 0.05, 0.3));
    go(world, above(world, 0.4, -0.2, 0.15, -0.7));
    expect(world.truth().violations).to.deep.equal([]);
    go(world, [0, -0.9, 2.55, 0, 2.1, 0]);
    expect(kinds(world)).to.include('self_collision');
  });

  it('a block struck by a link that is no finger', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 1 });
    const [x, y] = world.truth().blocks[0]!.position_m;
    // the tool level, so that the wrist comes down on the block; it ends 6 cm above the table, in the cube
    const level = (height_m: number): number[] => {
      const posture = above(world, x, y, height_m - 0.162, 0);
      return posture.map((value, i) => (i === 4 ? value - Math.PI / 2 : value));
    };
    go(world, level(0.2));
    expect(world.truth().violations).to.deep.equal([]);
    go(world, level(0.06));
    expect(world.truth().violations.map(({ what }) => what)).to.include('wrist and red block');
  });

  it('once per occasion, not per step', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    go(world, above(world, 0.4, 0, -0.03, 0));
    world.step(5);
    const count = world.truth().violations.filter(({ what }) => what === 'finger_left').length;
    expect(count).to.equal(1);
  });
});

describe('sim: faults', () => {
  it('a stuck joint stays while the others move', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    expect(world.stick('elbow')).to.equal(true);
    world.sendTrajectory(moveTo([0.5, 0, 1.2, 0, 1.7416, 0], 1));
    world.step(1.5);
    const { position } = world.jointState();
    expect(position[0]).to.be.closeTo(0.5, 1e-3);
    expect(position[2]).to.be.closeTo(1.75, 1e-3);
    expect(world.stick('no_such_joint')).to.equal(false);
  });

  it('a stuck finger', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    world.stick('finger_left_joint');
    world.sendGripper([0, 0]);
    world.step(1);
    const [left, right] = world.jointState().position.slice(6);
    expect(left).to.be.closeTo(0.04, 1e-3);
    expect(right).to.be.closeTo(0, 1e-3);
  });

  it('the emergency stop stops the arm at once and refuses what comes', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    world.sendTrajectory(moveTo([1, 0, 1.5, 0, 1.5, 0], 2));
    world.step(1);
    world.emergencyStop(true);
    const before = world.jointState().position[0]!;
    world.step(1);
    expect(world.jointState().position[0]).to.be.closeTo(before, 1e-4);
    expect(world.sendTrajectory(moveTo(TABLETOP_HOME, 2))?.code).to.equal('SAGE_707');
    expect(world.sendGripper([0, 0])?.code).to.equal('SAGE_707');
    world.emergencyStop(false);
    world.step(1);
    expect(world.jointState().position[0]).to.be.closeTo(before, 1e-4);
    expect(world.sendTrajectory(moveTo(TABLETOP_HOME, 2))).to.equal(null);
  });

  it('joint states that are not numbers, for a while', () => {
    const world = new TabletopWorld({ seed: 1 });
    world.obey(simCommandSchema.parse({ nan_joints: { for_s: 0.5 } }));
    expect(world.jointState().position.every(Number.isNaN)).to.equal(true);
    world.step(0.6);
    expect(world.jointState().position.every(Number.isFinite)).to.equal(true);
  });

  it('refuses gripper commands that are not two numbers', () => {
    const world = new TabletopWorld({ seed: 1 });
    for (const values of [[], [0.01], [0, 0, 0], [0, Number.NaN]]) {
      expect(world.sendGripper(values)?.code).to.equal('SAGE_703');
    }
  });

  it('commands are checked strictly', () => {
    expect(simCommandSchema.safeParse({ hands: { for_s: 1 } }).success).to.equal(false);
    expect(simCommandSchema.safeParse({ drop_share: 2 }).success).to.equal(false);
    const world = new TabletopWorld({ seed: 1 });
    expect(() => world.obey({ block: { colour: 'mauve', x_m: 0.3, y_m: 0 } })).to.throw('SAGE_208');
    expect(() => world.obey({ stuck_joint: 'nose' }))
      .to.throw()
      .with.property('code', 'SAGE_204');
  });

  it('the parameters let the hand come at its time', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    const schedule = new Schedule({ ...defaultParameters().sim, hand_at_s: 1, hand_for_s: 0.5 }, world);
    const seen: boolean[] = [];
    for (let i = 0; i < 50; i++) {
      world.step(0.1);
      schedule.step();
      seen.push(world.truth().hand_present);
    }
    expect(seen.slice(0, 9)).to.deep.equal(Array(9).fill(false));
    expect(seen.slice(9, 18)).to.include(true);
    expect(seen.at(-1)).to.equal(false);
    expect(world.truth().hand_seen_s).to.be.within(1, 1.8);
  });
});
