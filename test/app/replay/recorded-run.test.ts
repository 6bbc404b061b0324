import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { buildOf } from '../../../src/app/build.js';
import { loadConfiguration } from '../../../src/app/config.js';
import { liveHeader } from '../../../src/app/replay/log-header.js';
import type { ReplayRequest } from '../../../src/app/replay/material.js';
import { replayOffline } from '../../../src/app/replay/session.js';
import type { LogHeader, LogRecord } from '../../../src/contracts/log.js';
import type { RunInput } from '../../../src/contracts/run-input.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { inputMessage } from '../../../src/ros/input-message.js';
import { type Made, temporaryFolder, text, writeMcap } from '../../replay/bags.js';
import { ownMessage, run } from './own-messages.js';
import { joints, PLAIN, recordsOf, WALL_MS } from './simulated.js';

const TABLETOP = join(projectRoot, 'test/fixtures/bags/tabletop.mcap');
const CONFIG = join(projectRoot, 'config/robots/tabletop.yaml');

/** An input that came at a time of the bag; `recorded_ms` where the recorder was told of it later. */
function input(at_ms: number, told: RunInput, recorded_ms = at_ms): Made {
  const message = inputMessage(told, { stamp_ms: WALL_MS + at_ms, cycle: 1 });
  return ownMessage('Input', '/sage/inputs', WALL_MS + recorded_ms, message);
}

function goal(at_ms: number, goal_id: string, priority = 0, recorded_ms = at_ms): Made {
  const stamps = { stamp_ms: WALL_MS + at_ms, received_ms: WALL_MS + at_ms };
  const asked = { text: 'go home', priority, deadline_s: 30 };
  const reading = { kind: 'goal', source: 'goal', ...stamps, goal_id, ...asked } as const;
  return input(at_ms, { kind: 'said', reading }, recorded_ms);
}

function operator(at_ms: number, request: 'stop' | 'resume', recorded_ms = at_ms): Made {
  const stamps = { stamp_ms: WALL_MS + at_ms, received_ms: WALL_MS + at_ms };
  const reading = { kind: 'operator', source: 'operator', ...stamps, request, argument: '' } as const;
  return input(at_ms, { kind: 'said', reading }, recorded_ms);
}

const set = (at_ms: number, value: number, recorded_ms = at_ms): Made =>
  input(
    at_ms,
    { kind: 'change', change: { kind: 'parameter', path: 'metabolism.crisis_surprise', value } },
    recorded_ms,
  );

/** Joints at 50 Hz for two seconds. */
const moving = (): Made[] => Array.from({ length: 100 }, (_, index) => joints(20 * index, 20 * index));

const kindsOf = <K extends LogRecord['kind']>(path: string, kind: K): Extract<LogRecord, { kind: K }>[] =>
  recordsOf(path).filter((record): record is Extract<LogRecord, { kind: K }> => record.kind === kind);

