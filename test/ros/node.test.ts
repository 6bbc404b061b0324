import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import type { Decision } from '../../src/contracts/decision.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const ARM = '/arm_controller/joint_trajectory';
const GRIPPER = '/gripper_controller/commands';
const DECISION = '/sage/decision';
const DIAGNOSTICS = '/diagnostics';
const GOAL = '/sage/goal';

/** Far enough from home that the slow arm is on its way during all of these tests. */
const AWAY = [1.4, 0.3, 1.0, 0.4, 0.8, 0.5];
/** A trajectory whose end is nearer than this to where the arm is only stops it, rad. */
const STOP_RAD = 0.1;
/** The one that a CPU loads. */
const ENCODER = 'vision-refiner/encoder-int8.onnx';

interface Trajectory {
  readonly joint_names: readonly string[];
  readonly points: readonly { readonly positions: readonly number[] }[];
}

interface Status {
  readonly name: string;
  readonly level: number;
  readonly message: string;
  readonly values: readonly { readonly key: string; readonly value: string }[];
}

/** The node as it is installed, between drivers that can be made to misbehave and an observer. */
describe('the node among bad data', function () {
  this.timeout(5 * PATIENCE_MS);
  const urdf = readFileSync(join(projectRoot, 'config', 'urdf', 'tabletop-arm.urdf'), 'utf8');
  let folder = '';
  let domain = 0;
  let peer: Peer;
  let robot: Peer;
  let node: SageProcess;

  const startNode = (): Promise<SageProcess> =>
    SageProcess.start('node', {
      domain,
      parameters: {
        'node.state_folder': folder,
        'models.folder': join(folder, 'models'),
        'models.restart_max_ms': 1000,
        // The drivers are Python on a machine that may be busy; the arm is slow, so that it does not arrive.
        'camera.stale_ms': 1500,
        'kernel.joints_stale_ms': 1500,
        'robot.speed_scale': 0.01,
      },
    });

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    folder = mkdtempSync(join(tmpdir(), 'sage-node-'));
    cpSync(join(projectRoot, 'models'), join(folder, 'models'), { recursive: true });
    // Else this member of the family would stand in for the one that is spoilt, and the node would not be blind.
    rmSync(join(folder, 'models', 'vision-refiner-coarse.json'));
    [peer, robot] = await Promise.all([Peer.start(domain), Peer.start(domain, 'robot.py')]);
    for (const [type, topic] of [
      ['trajectory_msgs/msg/JointTrajectory', ARM],
      ['std_msgs/msg/Float64MultiArray', GRIPPER],
      ['sage/msg/Decision', DECISION],
      ['sage/msg/IrpTelemetry', '/sage/telemetry'],
      ['diagnostic_msgs/msg/DiagnosticArray', DIAGNOSTICS],
    ]) {
      await peer.do('subscribe', { type, topic });
    }
    await robot.do('joints', { mode: 'good', position: AWAY });
    await robot.do('camera', { mode: 'good' });
    node = await startNode();
    await peer.publisher('std_msgs/msg/String', GOAL);
  });

  after(async () => {
    await node?.end();
    await robot?.close();
    await peer?.close();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const here = (): number => peer.events.all.length;
  const say = (data: string): Promise<unknown> => peer.publish(GOAL, { data });

  const decision = (fits: (decision: Decision) => boolean, from: number): Promise<Decision> =>
    peer.events.wait(
      'a decision',
      ({ topic, message }) => {
        if (topic !== DECISION) return false;
        const made = JSON.parse((message as unknown as { record_json: string }).record_json) as Decision;
        return fits(made) && made;
      },
      from,
    );

  const row = (fits: (row: Status) => boolean, from: number): Promise<Status> =>
    peer.events.wait(
      'a row of /diagnostics',
      ({ topic, message }) =>
        topic === DIAGNOSTICS && (message as unknown as { status: Status[] }).status.find(fits),
      from,
    );

  /** A coded error, in the decision record and on /diagnostics. */
  const named = async (code: string, from: number): Promise<void> => {
    const [made] = await Promise.all([
      decision(({ faults }) => faults.some((fault) => fault.code === code), from),
      row(({ level, message }) => level > 0 && message.startsWith(code), from),
    ]);
    expect(made.faults.find((fault) => fault.code === code)?.text).to.not.equal('');
  };

  /** The record says that it is over. */
  const over = (code: string, from: number): Promise<Decision> =>
    decision(({ faults, reason }) => reason.includes(code) && !faults.some((now) => now.code === code), from);

  /** Whether a trajectory goes anywhere; one that only brakes ends where it began. */
  const goes = ({ points }: Trajectory): boolean => {
    const ends = points.map(({ positions }) => positions);
    const [first, last] = [ends[0] ?? [], ends.at(-1) ?? []];
    return first.some((value, joint) => Math.abs(value - (last[joint] ?? value)) > STOP_RAD);
  };
  const motions = (from: number): number =>
    peer.events.all
      .slice(from)
      .filter(({ topic, message }) => topic === ARM && goes(message as unknown as Trajectory)).length;
  const inMotion = (from: number): Promise<Trajectory> => peer.message(ARM, goes, from);
  const stopped = (from: number): Promise<Trajectory> =>
    peer.message(ARM, (sent: Trajectory) => !goes(sent), from);

  /** Two more rounds of /diagnostics, in which the node could have done what it must not do. */
  const aWhile = async (): Promise<void> => {
    for (let rounds = 0; rounds < 2; rounds++) await peer.message(DIAGNOSTICS, () => true, here());
  };

  const hostRow = (fits: (row: Status) => boolean, from: number): Promise<Status> =>
    row((status) => status.name === 'sage: model host' && fits(status), from);
  const entryOf = ({ values }: Status, wanted: string): string =>
    values.find(({ key }) => key === wanted)?.value ?? '';
  const hostPid = async (): Promise<number> =>
    Number(entryOf(await hostRow(({ message }) => message === 'ready', here()), 'pid'));

  it('does not move without a URDF (SAGE_301), whatever the command', async () => {
    const from = here();
    await say('go home');
    await say('release');
    await named('SAGE_301', from);
    await aWhile();
    expect(peer.events.all.filter(({ topic }) => topic === ARM || topic === GRIPPER)).to.deep.equal([]);
  });

  it('does not move on a malformed URDF (SAGE_302), and takes up its goal with a good one', async () => {
    const from = here();
    await robot.do('urdf', { text: urdf.replace('</robot>', '') });
    await named('SAGE_302', from);
    await aWhile();
    expect(peer.events.all.filter(({ topic }) => topic === ARM || topic === GRIPPER)).to.deep.equal([]);
    const good = here();
    await robot.do('urdf', { text: urdf });
    await over('SAGE_302', good);
    const { joint_names } = await inMotion(good);
    expect(joint_names).to.have.length(6);
    expect(node.running).to.equal(true);
  });

  it('brakes on a malformed URDF under way, and continues with the next good one', async () => {
    const from = here();
    await robot.do('urdf', { text: '<robot name="half"><link name="base_link"/>' });
    await named('SAGE_302', from);
    await stopped(from);
    const held = here();
    await aWhile();
    expect(motions(held)).to.equal(0);
    const good = here();
    await robot.do('urdf', { text: urdf });
    await over('SAGE_302', good);
    await inMotion(good);
  });

  for (const [what, code, source, mode] of [
    ['truncated images', 'SAGE_201', 'camera', 'truncated'],
    ['images in an unknown encoding', 'SAGE_202', 'camera', 'encoding'],
    ['joints that are NaN', 'SAGE_203', 'joints', 'nan'],
    ['joints that the URDF does not have', 'SAGE_204', 'joints', 'foreign'],
  ] as const) {
    it(`brakes on ${what} (${code}), and continues when they are good again`, async () => {
      const from = here();
      await robot.do(source, { mode });
      await named(code, from);
      await stopped(from);
      const held = here();
      await aWhile();
      expect(motions(held)).to.equal(0);
      const good = here();
      await robot.do(source, { mode: 'good' });
      await over(code, good);
      await inMotion(good);
      expect(node.running).to.equal(true);
    });
  }

  it('says on the topic what it did not understand (SAGE_401), and continues with its goal', async () => {
    const from = here();
    await say('sing a song');
    await named('SAGE_401', from);
    const made = await decision(({ reason }) => reason.includes('"sing a song" rejected'), from);
    expect(made.goal?.text).to.equal('go home');
    await aWhile();
    expect(peer.events.all.slice(from).filter(({ topic }) => topic === ARM)).to.deep.equal([]);
  });

  it('tells the action client what it did not understand (SAGE_401)', async () => {
    const from = here();
    const goal = { text: 'do not pick up the red block' };
    await peer.do('goal', { type: 'sage/action/Pursue', action: '/sage/pursue', goal, as: 'unclear' });
    const { result } = await peer.events.wait(
      'a result',
      (event) => event.goal === 'unclear' && event.result !== undefined && event,
    );
    expect(result).to.include({ success: false, outcome: 'rejected', code: 'SAGE_401' });
    await named('SAGE_401', from);
    await aWhile();
    expect(peer.events.all.slice(from).filter(({ topic }) => topic === ARM)).to.deep.equal([]);
  });

  it('takes up its goal again after a crash, and not after an orderly end', async () => {
    const pid = await hostPid();
    const { goal } = await decision(({ goal: now }) => now?.text === 'go home', 0);
    await node.crash();
    const from = here();
    node = await startNode();
    const again = await decision(({ goal: now }) => now?.text === 'go home', from);
    expect(again.goal?.goal_id).to.equal(goal?.goal_id);
    await inMotion(from);
    expect(() => process.kill(pid, 0), 'the model host of the crashed node').to.throw('ESRCH');

    const ending = here();
    expect(await node.end()).to.deep.equal({ code: 0, signal: null });
    await stopped(ending);
    const third = here();
    node = await startNode();
    await aWhile();
    expect(motions(third)).to.equal(0);
    await say('look for the red block');
    const { reason } = await decision(({ goal: now }) => now !== null, third);
    expect(reason).to.include('look for the red block');
    await say('stop');
  });

  it('replaces a model host that was killed (SAGE_504), and sees again', async () => {
    await peer.message('/sage/telemetry', ({ plugin }) => plugin === 'vision', here());
    const pid = await hostPid();
    const from = here();
    process.kill(pid, 'SIGKILL');
    await named('SAGE_504', from);
    await over('SAGE_504', from);
    const ready = await hostRow(
      (status) => status.message === 'ready' && entryOf(status, 'pid') !== String(pid),
      from,
    );
    expect(Number(entryOf(ready, 'restarts'))).to.be.at.least(1);
    await peer.message('/sage/telemetry', ({ plugin }) => plugin === 'vision', here());
    expect(node.running).to.equal(true);
  });

  for (const [what, code, spoil] of [
    ['is missing', 'SAGE_501', (file: string) => rmSync(file)],
    ['was altered', 'SAGE_502', alter],
  ] as const) {
    it(`does not act on what it cannot see while a model file ${what} (${code}), and sees when it is restored`, async () => {
      const file = join(folder, 'models', ENCODER);
      const good = readFileSync(join(projectRoot, 'models', ENCODER));
      writeFileSync(file, good);
      spoil(file);
      const from = here();
      process.kill(await hostPid(), 'SIGKILL');
      await named(code, from);
      await say('pick up the red block');
      const made = await decision(({ goal }) => goal?.text === 'pick up the red block', from);
      expect(made.faults.map((fault) => fault.code)).to.include(code);
      const blind = here();
      await aWhile();
      expect(motions(blind)).to.equal(0);
      const { message } = await hostRow(({ level }) => level === 2, blind);
      expect(message).to.include(code).and.to.include(ENCODER);
      const restored = here();
      writeFileSync(file, good);
      await over(code, restored);
      await peer.message('/sage/telemetry', ({ plugin }) => plugin === 'vision', restored);
      await say('stop');
      expect(node.running).to.equal(true);
    });
  }

  it('ends in order, and leaves no goal behind', async () => {
    expect(await node.end()).to.deep.equal({ code: 0, signal: null });
    expect(existsSync(join(folder, 'goals-sage.json'))).to.equal(false);
  });
});

/** One bit of a model is not what it was; its size is. */
function alter(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
