import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfiguration } from '../../src/app/config.js';
import { packageRoot } from '../../src/app/root.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';

const folder = join(packageRoot, 'config', 'robots');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('the files in config/', () => {
  it('include three robots', () => {
    expect(files).to.include.members(['tabletop.yaml', 'ur5e-robotiq.yaml', 'franka-panda.yaml']);
  });

  for (const file of files) {
    it(`${file} is valid, consistent, and under 40 lines`, () => {
      const path = join(folder, file);
      const { robot, camera } = loadConfiguration([path]).parameters;
      expect(readFileSync(path, 'utf8').trimEnd().split('\n').length).to.be.below(40);
      expect(robot.home).to.have.length(robot.joints.length);
      expect(robot.gripper_open).to.have.length(robot.gripper_closed.length);
      expect([0, 7]).to.include(camera.pose.length);
      for (const axis of [0, 1, 2]) {
        expect(robot.workspace_min_m[axis]).to.be.below(robot.workspace_max_m[axis] ?? Number.NaN);
      }
    });
  }

  it('default.yaml changes nothing', () => {
    const { parameters, set } = loadConfiguration([join(packageRoot, 'config', 'default.yaml')]);
    expect(parameters).to.deep.equal(defaultParameters());
    expect(set.length).to.be.greaterThan(0);
  });
});
