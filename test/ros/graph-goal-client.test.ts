import { execFile } from 'node:child_process';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { skip } from '../skip.js';
import { Fixture, noRos, ownDomain, PATIENCE_MS } from './harness.js';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('sage goal on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let domain = 0;

  before(async function () {
    const reason = noRos();
    if (reason !== null) skip(this, reason);
    domain = ownDomain();
    fixture = await Fixture.start(domain);
  });

  after(async () => {
    const ended = await fixture?.close();
    if (ended !== undefined) expect(ended.code, ended.stderr).to.equal(0);
  });

  /** Runs `sage goal` as a user would. */
  const sageGoal = (...args: string[]): Promise<Outcome> => {
    const env = rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });
    const argv = ['--import', 'tsx', 'src/app/main.ts', 'goal', ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, argv, { cwd: projectRoot, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  };

  it('waits for the end when asked, and shows how far it is', async () => {
    const { code, stdout, stderr } = await sageGoal('pick up the red block', '--wait', '--priority', '2');
    expect(stdout).to.match(/^satisfied: pick up the red block/);
    expect(stderr).to.include('%');
    expect(code).to.equal(0);
    expect(await fixture.reading('goal')).to.include({ text: 'pick up the red block', priority: 2 });
  });

  it('fails when the goal does, with its code', async () => {
    const { code, stdout } = await sageGoal('fail to find it', '--wait', '--json');
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.have.nested.property('result.code', 'SAGE_402');
  });

  it('leaves once the goal is taken, and the node outlives that', async () => {
    const taken = await sageGoal('pick up the green block');
    expect(taken).to.deep.include({ code: 0, stdout: 'taken: pick up the green block\n' });
    // Its result reaches nobody; the next goal is pursued all the same.
    const next = await sageGoal('pick up the blue block', '--wait');
    expect(next.stdout).to.match(/^satisfied/);
  });
});
