import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { loaderArguments, programPath } from '../program.js';
import { Events, ownDomain, PATIENCE_MS, Peer, requireRos, until } from './harness.js';

const JOINTS = '/joint_states';
const RATE_HZ = 1000;

describe('messages that come faster than they are taken', function () {
  this.timeout(4 * PATIENCE_MS);
  const folder = mkdtempSync(join(tmpdir(), 'sage-graph-flood-'));
  const children: ChildProcess[] = [];
  let domain: number;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    peer = await Peer.start(domain);
  });

  after(async () => {
    await peer?.close();
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });

  it('are taken in one turn once there is time, as many as the queue holds', async () => {
    const child = fork(programPath('test/ros/fixtures/thorough.ts'), [], {
      execArgv: [...loaderArguments],
      env: environment(),
      cwd: projectRoot,
    });
    children.push(child);
    const turns = new Events<{ turn?: number; bug?: string }>();
    child.on('message', (said: { turn?: number; bug?: string }) => turns.push(said));
    await turns.wait('the subscriber', ({ turn }) => turn === 0);
    await peer.publisher('std_msgs/msg/String', '/flood', { depth: 500 });
    const whole = turns.wait('a turn of a full queue', ({ turn }) => turn === 50);
    await until(async () => {
      for (let n = 0; n < 100; n++) await peer.publish('/flood', { data: `${n}` });
    }, whole);
    expect(turns.all.every(({ turn, bug }) => bug === undefined && turn! <= 50)).to.equal(true);
    child.disconnect();
  });

  it('are reported by the recorder where they were dropped: none is lost silently', async () => {
    const path = join(folder, 'flooded');
    const main = join(projectRoot, 'dist', 'app', 'main.js');
    const words = ['record', '--json', '--zstd', '--out', path, '--topics', JOINTS];
    const recorder = spawn(process.execPath, [main, ...words], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(recorder);
    const lines = new Events<Record<string, unknown>>();
    createInterface({ input: recorder.stdout! }).on('line', (line) => lines.push(JSON.parse(line)));
    const ended = new Promise<number | null>((resolve) => recorder.once('exit', resolve));
    await lines.wait('the recorder', (line) => line.ready === true);
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    // What it keeps for a subscriber that does not listen is few: the rest is gone.
    await peer.publisher('sensor_msgs/msg/JointState', JOINTS, { depth: 100 });
    const message = { name: ['elbow'], position: [0.5] };
    const streamed = peer.do('stream', { topic: JOINTS, message, rate_hz: RATE_HZ, count: 4000 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    recorder.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    recorder.kill('SIGCONT');
    await streamed;
    const row = await peer.message('/diagnostics', ({ status }) => status[0].name === 'sage: recording');
    expect(row.status[0]).to.deep.include({ level: 1 });
    expect(row.status[0].message).to.match(/^SAGE_1030 .*\/joint_states: about \d+ dropped/);
    recorder.kill('SIGINT');
    expect(await ended).to.equal(0);
    const stamps = await stampsOf(path);
    expect(stamps).to.deep.equal([...stamps].sort((a, b) => a - b));
    const sent = Math.round((stamps.at(-1)! - stamps[0]!) / (1e9 / RATE_HZ)) + 1;
    expect(stamps.length).to.be.below(sent);
    expect(lines.all.at(-1)?.lost).to.equal(sent - stamps.length);
  });
});

/** The stamps of the joints in a bag, ns, as they stand there. */
async function stampsOf(path: string): Promise<number[]> {
  const bag = await openBag(path, {});
  const decode = decoderOf(bag.topics.find(({ topic }) => topic === JOINTS)!);
  const stamps = [...bag.read({ topics: new Set([JOINTS]) })].map(({ data }) => {
    const { header } = decode(data) as { header: { stamp: { sec: number; nanosec: number } } };
    return header.stamp.sec * 1e9 + header.stamp.nanosec;
  });
  bag.close();
  return stamps;
}
