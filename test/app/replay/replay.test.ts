import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { composeMind } from '../../../src/app/compose.js';
import { loadConfiguration } from '../../../src/app/config.js';
import { RunLog } from '../../../src/app/node/run-log.js';
import { BagInputs } from '../../../src/app/replay/bag-inputs.js';
import { BagNode } from '../../../src/app/replay/bag-node.js';
import { replayInference } from '../../../src/app/replay/inference.js';
import { liveHeader } from '../../../src/app/replay/log-header.js';
import type { ReplayRequest } from '../../../src/app/replay/material.js';
import { type ReplayResult, replayOffline } from '../../../src/app/replay/session.js';
import { chooseTopics, heardTopics } from '../../../src/app/replay/topic-choice.js';
import { SageError } from '../../../src/contracts/errors.js';
import { createJobRunner } from '../../../src/irp/index.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { type Made, temporaryFolder, text, texts, writeMcap } from '../../replay/bags.js';
import { PLAIN } from './simulated.js';

const BAG = join(projectRoot, 'test/fixtures/bags/tabletop.mcap');
const CONFIG = join(projectRoot, 'config/robots/tabletop.yaml');
const TABLETOP: ReplayRequest = { ...PLAIN, bag: BAG, config: [CONFIG] };

/** The lines of a log, all but its header. */
function body(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
}

async function failure(request: Partial<ReplayRequest>): Promise<SageError> {
  try {
    await replayOffline({ ...TABLETOP, ...request });
  } catch (thrown) {
    if (thrown instanceof SageError) return thrown;
    throw thrown;
  }
  throw new Error('it was replayed');
}

