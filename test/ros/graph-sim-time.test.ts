import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { Events, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';

const CONFIG = join('config', 'robots', 'tabletop.yaml');

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** A command of SAGE as a process of the graph, with `use_sim_time:=true`; resolves when it is ready. */
async function start(command: 'node' | 'sim', domain: number, folder: string): Promise<Process> {
  const entry = [join(projectRoot, 'dist', 'app', 'main.js'), command, '--config', CONFIG];
  const own = command === 'sim' ? ['--json'] : [];
  const child = spawn(process.execPath, [...entry, ...own, '--ros-args', '-p', 'use_sim_time:=true'], {
    env: rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain), XDG_STATE_HOME: folder } }),
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said = new Events<string>();
  let last = '';
  const hear = (chunk: Buffer): void => {
    last = (last + chunk.toString()).slice(-4000);
    if (last.includes('"ready":true')) said.push('ready');
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.on('message', ({ kind }: { readonly kind: string }) => said.push(kind));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void ended.then((code) => said.fail(new Error(`sage ${command} ended with ${code}: ${last}`)));
  await said.wait(`sage ${command}`, (kind) => kind === 'ready');
  return { child, ended };
}

describe('simulated time: node and tabletop world with use_sim_time on the ROS graph', function () {
  this.timeout(6 * PATIENCE_MS);
  const processes: Process[] = [];
  let folder = '';
  let peer: Peer;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    folder = mkdtempSync(join(tmpdir(), 'sage-sim-time-'));
    peer = await Peer.start(domain);
    for (const [type, topic] of [
      ['rosgraph_msgs/msg/Clock', '/clock'],
      ['sage/msg/CycleReport', '/sage/cycle'],
      ['sage/msg/Decision', '/sage/decision'],
      ['sage/msg/Salience', '/sage/salience'],
      ['diagnostic_msgs/msg/DiagnosticArray', '/diagnostics'],
    ] as const) {
      await peer.do('subscribe', { type, topic });
    }
    processes.push(await start('sim', domain, folder));
    processes.push(await start('node', domain, folder));
    await peer.publisher('std_msgs/msg/String', 'sim/command');
  });

  after(async () => {
    await peer?.close();
    for (const { child, ended } of processes.reverse()) {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(killer);
    }
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const here = (): number => peer.events.all.length;
  const seconds = ({ sec, nanosec }: { sec: number; nanosec: number }) => sec + nanosec / 1e9;
  // biome-ignore lint/suspicious/noExplicitAny: messages are read field by field
  type Any = any;

  it('has the clock from the world, which publishes it without being asked twice', async () => {
    const { clock } = await peer.message('/clock');
    expect(seconds(clock)).to.be.within(1, 600);
  });

  it('runs its cycles on it, with fresh sources', async () => {
    const cycle = await peer.message('/sage/cycle', ({ header }: Any) => seconds(header.stamp) > 0);
    expect(seconds(cycle.header.stamp)).to.be.within(1, 600);
    const fresh = ({ sources }: Any) =>
      ['camera', 'joints'].every((name) => sources.some((row: Any) => row.source === name && !row.stale));
    const salience = await peer.message('/sage/salience', fresh);
    for (const { age_ms } of salience.sources) expect(age_ms).to.be.within(0, 5000);
  });

  it('survives the clock jumping back with a world that starts again: says so, continues, and sees again', async () => {
    await peer.message('/sage/cycle', ({ header }: Any) => seconds(header.stamp) > 8);
    const before = await peer.message('/sage/cycle', () => true, here());
    const from = here();
    await peer.publish('sim/command', { data: JSON.stringify({ reset_seed: 5 }) });
    const after = await peer.message('/sage/cycle', ({ jumps_back }: Any) => jumps_back > 0, from);
    expect(seconds(after.header.stamp)).to.be.lessThan(seconds(before.header.stamp));
    const decision = await peer.message(
      '/sage/decision',
      ({ reason }: Any) => reason.includes('SAGE_211'),
      from,
    );
    expect(decision.reason).to.match(/SAGE_211 clock: clock jumped back: by \d+\.\d+ s/);
    const later = await peer.message('/sage/cycle', ({ cycle }: Any) => cycle > after.cycle + 40, from);
    expect(later.jumps_back).to.equal(after.jumps_back);
    expect(seconds(later.header.stamp)).to.be.greaterThan(seconds(after.header.stamp));
    const sees = (name: string, until_s: number) => (message: Any) =>
      seconds(message.header.stamp) > seconds(after.header.stamp) &&
      seconds(message.header.stamp) < until_s &&
      message.sources.some((row: Any) => row.source === name && !row.stale && row.age_ms < 500);
    await peer.message('/sage/salience', sees('joints', seconds(before.header.stamp)), from);
    // The new world's renderer takes its time to start.
    await peer.message('/sage/salience', sees('camera', 600), here());
    const rows = ({ status }: Any) => status.find(({ name }: Any) => name === 'sage: cycle');
    const { status } = await peer.message(
      '/diagnostics',
      (message: Any) => rows(message) !== undefined,
      here(),
    );
    const values = rows({ status }).values.map(({ key, value }: Any) => [key, value]);
    expect(Object.fromEntries(values).jumps_back).to.equal(String(after.jumps_back));
  });
});
