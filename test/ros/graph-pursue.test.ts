import { expect } from 'chai';
import { type Fixture, PATIENCE_MS, type Peer, startPair } from './harness.js';

const TYPE = 'sage/action/Pursue';
const ACTION = '/sage/pursue';
/** action_msgs/GoalStatus. */
const SUCCEEDED = 4;
const CANCELED = 5;
const ABORTED = 6;

describe('the Pursue action and the services on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;
  let goals = 0;

  before(async function () {
    const parameters = { kernel: { goal_queue_max: 3 } };
    ({ fixture, peer } = await startPair(this, parameters));
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  /** Sends a goal; resolves with its name and whether it was accepted. */
  const send = async (goal: object): Promise<{ name: string; accepted: boolean }> => {
    const name = `goal ${++goals}`;
    await peer.do('goal', { type: TYPE, action: ACTION, goal, as: name });
    const accepted = await peer.events.wait(
      'acceptance',
      (event) => event.goal === name && event.accepted !== undefined && { value: event.accepted },
    );
    return { name, accepted: accepted.value };
  };
  const resultOf = (name: string) =>
    peer.events.wait('a result', (event) => event.goal === name && event.result !== undefined && event);
  const feedbackOf = (name: string) =>
    peer.events.all.filter((event) => event.goal === name && event.feedback !== undefined);
  const feedback = (name: string, count: number) =>
    peer.events.wait('feedback', () => feedbackOf(name).length >= count);

  it('hands a goal over, and reports progress and outcome', async () => {
    const { name, accepted } = await send({ text: 'pick up the red block', priority: 2, deadline_s: 60 });
    expect(accepted).to.equal(true);
    const reading = await fixture.reading('goal', ({ text }) => text === 'pick up the red block');
    expect(reading).to.include({ priority: 2, deadline_s: 60 });
    expect(reading.goal_id).to.match(/^[0-9a-f]{32}$/);
    const { status, result } = await resultOf(name);
    expect(status).to.equal(SUCCEEDED);
    expect(result).to.include({ success: true, outcome: 'satisfied', code: '', progress: 1 });
    const progress = feedbackOf(name).map((event) => Number(event.feedback?.progress));
    expect(progress.length).to.be.greaterThan(3);
    expect(progress).to.deep.equal([...progress].sort((a, b) => a - b));
    expect(feedbackOf(name).at(-1)?.feedback).to.include({ step: 'reach', metabolic_state: 'WAKE' });
  });

  it('ends a goal that failed as aborted, with its code and reason', async () => {
    const { name } = await send({ text: 'fail to find it' });
    const { status, result } = await resultOf(name);
    expect(status).to.equal(ABORTED);
    expect(result).to.deep.include({
      success: false,
      outcome: 'failed',
      code: 'SAGE_402',
      reason: 'scripted failed',
    });
  });

  it('keeps telling that a goal continues without news, and cancels it when asked', async () => {
    const { name } = await send({ text: 'wait forever' });
    await feedback(name, 3);
    const { canceling } = await peer.do('cancel', { as: name });
    expect(canceling).to.equal(1);
    const { goal_id } = await fixture.reading('goal', ({ text }) => text === 'wait forever');
    await fixture.reading(
      'operator',
      ({ request, argument }) => request === 'cancel' && argument === goal_id,
    );
    const { status, result } = await resultOf(name);
    expect(status).to.equal(CANCELED);
    expect(result).to.include({ success: false, outcome: 'cancelled' });
  });

  for (const [what, goal, code] of [
    ['an empty text', { text: ' ' }, 'SAGE_401'],
    ['a text of 501 characters', { text: 'x'.repeat(501) }, 'SAGE_407'],
    ['a priority of 11', { text: 'go home', priority: 11 }, 'SAGE_208'],
    ['a deadline of -1 s', { text: 'go home', deadline_s: -1 }, 'SAGE_208'],
    ['a deadline that is no number', { text: 'go home', deadline_s: 'nan' }, 'SAGE_208'],
  ] as const) {
    it(`ends ${what} at once as rejected (${code})`, async () => {
      const from = fixture.events.all.length;
      const { name } = await send(goal);
      const { status, result } = await resultOf(name);
      expect(status).to.equal(ABORTED);
      expect(result).to.include({ outcome: 'rejected', code });
      const readings = fixture.events.all.slice(from).filter(({ kind }) => kind === 'reading');
      expect(readings).to.deep.equal([]);
    });
  }

  it('refuses one goal more than there is room for', async () => {
    const names = [];
    for (let count = 0; count < 3; count++) names.push((await send({ text: `forever ${count}` })).name);
    expect((await send({ text: 'forever 4' })).accepted).to.equal(false);
    for (const name of names) await peer.do('cancel', { as: name });
    for (const name of names) expect((await resultOf(name)).result).to.include({ outcome: 'cancelled' });
    const { name, accepted } = await send({ text: 'there is room again' });
    expect(accepted).to.equal(true);
    expect((await resultOf(name)).status).to.equal(SUCCEEDED);
  });

  it('rejects a goal while the node is not active', async () => {
    const change = (id: number) =>
      peer.call('lifecycle_msgs/srv/ChangeState', '/sage/change_state', { transition: { id } });
    await change(4);
    const { name } = await send({ text: 'go home' });
    expect((await resultOf(name)).result).to.include({ outcome: 'rejected', code: 'SAGE_707' });
    await change(3);
  });

  it('serves stop and resume', async () => {
    for (const request of ['stop', 'resume']) {
      const from = fixture.events.all.length;
      const response = await peer.call('std_srvs/srv/Trigger', `/sage/${request}`);
      expect(response).to.include({ success: true });
      await fixture.reading('operator', (reading) => reading.request === request, from);
    }
  });

  it('explains a decision, and says when it is not kept', async () => {
    expect(await peer.call('sage/srv/Explain', '/sage/explain', { cycle: 7 })).to.deep.equal({
      found: true,
      text: 'cycle 7, scripted',
      record_json: '{"a":1}',
    });
    const missing = await peer.call('sage/srv/Explain', '/sage/explain', { cycle: 5000 });
    expect(missing).to.include({ found: false, record_json: '' });
    expect(missing.text).to.contain('5000');
  });

  it('ends goals under way with a result when the node closes, and leaves cleanly', async () => {
    const { name } = await send({ text: 'forever, until the node goes' });
    await feedback(name, 1);
    const closed = await fixture.close();
    expect(closed).to.deep.equal({ code: 0, signal: null, stderr: '' });
    const { result } = await resultOf(name);
    expect(result).to.include({ outcome: 'cancelled', reason: 'the node is shutting down' });
  });
});
