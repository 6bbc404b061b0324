import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const DECISION = '/sage/decision';
const DIAGNOSTICS = '/diagnostics';
const CLAIM = '/sage/claim';
const ARM = '/arm_controller/joint_trajectory';
const GOAL = '/sage/goal';
const WORK_MS = 4 * PATIENCE_MS;

interface Row {
  readonly name: string;
  readonly level: number;
  readonly message: string;
  readonly hardware_id: string;
}

describe('two nodes for one arm', function () {
  this.timeout(8 * PATIENCE_MS);
  let folder = '';
  let domain = 0;
  let peer: Peer;
  let world: SageProcess;
  let first: SageProcess;
  let second: SageProcess;

  const start = (id: string): Promise<SageProcess> =>
    SageProcess.start('node', {
      domain,
      parameters: { 'node.state_folder': join(folder, id), 'node.robot_id': id },
    });

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    folder = mkdtempSync(join(tmpdir(), 'sage-claim-'));
    peer = await Peer.start(domain);
    for (const [type, topic] of [
      ['sage/msg/Decision', DECISION],
      ['diagnostic_msgs/msg/DiagnosticArray', DIAGNOSTICS],
      ['std_msgs/msg/String', CLAIM],
    ]) {
      await peer.do('subscribe', { type, topic, depth: 50 });
    }
    [world, first] = await Promise.all([
      SageProcess.start('sim', { domain, parameters: { 'sim.seed': 3 } }),
      start('first'),
    ]);
  });

  after(async () => {
    await peer?.close();
    await Promise.all([first?.end(), second?.end(), world?.end()]);
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const here = (): number => peer.events.all.length;
  /** A row of a node's diagnostics that fits, from a moment on. */
  const row = (id: string, fits: (row: Row) => boolean, from = here()): Promise<Row> =>
    peer.events.wait(
      `a row of ${id}`,
      ({ topic, message }) =>
        topic === DIAGNOSTICS &&
        (message as unknown as { status: Row[] }).status.find(
          (status) => status.hardware_id === id && fits(status),
        ),
      from,
      WORK_MS,
    );
  const ended = (how: string, from: number): Promise<unknown> =>
    peer.events.wait(
      `the goal ${how}`,
      ({ topic, message }) =>
        topic === DECISION && String((message as unknown as { reason: string }).reason).includes(how),
      from,
      WORK_MS,
    );

  it('the later one holds, says why and refuses goals; the first continues', async () => {
    second = await start('second');
    const from = here();
    const held = await row('second', ({ name, level }) => name === 'sage: claim' && level === 2);
    expect(held.message).to.match(
      /^SAGE_808 another SAGE commands this arm: \/sage on .*, process \d+, active/,
    );
    const told = await row('first', ({ name, level }) => name === 'sage: claim' && level === 1);
    expect(told.message).to.match(/^another SAGE is waiting for this arm: \/sage on /);
    await peer.publisher('std_msgs/msg/String', GOAL);
    await peer.publish(GOAL, { data: 'go home' });
    await ended('goal "go home" satisfied', from);
    await ended('goal "go home" failed', from);
    // What came over the arm's topic came from the first one alone.
    const arm = await row('first', ({ name }) => name === 'sage: arm');
    expect(arm.message).to.equal('sending');
    expect((await row('second', ({ name, level }) => name === 'sage: arm' && level === 1)).message).to.match(
      /^SAGE_712 another node commands the arm: \d+ messages? on \/arm_controller\/joint_trajectory/,
    );
  });

  it('the later one continues when the first has crashed', async () => {
    await first.crash();
    const from = here();
    await row(
      'second',
      ({ name, message }) => name === 'sage: claim' && message.endsWith('good again'),
      from,
    );
    await peer.publish(GOAL, { data: 'point at the red block' });
    await ended('goal "point at the red block" satisfied', from);
  });

  it('a recording of the first one that is played does not hold it', async () => {
    const claims = peer.events.all.filter(({ topic }) => topic === CLAIM).map(({ message }) => message!);
    expect(claims.length).to.be.greaterThan(5);
    await peer.publisher('std_msgs/msg/String', CLAIM);
    const from = here();
    for (const claim of claims.slice(0, 40)) await peer.publish(CLAIM, claim);
    await peer.publish(CLAIM, { data: 'no claim' });
    await row('second', ({ name }) => name === 'sage: cycle', here());
    await row('second', ({ name }) => name === 'sage: cycle', here());
    const rows = peer.events.all
      .slice(from)
      .flatMap(({ topic, message }) =>
        topic === DIAGNOSTICS ? (message as unknown as { status: Row[] }).status : [],
      );
    expect(rows.filter(({ name, level }) => name === 'sage: claim' && level === 2)).to.deep.equal([]);
  });

  it('warns of trajectories that another node sends', async () => {
    await peer.publisher('trajectory_msgs/msg/JointTrajectory', ARM);
    await peer.publish(ARM, { joint_names: ['nobody'] });
    await row('second', ({ name, level, message }) => {
      return name === 'sage: arm' && level === 1 && message.startsWith('SAGE_712');
    });
  });
});
