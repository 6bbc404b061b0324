import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { replayInference } from '../../src/app/replay/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { worldOptions } from '../../src/sim/robot/options.js';
import { PICK } from './simulated-runs.js';

interface Arm {
  readonly urdf: string;
  readonly seed: number;
  readonly robot: Partial<Parameters['robot']>;
}

const ARMS: Record<string, Arm> = {
  'six joints, of which five turn twice around': {
    urdf: 'six-axis',
    seed: 2,
    robot: {
      tip_frame: 'grasp_point',
      home: [0, -1.57, 1.57, -1.57, -1.57, 0],
      workspace_min_m: [0.3, -0.35, 0],
      workspace_max_m: [0.65, 0.35, 0.6],
      gripper_joints: ['left_finger_joint'],
    },
  },
  'seven joints, whose shadow lies in the picture apart from the arm': {
    urdf: 'seven-axis',
    seed: 4,
    robot: {
      base_frame: 'lr/link0',
      tip_frame: 'hand tcp',
      hand_below_tip_m: 0.02,
      home: [0, -0.785, 0, -2.356, 0, 1.571, 0.785],
      link_radius_m: 0.06,
      workspace_min_m: [0.25, -0.45, 0],
      workspace_max_m: [0.7, 0.45, 0.6],
      speed_scale: 0.15,
      acceleration_limit: 2,
      gripper_joints: ['finger 1', 'finger 2'],
    },
  },
};

describe('the whole with another robot in the simulated world', function () {
  this.timeout(240_000);
  for (const [name, { urdf, seed, robot }] of Object.entries(ARMS)) {
    it(`picks up the red block (${name})`, async () => {
      const parameters = defaultParameters();
      const common = { gripper_open: [0.04], gripper_closed: [0], speed_scale: 0.3, acceleration_limit: 3 };
      const file = join(projectRoot, `test/fixtures/urdf/${urdf}.urdf`);
      const changed: Parameters = {
        ...parameters,
        robot: { ...parameters.robot, ...common, ...robot },
        sim: { ...parameters.sim, urdf: file },
      };
      expect(worldOptions(changed).own?.urdf).to.include('<robot');
      const inference = replayInference(changed);
      const run = new SimulatedRun(seed, changed, inference);
      const outcome = await run.pursue(PICK, 60);
      await inference.close();
      expect(outcome.event?.status, JSON.stringify(outcome.event)).to.equal('satisfied');
      const red = run.block('red');
      expect(red?.held).to.equal(true);
      expect(red?.position_m[2]).to.be.above(0.1);
      expect(run.violations()).to.deep.equal([]);
    });
  }
});
