import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { programArguments } from '../program.js';
import { skip } from '../skip.js';
import { PATIENCE_MS, requireRos } from './harness.js';

/** What a process with this environment says when it loads the native part. */
function load(env: NodeJS.ProcessEnv): string {
  const arguments_ = programArguments('test/ros/fixtures/addon.ts');
  return execFileSync(process.execPath, arguments_, { env, cwd: projectRoot, encoding: 'utf8' }).trim();
}

describe('loadAddon', function () {
  this.timeout(PATIENCE_MS);

  before(function () {
    requireRos(this);
  });

  it('loads what was built, in the ROS environment', () => {
    expect(load(rosEnvironment())).to.equal('loaded');
  });

  it('says SAGE_803 in a shell without ROS', () => {
    const { AMENT_PREFIX_PATH: _, ...bare } = process.env;
    expect(load(bare)).to.match(/^SAGE_803 .*\.\/bin\/sage/);
  });

  it('says SAGE_803 where the libraries of ROS are not found', function () {
    if (process.env.LD_LIBRARY_PATH) skip(this, 'LD_LIBRARY_PATH is set, which may lead to a ROS of its own');
    expect(load({ ...process.env, AMENT_PREFIX_PATH: '/nowhere' })).to.match(/^SAGE_803 .*\.so/);
  });
});
