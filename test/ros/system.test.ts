import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { projectRoot } from '../../scripts/env.mjs';
import type { Decision } from '../../src/contracts/decision.js';
import type { GroundTruth } from '../../src/sim/physics/truth.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const DECISION = '/sage/decision';
const TRUTH = '/sim/ground_truth';
const TELEMETRY = '/sage/telemetry';
const GOAL = '/sage/goal';
const STATE = '/sage/metabolic_state';
/** A pick takes some 15 s where nothing else runs. */
const WORK_MS = 4 * PATIENCE_MS;
/** While it holds, the tip stays where it is to within this, m. */
const STILL_M = 0.002;

type Truth = GroundTruth & { readonly stamp_s: number; readonly hand_first_frame_stamp_s: number | null };

/** The world and the node, each a process of its own, and an observer in Python. */
describe('the whole on the ROS graph', function () {
  this.timeout(6 * PATIENCE_MS);
  let folder = '';
  let peer: Peer;
  let world: SageProcess;
  let node: SageProcess;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    folder = mkdtempSync(join(tmpdir(), 'sage-system-'));
    peer = await Peer.start(domain);
    for (const [type, topic, depth] of [
      ['sage/msg/Decision', DECISION, 50],
      ['sage/msg/IrpTelemetry', TELEMETRY, 50],
      ['std_msgs/msg/String', TRUTH, 50],
    ]) {
      await peer.do('subscribe', { type, topic, depth });
    }
    [world, node] = await Promise.all([
      SageProcess.start('sim', { domain, parameters: { 'sim.seed': 3 } }),
      SageProcess.start('node', { domain, parameters: { 'node.state_folder': folder } }),
    ]);
    await peer.publisher('std_msgs/msg/String', GOAL);
    await peer.publisher('std_msgs/msg/String', '/sim/command');
  });

  after(async () => {
    await peer?.close();
    const ends = [await node?.end(), await world?.end()];
    if (folder !== '') rmSync(folder, { recursive: true });
    if (node !== undefined && world !== undefined) expect(ends.map((end) => end?.code)).to.deep.equal([0, 0]);
  });

  const here = (): number => peer.events.all.length;
  const say = (data: string): Promise<unknown> => peer.publish(GOAL, { data });
  const read = <T>(message: unknown, field: string): T =>
    JSON.parse((message as Record<string, string>)[field] ?? '') as T;

  const decision = (what: string, fits: (decision: Decision) => boolean, from: number): Promise<Decision> =>
    peer.events.wait(
      what,
      ({ topic, message }) => {
        if (topic !== DECISION) return false;
        const made = read<Decision>(message, 'record_json');
        return fits(made) && made;
      },
      from,
      WORK_MS,
    );
  const ended = (text: string, how: string, from: number): Promise<Decision> =>
    decision(`"${text}" ${how}`, ({ reason }) => reason.includes(`goal "${text}" ${how}`), from);

  const truths = (from: number): Truth[] =>
    peer.events.all
      .slice(from)
      .flatMap(({ topic, message }) => (topic === TRUTH ? [read<Truth>(message, 'data')] : []));
  const truth = (what: string, fits: (truth: Truth) => boolean, from = here()): Promise<Truth> =>
    peer.events.wait(
      what,
      ({ topic, message }) => {
        if (topic !== TRUTH) return false;
        const now = read<Truth>(message, 'data');
        return fits(now) && now;
      },
      from,
      WORK_MS,
    );
  const held = ({ blocks }: Truth): readonly string[] =>
    blocks.filter((block) => block.held).map(({ colour }) => colour);

  it('tells a late subscriber at once which metabolic state it is in', async () => {
    // What was sent before the subscription can only come latched. A new state may be sent in between, once a second.
    let before = false;
    for (let tries = 0; tries < 5 && !before; tries++) {
      const name = `late ${tries}`;
      const since_ms = Date.now();
      await peer.do('subscribe', { type: 'sage/msg/MetabolicState', topic: STATE, as: name, latched: true });
      const { header, name: state } = await peer.message(name);
      expect(state).to.be.oneOf(['WAKE', 'FOCUS', 'REST', 'DREAM', 'CRISIS']);
      before = header.stamp.sec * 1000 + header.stamp.nanosec / 1e6 < since_ms;
    }
    expect(before).to.equal(true);
  });

  it('describes its parameters with range and unit', async () => {
    const names = ['kernel.rate_hz', 'metabolism.crisis_surprise', 'robot.joints', 'no.such'];
    const { descriptors } = (await peer.call(
      'rcl_interfaces/srv/DescribeParameters',
      '/sage/describe_parameters',
      { names },
    )) as unknown as { descriptors: Record<string, unknown>[] };
    expect(descriptors.map(({ name }) => name)).to.deep.equal(names);
    const [rate, surprise, joints] = descriptors;
    expect(rate).to.include({ type: 3, read_only: true });
    expect(rate?.description).to.include('Hz');
    expect(surprise).to.deep.include({ type: 3, read_only: false });
    expect(surprise?.floating_point_range).to.have.nested.property('[0].to_value', 1);
    expect(joints).to.include({ type: 9 });
  });

  it('picks up the block that an action names, with feedback on the way', async () => {
    const goal = { text: 'pick up the red block' };
    await peer.do('goal', { type: 'sage/action/Pursue', action: '/sage/pursue', goal, as: 'pick' });
    const { status, result } = await peer.events.wait(
      'the result',
      (event) => event.goal === 'pick' && event.result !== undefined && event,
      0,
      WORK_MS,
    );
    expect(result).to.include({ success: true, outcome: 'satisfied', code: '', progress: 1 });
    expect(status).to.equal(4);
    const feedback = peer.events.all.flatMap(({ goal: name, feedback: told }) =>
      name === 'pick' && told !== undefined ? [told] : [],
    );
    expect(feedback.map(({ step }) => step)).to.include.members([
      'locate',
      'approach',
      'descend',
      'grasp',
      'lift',
    ]);
    expect(feedback.map(({ metabolic_state }) => metabolic_state)).to.include('FOCUS');
    expect(held(await truth('the red block held', () => true))).to.deep.equal(['red']);
  });

  it('sends telemetry that fits its schema', async () => {
    const file = join(projectRoot, 'config', 'telemetry.schema.json');
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));
    const sent = peer.events.all.flatMap(({ topic, message }) =>
      topic === TELEMETRY ? [envelopeOf(message)] : [],
    );
    expect(sent.map(({ plugin }) => plugin)).to.include.members(['vision', 'trajectory']);
    for (const envelope of sent) {
      const { error } = schema.safeParse(envelope);
      expect(error, JSON.stringify(envelope)).to.equal(undefined);
    }
  });

  it('stops mid-motion on request, and goes home on another', async () => {
    const from = here();
    await say('put it down');
    await ended('put it down', 'satisfied', from);
    expect(held(await truth('nothing held', () => true))).to.deep.equal([]);

    const leaving = here();
    await say('go home');
    await truth('the arm on its way', ({ moving }) => moving, leaving);
    const stopping = here();
    await say('stop');
    await ended('go home', 'cancelled', stopping);
    const { tip } = await truth('the arm at rest', ({ moving }) => !moving, stopping);

    const again = here();
    await say('go home');
    await ended('go home', 'satisfied', again);
    const home = await truth('the arm at home', ({ moving }) => !moving);
    expect(distance(home.tip.position_m, tip.position_m), 'it had been stopped short of home').to.be.above(
      0.02,
    );
  });

  it('holds while a hand is in the scene, and then picks what the topic named', async () => {
    const { blocks } = await truth('the blocks', () => true);
    const colour = blocks.find((block) => block.colour !== 'red' && block.on_table)?.colour ?? '';
    const text = `pick up the ${colour} block`;
    const from = here();
    await say(text);
    await decision('the approach', ({ goal }) => goal?.text === text && goal.step === 'approach', from);
    await truth('the arm on its way', ({ moving }) => moving, from);
    const coming = here();
    await peer.publish('/sim/command', { data: JSON.stringify({ hand: { for_s: 2 } }) });

    const seen = await truth(
      'the hand',
      (now) => now.hand_present && now.hand_first_frame_stamp_s !== null,
      coming,
    );
    const crisis = await decision('the crisis', ({ state }) => state === 'CRISIS', coming);
    expect(crisis.stamp_ms / 1000, 'the crisis comes of the hand').to.be.above(
      seen.hand_first_frame_stamp_s ?? 0,
    );
    expect(crisis.action).to.match(/^hold/);
    const rest = await truth(
      'the arm at rest',
      ({ moving, stamp_s }) => !moving && 1000 * stamp_s > crisis.stamp_ms,
      coming,
    );
    const clear = await decision(
      'the end of the crisis',
      ({ state, stamp_ms }) => state !== 'CRISIS' && stamp_ms > crisis.stamp_ms,
      coming,
    );
    const meanwhile = truths(coming).filter(
      ({ stamp_s }) => stamp_s >= rest.stamp_s && 1000 * stamp_s < clear.stamp_ms,
    );
    expect(meanwhile.length).to.be.above(3);
    for (const { tip } of meanwhile) {
      expect(distance(tip.position_m, rest.tip.position_m)).to.be.below(STILL_M);
    }
    await ended(text, 'satisfied', coming);
    expect(held(await truth('the block held', () => true))).to.deep.equal([colour]);
  });

  it('did all this without a collision, a broken limit or a refused trajectory', async () => {
    const { violations, violation_count, trajectories_rejected } = await truth('the last word', () => true);
    expect(violations).to.deep.equal([]);
    expect({ violation_count, trajectories_rejected }).to.deep.equal({
      violation_count: 0,
      trajectories_rejected: 0,
    });
  });
});

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, axis) => value - (b[axis] ?? Number.NaN)));
}

/** The envelope that a telemetry message stands for: NaN and empty text are what is left open. */
function envelopeOf(message: unknown): Record<string, unknown> & { readonly plugin: string } {
  const sent = message as Record<string, number | string>;
  const number = (value: unknown): unknown => (value === 'nan' ? null : value);
  const word = (value: unknown): unknown => (value === '' ? null : value);
  return {
    entity_id: word(sent.entity_id),
    plugin: String(sent.plugin),
    job_id: sent.job_id,
    step_idx: sent.step_idx,
    E: sent.e,
    dE: number(sent.d_e),
    steps: sent.steps,
    halt_reason: word(sent.halt_reason),
    halt_detail: sent.halt_detail,
    trust: {
      monotonicity_ratio: sent.monotonicity_ratio,
      dE_variance: sent.d_e_variance,
      contribution_to_H: number(sent.contribution_to_h),
    },
    budget: { ATP_spent: sent.atp_spent, time_ms: sent.time_ms, cpu_ms: sent.cpu_ms },
    LRC_context: { policy_id: sent.policy_id, quota_ref: word(sent.quota_ref) },
  };
}