describe('replaying a bag offline', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const log = folder.path('one.jsonl');
  let first: ReplayResult;
  before(async () => {
    first = await replayOffline({ ...TABLETOP, log });
  });
  after(() => folder.remove());

  it('runs the real mind on it: goals are taken, vision looks, and the arm is commanded', () => {
    expect(first.cycles).to.be.within(95, 101);
    expect(first.states).to.include('FOCUS');
    expect(first.inferences).to.be.greaterThan(10);
    expect(first.actions).to.be.greaterThan(0);
    const decisions = body(log).filter((line) => line.startsWith('{"kind":"decision"'));
    expect(decisions.some((line) => line.includes('pick up the red block'))).to.equal(true);
    expect(first.skipped).to.deep.equal([]);
  });

  it('says how to have a run again where the arm of the bag does not do what is commanded now', () => {
    expect(first.faults.map(({ code }) => code)).to.include('SAGE_708');
    expect(first.notices.join()).to.include('the arm in the bag moves as recorded').and.to.include('--from');
  });

  it('writes the same bytes again, with other inference threads and two at a time on a machine that is busy', async () => {
    const again = await Promise.all([
      replayOffline({ ...TABLETOP, log: folder.path('two.jsonl'), set: ['models.threads=2'] }),
      replayOffline({ ...TABLETOP, log: folder.path('three.jsonl'), set: ['models.threads=1'] }),
    ]);
    expect(again.map(({ log_sha256 }) => log_sha256)).to.deep.equal([first.log_sha256, first.log_sha256]);
  });

  it('writes the same bytes whether models run ahead of the kernel or not, and does run them ahead', async () => {
    const plain = await replayOffline({ ...TABLETOP, log: folder.path('plain.jsonl'), foresight: false });
    expect(plain.log_sha256).to.equal(first.log_sha256);
    // What was begun for the end of the bag, and where the rhythm changed, nobody asked for.
    expect(first.inferences).to.be.greaterThan(plain.inferences);
  });

  it('runs no model where completions and costs are taken from the log, and comes to the same', async () => {
    const path = folder.path('recorded.jsonl');
    const result = await replayOffline({ ...TABLETOP, log: path, from: log, costs: 'recorded' });
    expect(result.inferences).to.equal(0);
    expect(result.parted).to.equal(null);
    expect(body(path)).to.deep.equal(body(log));
  });

  it('takes the parameters of the log it follows, and says where a changed one leads it elsewhere', async () => {
    const path = folder.path('changed.jsonl');
    const set = ['metabolism.focus_performance=0.99', 'metabolism.crisis_surprise=0.999'];
    const result = await replayOffline({
      ...TABLETOP,
      config: [],
      set,
      log: path,
      from: log,
      costs: 'recorded',
    });
    expect(result.states).to.not.include('FOCUS');
    expect(result.parted?.code).to.equal('SAGE_1024');
    expect(
      body(path).some((line) => line.startsWith('{"kind":"note"') && line.includes('SAGE_1024')),
    ).to.equal(true);
    const again = await replayOffline({
      ...TABLETOP,
      config: [],
      set,
      from: log,
      costs: 'recorded',
      log: folder.path('changed2.jsonl'),
    });
    expect(again.log_sha256).to.equal(result.log_sha256);
  });

  it('replays a part of the bag, and without what is skipped', async () => {
    const result = await replayOffline({ ...TABLETOP, start_s: 1, duration_s: 1, topics: ['/joint_states'] });
    expect(result.bag_s).to.be.closeTo(1, 0.06);
    expect(result.topics.map(({ name }) => name)).to.deep.equal(['joint_states']);
    expect(result.messages).to.be.within(95, 105);
  });

  it('begins a part of the bag with what was latched before it: the arm and the camera are where they were', async () => {
    const path = folder.path('part.jsonl');
    const part = await replayOffline({ ...TABLETOP, log: path, start_s: 2, duration_s: 0.5 });
    const early = body(path)
      .filter((line) => line.startsWith('{"kind":"input","cycle":1,'))
      .map((line) => (JSON.parse(line) as { source: string }).source);
    expect(early).to.include('robot_description').and.to.include('camera_pose');
    expect(part.faults.map(({ code }) => code)).to.not.include('SAGE_301');
  });

  it('hears topics by the names that --remap gives, and by their type with a notice', async () => {
    const remap = new Map([['/joint_states', '/arm/joint_states']]);
    const result = await replayOffline({ ...TABLETOP, remap, duration_s: 0.5 });
    expect(result.notices.join()).to.include('using /joint_states for joint_states, by its type');
    expect(result.topics.find(({ name }) => name === 'joint_states')?.topic).to.equal('/joint_states');
  });

  it('refuses a topic of another type, and continues without it with best effort', async () => {
    const remap = new Map([
      ['/joint_states', '/other'],
      ['/robot_description', '/joint_states'],
    ]);
    const error = await failure({ remap, duration_s: 0.2 });
    expect(error.code).to.equal('SAGE_1006');
    expect(error.detail).to.include('std_msgs/msg/String');
    const result = await replayOffline({ ...TABLETOP, remap, duration_s: 0.2, best_effort: true });
    expect(result.skipped.map(({ code }) => code)).to.deep.equal(['SAGE_1006']);
  });

  it('refuses a bag without any topic that it knows, and names those that it has', async () => {
    await writeMcap(folder.path('foreign.mcap'), texts(10));
    const error = await failure({ bag: folder.path('foreign.mcap') });
    expect(error.code).to.equal('SAGE_1009');
    expect(error.detail).to.include('/a (std_msgs/msg/String)');
  });

  it('refuses a message that is not what its definition says, and leaves it out with best effort', async () => {
    const goals = [
      { topic: '/sage/goal', time_ms: 1000, data: text('go home') },
      { topic: '/sage/goal', time_ms: 1100, data: new Uint8Array([0, 1, 0, 0, 200, 0, 0, 0, 65]) },
      { topic: '/sage/goal', time_ms: 1500, data: text('go home') },
    ];
    await writeMcap(folder.path('short.mcap'), goals);
    expect((await failure({ bag: folder.path('short.mcap') })).code).to.equal('SAGE_1008');
    const result = await replayOffline({ ...TABLETOP, bag: folder.path('short.mcap'), best_effort: true });
    expect(result.skipped.map(({ code }) => code)).to.deep.equal(['SAGE_1008']);
    expect(result.messages).to.equal(3);
  });

  it('reports damage once that it meets twice, and its progress', async () => {
    const bytes = readFileSync(BAG);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 0xff;
    const bag = folder.path('damaged.mcap');
    writeFileSync(bag, bytes);
    const told: (readonly [number, number | null])[] = [];
    const onProgress = (done_s: number, of_s: number | null) => told.push([done_s, of_s]);
    const result = await replayOffline({ ...TABLETOP, bag, best_effort: true, duration_s: 2, onProgress });
    expect(result.skipped.map(({ code }) => code)).to.deep.equal(['SAGE_1003']);
    expect(result.skipped_count).to.equal(1);
    expect(told).to.have.length(result.cycles);
    expect(told.at(-1)![0]).to.be.within(1.9, 2.01);
    expect(told.at(-1)![1]).to.equal(2);
  });

  it('wants a log for recorded costs, a bag for a log without inputs, and settings that exist', async () => {
    expect((await failure({ costs: 'recorded' })).code).to.equal('SAGE_901');
    expect((await failure({ bag: null, from: log, costs: 'recorded' })).code).to.equal('SAGE_901');
    expect((await failure({ set: ['hrm.atp_per_second=3'] })).code).to.equal('SAGE_101');
    expect((await failure({ set: ['hrm.atp_per_s=-3'] })).code).to.equal('SAGE_102');
    expect((await failure({ set: ['nonsense'] })).code).to.equal('SAGE_901');
    expect((await failure({ start_s: 100 })).code).to.equal('SAGE_901');
  });

  it('makes no log where its inputs cannot be made ready', async () => {
    const { subscribe } = BagNode.prototype;
    BagNode.prototype.subscribe = () => {
      throw new SageError('SAGE_1005', '/sage/goal', 'a subscription that fails');
    };
    const path = folder.path('never.jsonl');
    try {
      expect((await failure({ log: path })).code).to.equal('SAGE_1005');
    } finally {
      BagNode.prototype.subscribe = subscribe;
    }
    expect(existsSync(path)).to.equal(false);
  });

  it('comes to the same decisions as a live run whose refinements took as long as they took', async () => {
    const live = folder.path('live.jsonl');
    await runLive(live);
    const path = folder.path('from-live.jsonl');
    const result = await replayOffline({
      ...TABLETOP,
      bag: null,
      config: [],
      from: live,
      costs: 'recorded',
      log: path,
    });
    expect(result.parted).to.equal(null);
    expect(result.inferences).to.equal(0);
    const decisions = body(live).filter((line) => line.startsWith('{"kind":"decision"'));
    // How many depends on what else the machine has to do.
    expect(decisions.length).to.be.greaterThan(0);
    expect(body(path)).to.deep.equal(body(live));
    const bag = folder.path('with-log.mcap');
    await withLog(bag, readFileSync(live, 'utf8').trimEnd().split('\n'));
    const alone = await replayOffline({ ...PLAIN, bag, costs: 'auto', log: folder.path('alone.jsonl') });
    expect(alone).to.include({ parted: null, inferences: 0, costs: 'recorded' });
    expect(body(folder.path('alone.jsonl'))).to.deep.equal(body(live));
    const declared = await replayOffline({ ...PLAIN, bag, costs: 'declared', duration_s: 1 });
    expect(declared.inferences).to.be.greaterThan(0);
  });

  it('does not follow a log in the bag that begins within the run, and refuses one with cycles missing', async () => {
    const lines = readFileSync(folder.path('live.jsonl'), 'utf8').trimEnd().split('\n');
    const bag = folder.path('late.mcap');
    await withLog(bag, lines, (cycle) => cycle > 3);
    const late = await replayOffline({ ...PLAIN, bag, config: [CONFIG], costs: 'auto', duration_s: 0.5 });
    expect(late.costs).to.equal('declared');
    await withLog(bag, lines, (cycle) => cycle !== 4);
    const error = await failure({ bag, config: [], costs: 'auto' });
    expect(error.code).to.equal('SAGE_1022');
    expect(error.detail).to.include('cycle 5 follows');
  });
});

