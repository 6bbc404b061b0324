import { expect } from 'chai';
import { trajectory } from './fixtures/fake-kernel.js';
import { type Fixture, PATIENCE_MS, type Peer, startPair } from './harness.js';

const ARM = '/arm_controller/joint_trajectory';
const GRIPPER = '/gripper_controller/commands';
const ACTIVATE = 3;
const DEACTIVATE = 4;

describe('arm, gripper and lifecycle on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    const parameters = { robot: { joints: ['shoulder', 'elbow'] } };
    ({ fixture, peer } = await startPair(this, parameters));
    await peer.do('subscribe', { type: 'trajectory_msgs/msg/JointTrajectory', topic: ARM });
    await peer.do('subscribe', { type: 'std_msgs/msg/Float64MultiArray', topic: GRIPPER });
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    await peer.message('/diagnostics', ({ status }) => status.some(isMatched('arm')));
    await peer.message('/diagnostics', ({ status }) => status.some(isMatched('gripper')));
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const change = async (id: number) => {
    const { success } = await peer.call('lifecycle_msgs/srv/ChangeState', '/sage/change_state', {
      transition: { id },
    });
    return success;
  };
  /** Waits for two more cycles of the kernel: what it asked for before has been sent, or not. */
  const twoCycles = async () => {
    for (let cycle = 0; cycle < 2; cycle++) {
      await fixture.events.wait('a cycle', ({ kind }) => kind === 'cycle', fixture.events.all.length);
    }
  };
  const act = (action: object) => fixture.tell({ kind: 'act', action: action as never });

  it('sends a trajectory as the controller wants it: now, all joints, at rest at the end', async () => {
    const from = peer.events.all.length;
    act({ kind: 'trajectory', trajectory: trajectory(0.4), purpose: 'test' });
    const message = await peer.message(ARM, () => true, from);
    expect(message.header.stamp).to.deep.equal({ sec: 0, nanosec: 0 });
    expect(message.joint_names).to.deep.equal(['shoulder', 'elbow']);
    expect(message.points).to.have.length(3);
    expect(message.points[1]).to.deep.include({
      positions: [0.2, 0.2],
      velocities: [0.4, 0.4],
      time_from_start: { sec: 0, nanosec: 500_000_000 },
    });
    expect(message.points[2].velocities).to.deep.equal([0, 0]);
    expect(message.points[2].time_from_start).to.deep.equal({ sec: 1, nanosec: 0 });
  });

  it('sends gripper values', async () => {
    const from = peer.events.all.length;
    act({ kind: 'gripper', values: [0.01, 0.02], purpose: 'test' });
    expect((await peer.message(GRIPPER, () => true, from)).data).to.deep.equal([0.01, 0.02]);
  });

  const good = trajectory(0.4);
  const last = good.points[2];
  const broken: readonly [string, string, object][] = [
    ['a position that is not finite', 'SAGE_703', { points: [{ ...last, position: [Number.NaN, 0] }] }],
    ['times that do not increase', 'SAGE_703', { points: [last, last] }],
    ['a velocity at the end', 'SAGE_703', { points: [good.points[1]] }],
    ['too few positions', 'SAGE_703', { points: [{ ...last, position: [0] }] }],
    ['no points', 'SAGE_703', { points: [] }],
    ['a joint too few', 'SAGE_709', { joints: ['shoulder'] }],
    ['another joint', 'SAGE_709', { joints: ['shoulder', 'wrist'] }],
  ];
  for (const [what, code, change] of broken) {
    it(`never sends a trajectory with ${what} (${code})`, async () => {
      const from = fixture.events.all.length;
      const sent = peer.events.all.length;
      act({ kind: 'trajectory', trajectory: { ...good, ...change }, purpose: 'test' });
      await fixture.fault('arm', code, from);
      const next = fixture.events.all.length;
      act({ kind: 'hold', trajectory: trajectory(0), purpose: 'test' });
      await fixture.fault('arm', null, next);
      const arrived = await peer.message(ARM, () => true, sent);
      expect(arrived.points[2].positions).to.deep.equal([0, 0]);
    });
  }

  it('refuses gripper values that are not finite', async () => {
    const from = fixture.events.all.length;
    act({ kind: 'gripper', values: [Number.POSITIVE_INFINITY], purpose: 'test' });
    await fixture.fault('gripper', 'SAGE_703', from);
  });

  it('sends nothing but holds while deactivated, and continues when activated again', async () => {
    fixture.tell({ kind: 'set', values: { moving: true } });
    await peer.message(ARM, isMotion, peer.events.all.length);
    expect(await change(DEACTIVATE)).to.equal(true);
    await fixture.events.wait(
      'inactive',
      (event) => event.kind === 'lifecycle' && event.state === 'inactive',
      fixture.events.all.findIndex((event) => event.kind === 'lifecycle' && event.state === 'active'),
    );
    fixture.tell({ kind: 'set', values: { holding: true } });
    await twoCycles();
    await peer.message(ARM, (message) => !isMotion(message), peer.events.all.length);
    const quiet = peer.events.all.length;
    await twoCycles();
    await peer.message(ARM, () => true, quiet);
    const during = peer.events.all.slice(quiet);
    expect(during.filter(({ topic, message }) => topic === ARM && isMotion(message))).to.deep.equal([]);
    expect(during.filter(({ topic }) => topic === GRIPPER)).to.deep.equal([]);
    fixture.tell({ kind: 'set', values: { holding: false } });
    expect(await change(ACTIVATE)).to.equal(true);
    await peer.message(ARM, isMotion, quiet);
    fixture.tell({ kind: 'set', values: { moving: false } });
  });

  it('answers a transition that its state does not allow', async () => {
    expect(await change(ACTIVATE)).to.equal(false);
    const state = (await peer.call('lifecycle_msgs/srv/GetState', '/sage/get_state')) as unknown as {
      current_state: { label: string };
    };
    expect(state.current_state.label).to.equal('active');
  });
});