describe('a bag with what came to the node over no topic of the robot', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  let count = 0;
  after(() => folder.remove());

  async function replayed(messages: readonly Made[], request: Partial<ReplayRequest> = {}) {
    count += 1;
    const [bag, log] = [folder.path(`${count}.mcap`), folder.path(`${count}.jsonl`)];
    await writeMcap(
      bag,
      [...messages].sort((a, b) => a.time_ms - b.time_ms),
    );
    const result = await replayOffline({ ...PLAIN, use_sim_time: false, ...request, bag, log });
    return { log, result };
  }

  it('gives goals as they came, with id, priority and deadline, and those of the topic not twice', async () => {
    const typed = { topic: '/sage/goal', time_ms: WALL_MS + 500, data: text('go home') };
    const { log, result } = await replayed([
      ...moving(),
      typed,
      goal(500, 'by-topic'),
      goal(1000, 'by-action', 3),
    ]);
    const goals = kindsOf(log, 'goal').filter(({ status }) => status === 'accepted');
    expect(goals.map(({ goal_id }) => goal_id)).to.deep.equal(['by-topic', 'by-action']);
    const taken = kindsOf(log, 'input').filter(({ type }) => type === 'goal');
    expect(taken.map(({ stamp_ms }) => stamp_ms - WALL_MS)).to.deep.equal([500, 1000]);
    expect(result.missing).to.not.include('sage/goal');
  });

  it('reads repeated latched messages at the start of a later file once', async () => {
    const again = goal(500, 'a', 2, 1400);
    const { log } = await replayed([...moving(), goal(500, 'a', 2), again]);
    expect(kindsOf(log, 'input').filter(({ type }) => type === 'goal')).to.have.length(1);
  });

  it('takes stops, parameters and the lifecycle when they came', async () => {
    const lifecycle = input(800, { kind: 'change', change: { kind: 'lifecycle', state: 'inactive' } });
    const { log } = await replayed([
      ...moving(),
      goal(200, 'a'),
      operator(600, 'stop'),
      set(700, 0.5),
      lifecycle,
    ]);
    const ends = kindsOf(log, 'goal').filter(({ status }) => status === 'cancelled');
    expect(ends.map(({ goal_id }) => goal_id)).to.deep.equal(['a']);
    const [changed] = kindsOf(log, 'parameter');
    expect(changed).to.include({ path: 'metabolism.crisis_surprise', value: 0.5 });
    expect(changed!.cycle).to.be.within(14, 17);
    expect(kindsOf(log, 'lifecycle')).to.have.length(1);
  });

  it('leaves a parameter that does not fit out with best effort, and refuses it without', async () => {
    const made = [...moving(), set(700, -3)];
    const { log, result } = await replayed(made, { best_effort: true });
    expect(kindsOf(log, 'parameter')).to.deep.equal([]);
    expect(result.skipped[0]?.code).to.equal('SAGE_208');
    const refused = await replayed(made).catch((thrown: Error) => thrown.message);
    expect(refused).to.match(/^SAGE_208/);
  });

  it('begins with what stood when the recorder came: goals that are not over, and the parameters of then', async () => {
    const late = [
      goal(-9000, 'over', 0, 1),
      input(-8000, { kind: 'ended', goal_id: 'over', outcome: 'satisfied' }, 1),
      operator(-7000, 'stop', 1),
      operator(-6000, 'resume', 1),
      goal(-5000, 'standing', 0, 1),
      set(-4000, 0.4, 1),
      set(-3000, 0.5, 1),
    ];
    const { log } = await replayed([...moving(), ...late]);
    const accepted = kindsOf(log, 'goal').filter(({ status }) => status === 'accepted');
    expect(accepted.map(({ goal_id, cycle }) => [goal_id, cycle])).to.deep.equal([['standing', 1]]);
    expect(kindsOf(log, 'parameter').map(({ cycle, value }) => [cycle, value])).to.deep.equal([
      [1, 0.4],
      [1, 0.5],
    ]);
    expect(kindsOf(log, 'cycle')[0]!.faults.map(({ code }) => code)).to.not.include('SAGE_710');
  });

  it('begins held where a stop was not taken back, and ends what a rival or an effector had said', async () => {
    const rival = { code: 'SAGE_712', where: 'arm', text: 'another program commands it' } as const;
    const faults = [
      input(300, { kind: 'fault', source: 'arm', fault: rival }),
      input(900, { kind: 'fault', source: 'arm', fault: null }),
    ];
    const { log } = await replayed([...moving(), ...faults, operator(-100, 'stop', 1)]);
    const stopped = kindsOf(log, 'input').find(({ type }) => type === 'operator');
    expect(stopped?.cycle).to.equal(1);
    const told = kindsOf(log, 'cycle').filter(({ source_faults }) => 'arm' in source_faults);
    expect(told.length).to.be.within(11, 13);
  });
});