/** The bag with the log of a run in it, those lines of a cycle at a time, as the node publishes them. */
async function withLog(
  path: string,
  lines: readonly string[],
  kept: (cycle: number) => boolean = () => true,
): Promise<void> {
  const bag = await openBag(BAG);
  const made = [...bag.read()].map(({ topic, time_ms, data }): Made => {
    return { topic: topic.topic, type: topic.type, time_ms, data: new Uint8Array(data) };
  });
  const { start_ms } = bag;
  bag.close();
  const cycles = new Map<number, string[]>();
  for (const line of lines) {
    // The header comes with the first cycle, the line that ends the log with the last one.
    const { kind, cycle = kind === 'end' ? Math.max(...cycles.keys()) : 1 } = JSON.parse(line) as {
      kind: string;
      cycle?: number;
    };
    cycles.set(cycle, [...(cycles.get(cycle) ?? []), line]);
  }
  for (const [cycle, own] of cycles) {
    if (!kept(cycle)) continue;
    const time_ms = start_ms + 50 * cycle;
    made.push({ topic: '/sage/log', type: 'std_msgs/msg/String', time_ms, data: text(own.join('\n')) });
  }
  await writeMcap(
    path,
    made.sort((a, b) => a.time_ms - b.time_ms),
    { chunkSize: 1 << 20 },
  );
}

/** The bag at the pace of the wall clock, with the runner of the live node, and the log that the node writes. */
async function runLive(path: string): Promise<void> {
  const { parameters, topics } = loadConfiguration([CONFIG]);
  const bag = await openBag(BAG);
  const complain = (error: SageError): never => {
    throw error;
  };
  const choice = chooseTopics(bag, { topics, remap: new Map(), only: null, complain });
  const inference = replayInference(parameters);
  const { kernel, plugins } = composeMind(parameters, inference);
  const yieldToLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const runner = createJobRunner(plugins, { cpuNow_ms: () => performance.now(), yieldToLoop });
  const { start_ms } = bag;
  const inputs = new BagInputs({ bag, choice, parameters, start_ms, end_ms: bag.end_ms, complain });
  const ids = plugins.map(({ id }) => id);
  const observer = new RunLog(
    path,
    liveHeader(
      parameters,
      ids,
      heardTopics((name) => `/${name}`),
    ),
  );
  const begin_ms = performance.now();
  for (let now_ms = start_ms; now_ms < start_ms + 3000; now_ms = start_ms + performance.now() - begin_ms) {
    const { observations: drained } = await inputs.upTo(now_ms);
    const taken = { observations: drained, now_ms, reports: runner.drain() };
    const effects = kernel.cycle(taken);
    for (const command of effects.jobs) runner.submit(command);
    observer.cycle(taken, effects, kernel.mind.trust);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  observer.close();
  runner.close();
  inputs.close();
  bag.close();
  await inference.close();
}
