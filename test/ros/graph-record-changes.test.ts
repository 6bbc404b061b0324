import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { RecorderProcess } from './recorder-process.js';

const STRING = 'std_msgs/msg/String';

describe('sage record of publishers that change', function () {
  this.timeout(4 * PATIENCE_MS);
  const folder = mkdtempSync(join(tmpdir(), 'sage-graph-changes-'));
  let domain: number;
  let peer: Peer;
  let other: Peer | null = null;
  const recorders: RecorderProcess[] = [];

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    peer = await Peer.start(domain);
  });

  after(async () => {
    await peer?.close();
    await other?.close();
    for (const recorder of recorders) recorder.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function record(...words: string[]): Promise<RecorderProcess> {
    const recorder = await RecorderProcess.start(domain, words);
    recorders.push(recorder);
    return recorder;
  }

  /** Says it again and again until the recorder tells people something of this kind. */
  async function sayUntilTold(
    recorder: RecorderProcess,
    as: string,
    data: string,
    told: RegExp,
  ): Promise<void> {
    await eventually(async () => {
      await peer.publish(as, { data });
      return told.test(recorder.told);
    });
  }

  async function wordsOf(path: string, topic: string): Promise<Set<string>> {
    const bag = await openBag(path, {});
    const decode = decoderOf(bag.topics.find((found) => found.topic === topic)!);
    const words = [...bag.read({ topics: new Set([topic]) })].map(
      ({ data }) => decode(data) as { data: string },
    );
    bag.close();
    return new Set(words.map(({ data }) => data));
  }

  it('hears one that comes later and offers less, and says that another type is not recorded', async () => {
    const path = join(folder, 'later');
    await peer.do('publisher', { type: STRING, topic: '/talk/a', as: 'first' });
    const recorder = await record('--out', path, '--topics', '/talk/*', '--exclude', '/talk/not');
    await peer.do('matched', { as: 'first' });
    await peer.publish('first', { data: 'first' });
    await peer.do('publisher', { type: STRING, topic: '/talk/not', as: 'not' });
    await peer.do('publisher', { type: STRING, topic: '/talk/a', as: 'second', best_effort: true });
    await sayUntilTold(recorder, 'second', 'early', /\/talk\/a: a publisher joined that is not reliable/);
    await peer.do('matched', { as: 'second' });
    for (const as of ['first', 'second']) await peer.publish(as, { data: `${as} again` });
    other = await Peer.start(domain);
    await other.do('publisher', { type: 'std_msgs/msg/Bool', topic: '/talk/a', as: 'third' });
    await sayUntilTold(
      recorder,
      'first',
      'late',
      /recorded as std_msgs\/msg\/String only; .* as std_msgs\/msg\/Bool/,
    );
    recorder.child.kill('SIGINT');
    expect(await recorder.ended).to.equal(0);
    expect(await wordsOf(path, '/talk/a')).to.include.keys('first', 'first again', 'second again', 'late');
    expect(recorder.result).to.deep.include({ topics: 1, missing: [] });
    // A topic of two types is recorded in the one found first, which the next recorders must not be left to.
    await other.close();
    other = null;
  });

  it('closes the bag cleanly, however often it is asked to stop', async () => {
    const path = join(folder, 'often');
    const recorder = await record('--out', path, '--topics', '/talk/*');
    await peer.do('matched', { as: 'first' });
    const [file] = await eventually(async () => {
      await peer.publish('first', { data: 'word' });
      return readdirSync(path).length > 0 && readdirSync(path);
    });
    expect(file).to.equal('often_0.mcap');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) recorder.child.kill(signal);
    expect(await recorder.ended).to.equal(0);
    expect(readdirSync(path)).to.include('metadata.yaml');
  });

  it('dates messages by /clock with use_sim_time, and drops what came before it but for latched topics', async () => {
    const path = join(folder, 'simulated');
    await peer.do('publisher', { type: STRING, topic: '/talk/latched', as: 'latched', latched: true });
    await peer.publish('latched', { data: 'description' });
    await peer.do('publisher', { type: 'rosgraph_msgs/msg/Clock', topic: '/clock', as: 'clock' });
    const words = ['--out', path, '--topics', '/talk/*', '--ros-args', '-p', 'use_sim_time:=true'];
    const recorder = await record(...words);
    await peer.do('matched', { as: 'first' });
    await peer.publish('first', { data: 'undated' });
    await eventually(async () => recorder.told.includes('there is no /clock yet'));
    await eventually(async () => {
      await peer.publish('clock', { clock: { sec: 1000, nanosec: 500_000_000 } });
      await peer.publish('first', { data: 'dated' });
      return readdirSync(path).length > 0;
    });
    // The description alone begins the file: a word may have overtaken the first clock, and gone undated.
    await peer.publish('first', { data: 'dated' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    recorder.child.kill('SIGINT');
    expect(await recorder.ended).to.equal(0);
    expect(await wordsOf(path, '/talk/latched')).to.have.all.keys('description');
    expect(await wordsOf(path, '/talk/a')).to.have.all.keys('dated');
    const bag = await openBag(path, {});
    expect([bag.start_ms, bag.end_ms]).to.deep.equal([1_000_500, 1_000_500]);
    bag.close();
  });

  it('says that nothing was recorded, with a code, and leaves nothing behind', async () => {
    const recorder = await record('--out', join(folder, 'none'), '--topics', '/talk/A', '--seconds', '0.5');
    expect(await recorder.ended).to.equal(1);
    expect(recorder.told).to.match(/SAGE_1031 .*nobody published \/talk\/A/);
    expect(readdirSync(folder)).not.to.include('none');
  });

  it('records what a node says it subscribes to, under unconfigured names', async () => {
    const path = join(folder, 'heard');
    await peer.do('publisher', { type: 'sage/msg/Run', topic: '/sage/run', as: 'run', latched: true });
    const topics = [{ name: 'camera/image_raw', topic: '/odd/image', type: 'sensor_msgs/msg/Image' }];
    await peer.publish('run', { header_json: JSON.stringify({ topics }) });
    await peer.do('publisher', { type: 'sensor_msgs/msg/Image', topic: '/odd/image', as: 'odd' });
    const recorder = await record('--out', path);
    await peer.do('matched', { as: 'odd' });
    await peer.publish('odd', { encoding: 'mono8', width: 1, height: 1, step: 1, data: [0] });
    await eventually(async () => readdirSync(path).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    recorder.child.kill('SIGINT');
    expect(await recorder.ended).to.equal(0);
    const { by_topic } = recorder.result as { by_topic: { topic: string; messages: number }[] };
    expect(by_topic.find(({ topic }) => topic === '/odd/image')).to.include({ messages: 1 });
  });

  it('saves a black box when the node falls silent without having left', async () => {
    const boxes = join(folder, 'boxes');
    const recorder = await record('--out', boxes, '--black-box', '20', '--after', '0.5');
    const state = '/sage/metabolic_state';
    await peer.do('publisher', { type: 'sage/msg/MetabolicState', topic: state, as: state, latched: true });
    await peer.publish(state, { name: 'WAKE' });
    // Longer than the second in which the state comes; nobody has to say anything for it to be saved.
    await eventually(async () => readdirSync(boxes).some((name) => name.includes('sage-is-silent')));
    recorder.child.kill('SIGTERM');
    expect(await recorder.ended).to.equal(0);
    expect(recorder.result.boxes).to.have.length(1);
  });
});

/** Looks again and again, for as long as anything may take. */
async function eventually<T>(look: () => Promise<T | false>): Promise<T> {
  for (let count = 0; count < PATIENCE_MS / 100; count++) {
    const found = await look();
    if (found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited in vain');
}
