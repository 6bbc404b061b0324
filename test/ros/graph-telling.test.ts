import { expect } from 'chai';
import { type Fixture, PATIENCE_MS, type Peer, startPair } from './harness.js';

describe('what SAGE publishes on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    const rosArgs = ['--ros-args', '-r', '__ns:=/left', '-r', '__node:=mind', '-r', 'sage/cycle:=cycles'];
    const parameters = { node: { robot_id: 'arm-7' } };
    ({ fixture, peer } = await startPair(this, parameters, rosArgs));
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const hear = async (type: string, topic: string, options: object = {}) => {
    await peer.do('subscribe', { type, topic, ...options });
    return peer.message(topic);
  };

  it('gives the metabolic state to a late subscriber at once, and again on change and every second', async () => {
    const topic = '/left/sage/metabolic_state';
    await fixture.events.wait('some cycles', (event) => event.kind === 'cycle');
    const first = await hear('sage/msg/MetabolicState', topic, { latched: true });
    expect(first).to.include({ state: 0, name: 'WAKE', energy: 75, attention_breadth: 4, atp_per_s: 1000 });
    fixture.tell({ kind: 'set', values: { state: 'CRISIS' } });
    const changed = await peer.message(topic, ({ name }) => name === 'CRISIS');
    expect(changed).to.include({ state: 4, previous: 'WAKE', reason: 'scripted' });
    const again = await peer.message(topic, ({ name, reason }) => name === 'CRISIS' && reason === '');
    const seconds = ({ header: { stamp } }: { header: { stamp: { sec: number; nanosec: number } } }) =>
      stamp.sec + stamp.nanosec / 1e9;
    expect(seconds(again) - seconds(changed)).to.be.at.least(1);
    fixture.tell({ kind: 'set', values: { state: 'WAKE' } });
  });

  it('sends telemetry with what is unknown as NaN', async () => {
    const message = await hear('sage/msg/IrpTelemetry', '/left/sage/telemetry');
    expect(message).to.deep.include({
      entity_id: 'sage',
      plugin: 'vision',
      step_idx: 3,
      steps: 4,
      e: 0.25,
      d_e: -0.05,
      halt_reason: 'slope<eps',
      contribution_to_h: 'nan',
      atp_spent: 4.5,
      cpu_ms: 22,
      policy_id: 'WAKE',
      quota_ref: '',
    });
  });

  it('sends salience, the most salient source first', async () => {
    const { sources, cycle } = await hear('sage/msg/Salience', '/left/sage/salience');
    expect(cycle).to.be.greaterThan(0);
    expect(sources.map(({ source }: { source: string }) => source)).to.deep.equal(['camera', 'joints']);
    expect(sources[0].combined).to.be.closeTo(0.7, 1e-6);
    expect(sources[0]).to.include({ age_ms: 12, stale: false });
  });

  it('sends a report of each cycle, in ATP, under the name it is remapped to', async () => {
    const report = await hear('sage/msg/CycleReport', '/left/cycles');
    expect(report).to.deep.include({
      state: 'WAKE',
      atp_total: 50,
      atp_allocated: 20,
      atp_spent: 5,
      atp_reserve: 25,
      running: ['vision'],
      overruns: 0,
      jumps_back: 1,
      rate_hz: 20,
      memories: 40,
      memories_merged: 12,
      outcomes_learned: 2,
    });
    const next = await peer.message('/left/cycles', ({ cycle }) => cycle === report.cycle + 1);
    expect(next.period_ms).to.be.greaterThan(0);
  });

  it('sends decisions with the whole record as JSON', async () => {
    const decision = await hear('sage/msg/Decision', '/left/sage/decision');
    expect(decision).to.include({ action: 'nothing', reason: 'scripted', salient_source: 'camera' });
    const record = JSON.parse(decision.record_json);
    expect(record).to.include({ decision_id: decision.decision_id, cycle: decision.cycle });
  });

  it('sends diagnostics with a row per source and block, the hardware id, and the rows of the kernel', async () => {
    const { status } = await hear('diagnostic_msgs/msg/DiagnosticArray', '/left/diagnostics');
    const names = status.map(({ name }: { name: string }) => name);
    const due = ['graph', 'camera', 'camera_info', 'camera_pose', 'joints', 'audio'];
    due.push('battery', 'emergency_stop', 'goal', 'robot_description', 'arm', 'gripper', 'kernel');
    expect(names).to.deep.equal(due.map((name) => `sage: ${name}`));
    const row = (name: string) => status.find((entry: { name: string }) => entry.name === `sage: ${name}`);
    expect(row('graph')).to.deep.include({
      level: 0,
      message: 'lifecycle active',
      hardware_id: 'arm-7',
    });
    expect(row('camera')).to.include({ level: 3, message: 'SAGE_205 source stale: no message yet' });
    expect(row('battery')).to.include({ level: 0 });
    expect(row('kernel').values).to.deep.equal([{ key: 'cycles', value: '1' }]);
  });

  it('renames the main node alone, and puts every node into the namespace', async () => {
    const { nodes } = (await peer.do('nodes')) as { nodes: string[] };
    const blocks = ['camera', 'joints', 'battery', 'emergency_stop', 'goal', 'robot_description'];
    expect(nodes).to.include.members([
      '/left/mind',
      ...[...blocks, 'arm', 'gripper'].map((block) => `/left/sage_${block}`),
    ]);
  });
});
