import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { replayOffline } from '../../src/app/replay/session.js';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { PLAIN, recordsOf } from '../app/replay/simulated.js';
import { temporaryFolder } from '../replay/bags.js';
import { Events, Fixture, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const DOUBLE = 3;
const PATH = 'metabolism.crisis_surprise';

interface Told {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
  readonly priority: number;
  readonly deadline_s: number;
}

/** A command of the built SAGE; resolves once it says that it is ready. */
async function command(domain: number, ...words: string[]): Promise<ChildProcess> {
  const main = join(projectRoot, 'dist', 'app', 'main.js');
  const child = spawn(process.execPath, [main, ...words], {
    cwd: projectRoot,
    env: rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = new Events<string>();
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  child.stderr?.on('data', () => {});
  await said.wait(`sage ${words[0]}`, (text) => text.includes('"ready":true'));
  return child;
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()));

describe('a live run that was recorded', function () {
  this.timeout(12 * PATIENCE_MS);
  const folder = temporaryFolder();
  const bag_path = folder.path('bag');
  const log = folder.path('live.jsonl');
  const processes: SageProcess[] = [];
  let peer: Peer | null = null;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    const recorder = await command(domain, 'record', '--json', '--out', bag_path);
    const parameters = { 'node.log': log, 'node.state_folder': 'none' };
    processes.push(await SageProcess.start('sim', { domain }));
    peer = await Peer.start(domain);
    processes.push(await SageProcess.start('node', { domain, parameters }));
    await peer.publisher('std_msgs/msg/String', '/sage/goal');
    // The recorder looks for new topics four times a second; then it and the node have to find each other.
    await peer.do('heard', { topic: '/sage/inputs' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const goal = { text: 'point at the red block', priority: 4, deadline_s: 60 };
    await peer.do('goal', { type: 'sage/action/Pursue', action: '/sage/pursue', goal, as: 'acted' });
    await peer.publish('/sage/goal', { data: 'go home' });
    const value = { type: DOUBLE, double_value: 0.97 };
    await peer.call('rcl_interfaces/srv/SetParameters', '/sage/set_parameters', {
      parameters: [{ name: PATH, value }],
    });
    await peer.call('sage/srv/ManageModel', '/sage/models/swap', {
      model: 'vision-refiner',
      to: 'vision-refiner-coarse',
    });
    for (const id of [4, 3])
      await peer.call('lifecycle_msgs/srv/ChangeState', '/sage/change_state', { transition: { id } });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await peer.call('std_srvs/srv/Trigger', '/sage/stop');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await processes[1]!.end();
    const over = ended(recorder);
    recorder.kill('SIGINT');
    await over;
  });

  after(async () => {
    await peer?.close();
    for (const each of processes) await each.end();
    folder.remove();
  });

  async function inputs(): Promise<Told[]> {
    const bag = await openBag(bag_path);
    const topic = bag.topics.find((found) => found.topic === '/sage/inputs')!;
    const decode = decoderOf(topic);
    const told = [...bag.read({ topics: new Set([topic.topic]) })].map(({ data }) => decode(data) as Told);
    bag.close();
    return told;
  }

  it('has all in its bag that came over no topic of the robot', async () => {
    const told = await inputs();
    const goals = told.filter(({ kind }) => kind === 'goal');
    // Which of them came first is the graph's affair.
    const rowsOf = goals.map(({ text, priority, deadline_s }) => [text, priority, deadline_s]);
    expect(rowsOf).to.have.deep.members([
      ['point at the red block', 4, 60],
      ['go home', 0, 0],
    ]);
    const rows = told.map(({ kind, name, text }) => `${kind} ${name} ${text}`.replaceAll(/ +/g, ' ').trim());
    expect(rows).to.include.members([
      'lifecycle active',
      'lifecycle inactive',
      `parameter ${PATH}`,
      'model vision-refiner-coarse swap',
      'operator stop',
    ]);
  });

  it('is reproduced from the bag alone: every decision as in the run log, byte for byte', async () => {
    const path = folder.path('alone.jsonl');
    const result = await replayOffline({ ...PLAIN, bag: bag_path, costs: 'auto', log: path });
    expect(result).to.include({ costs: 'recorded', parted: null, inferences: 0 });
    const body = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
    const [mine, theirs] = [body(path), body(log)];
    expect(result.decisions).to.be.greaterThan(2);
    expect(mine).to.deep.equal(theirs);
    const swap = recordsOf(path).find(({ kind }) => kind === 'model');
    expect(swap).to.not.equal(undefined);
  });

  it('is played to a node that hears each goal once, with its id, and every change', async () => {
    const domain = ownDomain();
    const simTime = ['--ros-args', '-p', 'use_sim_time:=true'];
    const fixture = await Fixture.start(domain, {}, simTime);
    try {
      const main = join(projectRoot, 'dist', 'app', 'main.js');
      const player = spawn(process.execPath, [main, 'replay', bag_path, '--graph', '--json', '--rate', '2'], {
        cwd: projectRoot,
        env: rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } }),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      player.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await ended(player);
      const told = (await inputs()).filter(({ kind }) => kind === 'goal');
      await fixture.reading('operator', ({ request }) => request === 'stop');
      const goals = fixture.events.all.flatMap((event) =>
        event.kind === 'reading' && event.reading.source === 'goal' ? [event.reading] : [],
      );
      const asked = goals.map(({ goal_id, text, priority, deadline_s }) => [
        goal_id,
        text,
        priority,
        deadline_s,
      ]);
      expect(asked).to.deep.equal(
        told.map(({ name, text, priority, deadline_s }) => [name, text, priority, deadline_s]),
      );
      const changed = fixture.events.all.filter((event) => event.kind === 'parameter');
      expect(changed.map((event) => ({ ...event }))).to.deep.include({
        kind: 'parameter',
        path: PATH,
        value: 0.97,
      });
      const states = fixture.events.all.flatMap((event) => (event.kind === 'lifecycle' ? [event.state] : []));
      expect(states.slice(-2)).to.deep.equal(['inactive', 'active']);
      expect(said).to.match(
        /\/sage\/goal \(std_msgs\/msg\/String\).* not played: already contained in \/sage\/inputs/,
      );
      expect(said).to.include('a node that receives the bag publishes it itself');
    } finally {
      await fixture.close();
    }
  });
});
