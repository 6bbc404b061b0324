import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { replayOffline } from '../../src/app/replay/session.js';
import { PLAIN, simulated } from '../app/replay/simulated.js';
import { temporaryFolder, writeMcap } from '../replay/bags.js';
import { Fixture, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const BAG = join(projectRoot, 'test/fixtures/bags/tabletop.mcap');
const BAG_START_S = 1_700_000_000;

/** `sage replay bag --graph …` to its end, or until `stop`: its exit code and the last line that it wrote. */
function play(
  domain: number,
  args: readonly string[],
  bag = BAG,
  stop?: Promise<unknown>,
): Promise<{ code: number | null; last: string; said: string }> {
  const own = [join(projectRoot, 'dist', 'app', 'main.js'), 'replay', bag, '--graph', '--json'];
  const env = rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });
  const child = spawn(process.execPath, [...own, ...args], { cwd: projectRoot, env });
  void stop?.then(() => child.kill('SIGINT'));
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  return new Promise((resolve) =>
    child.once('exit', (code) => resolve({ code, last: out.trim().split('\n').at(-1) ?? '', said })),
  );
}

/** Resolves once something is so, or when patience is at its end. */
async function waitUntil(isSo: () => boolean): Promise<void> {
  const end_ms = Date.now() + PATIENCE_MS;
  while (!isSo() && Date.now() < end_ms) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a bag on the graph', function () {
  this.timeout(4 * PATIENCE_MS);
  const domain = ownDomain();
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    const simTime = ['--ros-args', '-p', 'use_sim_time:=true'];
    [fixture, peer] = await Promise.all([Fixture.start(domain, {}, simTime), Peer.start(domain)]);
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  it('is heard by the blocks in its own time, with /clock, and steps and continues by services', async () => {
    await peer.do('subscribe', { type: 'rosgraph_msgs/msg/Clock', topic: '/clock' });
    await peer.do('subscribe', { type: 'std_msgs/msg/String', topic: '/sage/goal' });
    const ended = play(domain, ['--start-paused', '--remap', '/sage/goal:=/other/goal']);
    const first = await peer.message('/clock');
    expect(first.clock.sec).to.equal(BAG_START_S);
    const type = 'std_srvs/srv/Trigger';
    const from = fixture.events.all.length;
    for (let count = 0; count < 3; count++) {
      expect(await peer.call(type, '/sage_player/play_next')).to.include({
        success: true,
        message: 'paused',
      });
    }
    expect(await peer.call(type, '/sage_player/resume')).to.include({ success: true, message: 'playing' });
    const joints = await fixture.reading('joints', () => true, from);
    expect(Number(joints.stamp_ms) / 1000).to.be.within(BAG_START_S, BAG_START_S + 5.1);
    const image = await fixture.reading('camera', () => true, from);
    expect(Number(image.stamp_ms) / 1000).to.be.within(BAG_START_S, BAG_START_S + 5.1);
    await fixture.reading('robot_description', () => true, 0);
    await peer.message('/clock', ({ clock }) => clock.sec >= BAG_START_S + 4);
    const { code, last, said } = await ended;
    expect(code, said).to.equal(0);
    expect(JSON.parse(last)).to.include({ messages: 603, rounds: 0 });
    expect(peer.events.all.some(({ topic }) => topic === '/sage/goal')).to.equal(false);
  });

  it('plays the /clock of a bag that is stamped in the time of a simulation, and not its own', async () => {
    const folder = temporaryFolder();
    const bag = folder.path('sim.mcap');
    await writeMcap(bag, simulated(0, 10_000, 12_000));
    const from = fixture.events.all.length;
    const heard = peer.events.all.length;
    const { code, said } = await play(domain, [], bag);
    folder.remove();
    expect(code, said).to.equal(0);
    expect(said).to.include('time comes from /clock in the bag');
    const joints = await fixture.reading('joints', () => true, from);
    expect(Number(joints.stamp_ms)).to.be.within(10_000, 12_000);
    const clocks = peer.events.all.slice(heard).filter(({ topic }) => topic === '/clock');
    expect(clocks.length).to.be.within(1, 20);
  });

  it('begins each round of a part with what was latched before it', async () => {
    await peer.do('subscribe', { type: 'std_msgs/msg/String', topic: '/robot_description' });
    const from = peer.events.all.length;
    const told = (): unknown[] =>
      peer.events.all.slice(from).filter(({ topic }) => topic === '/robot_description');
    const thrice = waitUntil(() => told().length >= 3);
    const { code, last, said } = await play(
      domain,
      ['--loop', '--start', '2', '--duration', '0.4'],
      BAG,
      thrice,
    );
    expect(code, said).to.equal(0);
    expect(JSON.parse(last).rounds).to.be.greaterThan(1);
    expect(told().length).to.be.greaterThan(2);
  });

  it('drops what is not installed here, and says so', async () => {
    const { code, said } = await play(domain, ['--topics', '/nothing/of/it']);
    expect(code).to.equal(2);
    expect(said).to.include('SAGE_1009');
  });
});

describe('the log of a live run', function () {
  this.timeout(8 * PATIENCE_MS);
  const domain = ownDomain();
  const folder = temporaryFolder();
  let node: SageProcess | null = null;
  let world: SageProcess | null = null;
  let peer: Peer | null = null;

  before(function () {
    requireRos(this);
  });

  after(async () => {
    await peer?.close();
    await node?.end();
    await world?.end();
    folder.remove();
  });

  it('replays to the same decisions, byte for byte, without the graph and without a model', async () => {
    const log = folder.path('live.jsonl');
    peer = await Peer.start(domain);
    world = await SageProcess.start('sim', { domain });
    node = await SageProcess.start('node', {
      domain,
      parameters: { 'node.log': log, 'node.state_folder': 'none' },
    });
    await peer.do('subscribe', { type: 'sage/msg/Decision', topic: '/sage/decision' });
    await peer.publisher('std_msgs/msg/String', '/sage/goal');
    await peer.publish('/sage/goal', { data: 'point at the red block' });
    await peer.message('/sage/decision', ({ record_json }) => record_json.includes('point at the red block'));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await node.end();
    const path = folder.path('again.jsonl');
    const result = await replayOffline({
      ...PLAIN,
      bag: null,
      log: path,
      from: log,
      costs: 'recorded',
    });
    const body = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
    expect(result.parted).to.equal(null);
    expect(result.inferences).to.equal(0);
    expect(result.decisions).to.be.greaterThan(1);
    expect(body(path)).to.deep.equal(body(log));
  });
});