describe('the run that a bag is of', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  after(() => folder.remove());
  const { parameters } = loadConfiguration([]);
  const slow = { ...parameters, kernel: { ...parameters.kernel, rate_hz: 10 } };
  const plugins = ['attention', 'core', 'language', 'trajectory', 'vision'];
  const header = (): LogHeader => liveHeader(slow, plugins, []);

  async function replayed(messages: readonly Made[], request: Partial<ReplayRequest> = {}) {
    const bag = folder.path('run.mcap');
    await writeMcap(
      bag,
      [...messages].sort((a, b) => a.time_ms - b.time_ms),
    );
    return replayOffline({ ...PLAIN, use_sim_time: false, ...request, bag });
  }

  it('gives its parameters and the phase of its cycles, where no configuration is given', async () => {
    const log = folder.path('phase.jsonl');
    const result = await replayed([...moving(), run(50, header())], { log });
    expect(result.notices.join()).to.include('using the parameters of the run in the bag');
    const cycles = kindsOf(log, 'cycle').map(({ now_ms }) => now_ms - WALL_MS);
    expect(cycles.slice(0, 3)).to.deep.equal([50, 150, 250]);
    expect(result.warnings.filter(({ where }) => where !== 'plugin')).to.deep.equal([]);
    const own = await replayed([...moving(), run(50, header())], { config: [CONFIG] });
    expect(own.cycles).to.be.greaterThan(1.8 * result.cycles);
  });

  it('is reported if code, a model or a plugin has changed (SAGE_1028)', async () => {
    const made = header();
    const others = {
      ...made,
      build: { commit: null, code: 'f'.repeat(64) },
      plugins: [...plugins, 'mine'],
      models: made.models.map((model) => ({ ...model, manifest: 'e'.repeat(64) })),
    };
    const { warnings } = await replayed([...moving(), run(0, others)]);
    expect(new Set(warnings.map(({ code }) => code))).to.deep.equal(new Set(['SAGE_1028']));
    const places = warnings.map(({ where }) => where);
    expect(places).to.include.members(['code', 'model vision-refiner', 'plugin mine']);
  });

  it('is reported if it had started before, or its node was restarted (SAGE_1029)', async () => {
    const { warnings } = await replayed([...moving(), run(-20_000, header()), run(1000, header())]);
    const told = warnings.filter(({ code }) => code === 'SAGE_1029').map((warning) => warning.text);
    expect(told).to.have.length(2);
    expect(told[0]).to.include('after its first cycle');
    expect(told[1]).to.include('started again');
  });

  it('is of a build that is the same as long as nothing that decides changes', () => {
    expect(buildOf().code).to.match(/^[0-9a-f]{64}$/);
    expect(buildOf()).to.deep.equal(buildOf());
    expect(buildOf([join(projectRoot, 'package.json')]).code).to.not.equal(buildOf().code);
  });
});

describe('a model that is exchanged in a bag', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const bag = folder.path('swap.mcap');
  after(() => folder.remove());

  before(async () => {
    const original = await openBag(TABLETOP);
    const made: Made[] = [...original.read()].map(({ topic, time_ms, data }) => ({
      topic: topic.topic,
      type: topic.type,
      time_ms,
      data: new Uint8Array(data),
    }));
    const swap = {
      kind: 'model',
      event: 'swap',
      model: 'vision-refiner-coarse',
      replaced: 'vision-refiner',
      version: '1.1.0',
      sha256: {},
      reason: 'asked for',
      fault: null,
    } as const;
    const { start_ms } = original;
    original.close();
    // By the clock of that bag.
    const at_ms = start_ms - WALL_MS;
    const { text: said } = { text: 'pick up the red block' };
    const reading = {
      kind: 'goal',
      source: 'goal',
      stamp_ms: start_ms + 100,
      received_ms: start_ms + 100,
      goal_id: 'g',
      text: said,
      priority: 0,
      deadline_s: 0,
    } as const;
    made.push(input(at_ms + 100, { kind: 'said', reading }));
    made.push(input(at_ms + 2500, { kind: 'change', change: swap }));
    await writeMcap(
      bag,
      made.sort((a, b) => a.time_ms - b.time_ms),
    );
  });

  it('looks with the other model from then on, the same whether models run ahead or not', async () => {
    const request = { ...PLAIN, bag, config: [CONFIG] };
    const log = folder.path('swap.jsonl');
    const ahead = await replayOffline({ ...request, log });
    const plain = await replayOffline({ ...request, log: folder.path('plain.jsonl'), foresight: false });
    expect(plain.log_sha256).to.equal(ahead.log_sha256);
    const [swap] = kindsOf(log, 'model');
    expect(swap).to.include({ model: 'vision-refiner-coarse', replaced: 'vision-refiner', cycle: 51 });
    const without = folder.path('without.jsonl');
    await replayOffline({ ...PLAIN, bag: TABLETOP, config: [CONFIG], log: without });
    const energies = (path: string): string[] =>
      kindsOf(path, 'job')
        .filter(({ plugin, status }) => plugin === 'vision' && status === 'halted')
        .map(({ energies: found }) => JSON.stringify(found));
    const [mine, theirs] = [energies(log), energies(without)];
    expect(mine.slice(0, 3)).to.deep.equal(theirs.slice(0, 3));
    expect(mine.at(-1)).to.not.equal(theirs.at(-1));
  });
});