function isMatched(block: string) {
  return ({ name, values }: { name: string; values: { key: string; value: string }[] }): boolean =>
    name === `sage: ${block}` && values.some(({ key, value }) => key === 'subscribers' && value === '1');
}

/** The scripted kernel moves to 0.4 and holds at 0.1. */
function isMotion(message: unknown): boolean {
  return (message as { points: { positions: number[] }[] }).points[2]?.positions[0] === 0.4;
}

describe('a node without autostart', function () {
  this.timeout(4 * PATIENCE_MS);

  it('waits unconfigured and sends nothing until it is configured and activated', async function () {
    const parameters = { node: { autostart: false } };
    const { fixture, peer } = await startPair(this, parameters);
    try {
      await peer.do('subscribe', { type: 'trajectory_msgs/msg/JointTrajectory', topic: ARM });
      await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
      const { status } = await peer.message('/diagnostics', (message) =>
        message.status.some(isMatched('arm')),
      );
      expect(status[0].message).to.equal('lifecycle unconfigured');
      fixture.tell({ kind: 'set', values: { moving: true } });
      for (const id of [1, ACTIVATE]) {
        expect(peer.events.all.filter(({ topic }) => topic === ARM)).to.deep.equal([]);
        await peer.call('lifecycle_msgs/srv/ChangeState', '/sage/change_state', { transition: { id } });
      }
      await peer.message(ARM);
      // 7: shutdown from active.
      await peer.call('lifecycle_msgs/srv/ChangeState', '/sage/change_state', { transition: { id: 7 } });
      await fixture.events.wait(
        'the end',
        (event) => event.kind === 'lifecycle' && event.state === 'finalized',
      );
    } finally {
      await peer.close();
      await fixture.close();
    }
  });
});
