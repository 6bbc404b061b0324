import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { Fixture, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const TYPE = 'sage/srv/SetMetabolicState';
const SERVICE = '/sage/set_metabolic_state';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of SAGE in a domain. */
function runSage(domain: number, args: readonly string[]): Promise<Ran> {
  const env = rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });
  const argv = [join(projectRoot, 'dist', 'app', 'main.js'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd: projectRoot, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('asking for a metabolic state on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let domain = 0;
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    [fixture, peer] = await Promise.all([Fixture.start(domain), Peer.start(domain)]);
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const here = (): number => fixture.events.all.length;

  it('reaches the kernel through the service, in any case', async () => {
    const from = here();
    const answer = await peer.call(TYPE, SERVICE, { state: 'rest' });
    expect(answer).to.deep.equal({ success: true, message: 'REST requested' });
    const reading = await fixture.reading('operator', ({ request }) => request === 'state', from);
    expect(reading).to.include({ argument: 'REST' });
  });

  it('is refused by its code where there is no such state', async () => {
    const from = here();
    const { success, message } = await peer.call(TYPE, SERVICE, { state: 'asleep' });
    expect(success).to.equal(false);
    expect(message).to.match(/^SAGE_807 .*"asleep".*Choose WAKE, FOCUS, REST, DREAM or CRISIS/);
    await peer.call(TYPE, SERVICE, { state: 'WAKE' });
    const reading = await fixture.reading('operator', ({ request }) => request === 'state', from);
    expect(reading, 'the first that came').to.include({ argument: 'WAKE' });
  });

  const sage = (...args: string[]): Promise<Ran> => runSage(domain, args);

  it('reaches it by the command', async () => {
    const from = here();
    const { code, stdout, stderr } = await sage('state', 'dream', '--json');
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({
      state: 'DREAM',
      success: true,
      message: 'DREAM requested',
    });
    await fixture.reading('operator', ({ argument }) => argument === 'DREAM', from);
  });

  it('fails with one clear line where the command is given another word', async () => {
    const { code, stdout, stderr } = await sage('state', 'asleep');
    expect(code).to.not.equal(0);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/SAGE_807 unknown metabolic state/);
  });
});

describe('the metabolic state of a running node', function () {
  this.timeout(4 * PATIENCE_MS);
  let domain = 0;
  let node: SageProcess;

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    node = await SageProcess.start('node', { domain, parameters: { 'node.state_folder': 'none' } });
  });
  after(() => node?.end());

  it('is printed by the command, with the reason and the energy', async () => {
    const { code, stdout, stderr } = await runSage(domain, ['state']);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^(WAKE|FOCUS|REST|DREAM|CRISIS) for [\d.]+ (ms|s|min): .+; energy \d+ of 100\n$/,
    );
    const told = JSON.parse((await runSage(domain, ['state', '--json'])).stdout) as object;
    expect(told).to.have.all.keys('state', 'reason', 'energy', 'time_in_state_s');
  });
});
