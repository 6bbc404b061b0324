import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos, until } from './harness.js';
import { RecorderProcess } from './recorder-process.js';

describe('sage record on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  const folder = mkdtempSync(join(tmpdir(), 'sage-graph-record-'));
  let domain: number;
  let peer: Peer;
  const children: RecorderProcess[] = [];

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    peer = await Peer.start(domain);
    const description = { type: 'std_msgs/msg/String', topic: '/robot_description', latched: true };
    await peer.do('publisher', { ...description, as: '/robot_description' });
    await peer.publish('/robot_description', { data: '<robot name="a"/>' });
  });

  after(async () => {
    await peer?.close();
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function record(...words: string[]): Promise<RecorderProcess> {
    const recorder = await RecorderProcess.start(domain, words);
    children.push(recorder);
    return recorder;
  }

  const joints = (count: number) =>
    peer.do('stream', {
      topic: '/joint_states',
      message: { name: ['elbow'], position: [0.5] },
      rate_hz: 100,
      count,
    });

  it('writes what is published as it is, with definitions, and loses none of it', async () => {
    const bag_path = join(folder, 'whole');
    const { child, lines, ended } = await record(
      '--out',
      bag_path,
      '--topics',
      'joint_states',
      'robot_description',
      '/nowhere',
    );
    await peer.do('publisher', {
      type: 'sensor_msgs/msg/JointState',
      topic: '/joint_states',
      as: '/joint_states',
    });
    await peer.do('matched', { as: '/joint_states' });
    // Each of these may come before the recorder sees its publisher; of what follows none may be missing.
    await joints(50);
    await joints(300);
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    const told = lines.all.at(-1)!;
    expect(told).to.deep.include({ lost: 0, topics: 2, missing: ['/nowhere'] });
    const bag = await openBag(bag_path, {});
    const counts = new Map(bag.topics.map(({ topic, messages }) => [topic, messages]));
    expect(counts.get('/joint_states')).to.be.within(300, 350);
    expect(counts.get('/robot_description')).to.equal(1);
    const topic = bag.topics.find((found) => found.topic === '/joint_states')!;
    expect(topic.schema?.text).to.include('MSG: std_msgs/Header');
    const [first] = bag.read({ topics: new Set(['/joint_states']) });
    expect(decoderOf(topic)(first!.data)).to.deep.include({ name: ['elbow'] });
    bag.close();
  });

  it('keeps a black box, and saves it on CRISIS and on request', async () => {
    const boxes = join(folder, 'boxes');
    const { child, lines, ended } = await record('--out', boxes, '--black-box', '20', '--after', '0.2');
    const state = { type: 'sage/msg/MetabolicState', topic: '/sage/metabolic_state', latched: true };
    await peer.do('publisher', { ...state, as: state.topic });
    const say = (name: string) => peer.publish(state.topic, { name });
    await joints(50);
    await say('WAKE');
    // The states are told apart only once both have been heard.
    const saved = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (!readdirOf(boxes).some((name) => name.includes('CRISIS'))) return;
        clearInterval(look);
        resolve();
      }, 100);
    });
    await until(async () => {
      await say('WAKE');
      await new Promise((resolve) => setTimeout(resolve, 100));
      await say('CRISIS');
      await joints(30);
    }, saved);
    const { success } = await peer.call('std_srvs/srv/Trigger', '/sage_recorder/save');
    expect(success).to.equal(true);
    await joints(100);
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    const names = readdirOf(boxes);
    expect(names.some((name) => name.includes('CRISIS'))).to.equal(true);
    expect(lines.all.at(-1)?.boxes).to.have.length.at.least(1);
    const bag = await openBag(join(boxes, names.find((name) => name.includes('CRISIS'))!), {});
    const topics = bag.topics.map(({ topic }) => topic);
    bag.close();
    expect(topics).to.include.members(['/joint_states', '/robot_description', '/sage/metabolic_state']);
  });

  it('leaves a bag that can be read when it is killed', async () => {
    const bag_path = join(folder, 'killed');
    const { child, ended } = await record('--out', bag_path, '--topics', 'joint_states');
    const file = join(bag_path, 'killed_0.mcap');
    await until(() => joints(100), someBytes(file));
    child.kill('SIGKILL');
    await ended;
    const bag = await openBag(file, { best_effort: true, onFault: () => {} });
    const count = [...bag.read()].length;
    bag.close();
    expect(count).to.be.at.least(100);
  });
});

function readdirOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The recorder makes it with the first box.
    return [];
  }
}

/** Resolves once a chunk has reached the file. */
async function someBytes(file: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  for (;;) {
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 40_000) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
