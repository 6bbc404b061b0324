import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import { basePointToPixel } from '../../src/robot/camera.js';
import { worldOptions } from '../../src/sim/robot/options.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { refusal } from '../refusal.js';
import { readArm } from '../robot/arms.js';

/** A Panda-like arm: seven joints, meshes, two sliding fingers of which one follows the other. */
function settings(more: Partial<Parameters['robot']> = {}): Parameters {
  const parameters = defaultParameters();
  return {
    ...parameters,
    robot: {
      ...parameters.robot,
      base_frame: 'lr/link0',
      tip_frame: 'hand tcp',
      joints: ['Joint A', 'Joint B', 'Joint C', 'Joint D', 'Joint E', 'Joint F', 'Joint G'],
      home: [0, -0.785, 0, -2.356, 0, 1.571, 0.785],
      workspace_min_m: [0.25, -0.4, -1],
      workspace_max_m: [0.65, 0.4, 0.6],
      gripper_joints: ['finger 1'],
      gripper_open: [0.04],
      gripper_closed: [0],
      ...more,
    },
  };
}

const worldOf = (parameters: Parameters, seed = 1): TabletopWorld =>
  new TabletopWorld({ seed, own: { urdf: readArm('seven-axis'), parameters } });

describe('sim: another robot by its URDF', () => {
  it('reports its own joints, starts at home, and touches nothing there', () => {
    const world = worldOf(settings());
    world.step(0.2);
    const { names, position } = world.jointState();
    expect(names).to.deep.equal([...settings().robot.joints, 'finger 1']);
    expect(position[3]).to.be.closeTo(-2.356, 1e-3);
    expect(position[7]).to.be.closeTo(0.04, 1e-3);
    expect(world.base_frame).to.equal('lr/link0');
    expect(world.truth().violations).to.deep.equal([]);
  });

  it('lays blocks of the size of the configuration where the camera sees and the tip comes down, on its table', () => {
    for (const table_height_m of [0, 0.07]) {
      const world = worldOf(settings({ table_height_m, object_height_m: 0.03, grasp_depth_m: 0.02 }), 4);
      const { blocks } = world.truth();
      expect(blocks).to.have.length(4);
      for (const { position_m } of blocks) {
        expect(position_m[2]).to.be.closeTo(table_height_m + 0.015, 1e-9);
        expect(position_m[0]).to.be.within(0.25, 0.65);
        const [u, v] = basePointToPixel(world.camera, world.cameraPose, position_m)!;
        expect(u).to.be.within(30, 610);
        expect(v).to.be.within(30, 450);
      }
    }
  });

  it('has its camera where the configuration places it, and the tip where the kinematics say', () => {
    const parameters = settings({ table_height_m: 0.05 });
    const camera = { ...parameters.camera, pose: [0.5, 0, 0.9, 1, 0, 0, 0] };
    const world = worldOf({ ...parameters, camera });
    expect(world.cameraPose.position_m.map((value) => Math.round(1e6 * value) / 1e6)).to.deep.equal([
      0.5, 0, 0.9,
    ]);
    const { position_m } = world.truth().tip;
    const { chain } = world.robot;
    const tip = chain.tip(chain.home);
    for (const [k, at] of [3, 7, 11].entries()) expect(position_m[k]).to.be.closeTo(tip[at]!, 1e-9);
  });

  it('opens and closes its fingers by the values of its controller', () => {
    const world = worldOf(settings());
    expect(world.sendGripper([0, 0])?.code).to.equal('SAGE_703');
    expect(world.sendGripper([0])).to.equal(null);
    world.step(1);
    expect(world.jointState().position[7]).to.be.closeTo(0, 1e-3);
    expect(world.truth().gripper_gap_m).to.be.closeTo(0, 1e-9);
    expect(world.stick('finger 1')).to.equal(true);
    expect(world.stick('finger 9')).to.equal(false);
  });

  it('says what is wrong where no block could ever be picked', () => {
    const far = settings({ workspace_min_m: [1.5, -0.2, 0], workspace_max_m: [1.9, 0.2, 0.5] });
    expect(refusal(() => worldOf(far))).to.match(
      /^SAGE_812 robot.workspace: .*the tip does not come down to \d+/,
    );
    expect(refusal(() => worldOf(settings({ tip_frame: 'ghost' })))).to.match(/^SAGE_303/);
  });

  it('reads a URDF file, and says which files it cannot be read from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-urdf-'));
    const optionsOf = (file: string) =>
      worldOptions({ ...settings(), sim: { ...settings().sim, urdf: join(folder, file) } });
    try {
      writeFileSync(join(folder, 'arm.urdf'), readArm('seven-axis'));
      writeFileSync(join(folder, 'arm.urdf.xacro'), '<robot><xacro:include filename="x"/></robot>');
      expect(optionsOf('arm.urdf').own?.urdf).to.equal(readArm('seven-axis'));
      expect(refusal(() => optionsOf('arm.urdf.xacro'))).to.match(/^SAGE_302 .*run `xacro FILE/);
      expect(refusal(() => optionsOf('none.urdf'))).to.match(/^SAGE_902 sim.urdf: .*none.urdf/);
      expect(worldOptions(settings()).own).to.equal(undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
