import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { projectRoot, rosEnvironment, rosMode, rosPaths } from '../../scripts/env.mjs';
import { ownDomain, requireRos } from './harness.js';

/** What the foreign robot knows to be true of itself. */
interface Truth {
  readonly held: string | null;
  readonly blocks: Readonly<Record<string, { readonly height_m: number }>>;
  readonly pushed_m: number;
  readonly violations: readonly object[];
  readonly rejected: readonly string[];
  readonly hand: {
    readonly shown: boolean;
    readonly still_after_s: number | null;
    readonly speed_while_there: number;
  };
}

/** A pick takes ten seconds on a free machine; a hand makes it hold for a few more, and so does a machine that is busy. */
const PICK_MAX_MS = 240_000;
const ASK_EVERY_MS = 200;
const LIFTED_M = 0.05;
/** Slower than this is at rest, rad/s. */
const STILL = 0.02;

/** The robot that SAGE knows nothing of but a file of settings: test/ros/peers/foreign_robot.py. */
class ForeignRobot {
  private readonly answers: ((truth: Truth) => void)[] = [];
  private said = '';

  constructor(cell: string, env: NodeJS.ProcessEnv, args: readonly string[]) {
    const python = rosMode() === 'sourced' ? 'python3' : rosPaths().python;
    const script = join(projectRoot, 'test/ros/peers/foreign_robot.py');
    this.process = spawn(python, [script, cell, '--ask', ...args], { env, stdio: 'pipe' });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4000);
    });
    createInterface({ input: this.process.stdout! }).on('line', (line) =>
      this.answers.shift()?.(JSON.parse(line) as Truth),
    );
  }

  private readonly process: ChildProcess;

  truth(): Promise<Truth> {
    return new Promise((resolve, reject) => {
      if (this.process.exitCode !== null) reject(new Error(`the foreign robot ended: ${this.said}`));
      this.answers.push(resolve);
      this.process.stdin?.write('?\n');
    });
  }

  async close(): Promise<void> {
    this.process.stdin?.end();
    await ended(this.process);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(killer);
}

describe('a foreign robot', function () {
  this.timeout(PICK_MAX_MS + 60_000);
  let folder = '';
  let robot: ForeignRobot | null = null;
  let sage: ChildProcess | null = null;
  let told = '';

  before(function () {
    requireRos(this);
    folder = mkdtempSync(join(tmpdir(), 'sage-foreign-'));
    // that the machine is busy with other tests is no fault of a source
    writeFileSync(join(folder, 'busy.yaml'), 'kernel: {joints_stale_ms: 1500}\ncamera: {stale_ms: 3000}\n');
  });

  afterEach(async () => {
    sage?.kill('SIGTERM');
    if (sage !== null) await ended(sage);
    await robot?.close();
    robot = null;
    sage = null;
  });

  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const config = (cell: string): string => join(projectRoot, `test/ros/fixtures/foreign-${cell}.yaml`);

  function begin(cell: string, ...args: string[]): void {
    const base = { ...process.env, ROS_DOMAIN_ID: String(ownDomain()), XDG_STATE_HOME: join(folder, cell) };
    const env = rosEnvironment({ base });
    robot = new ForeignRobot(cell, env, args);
    const main = join(projectRoot, 'dist', 'app', 'main.js');
    const configs = ['--config', config(cell), '--config', join(folder, 'busy.yaml')];
    const goal = ['--goal', 'pick up the red block'];
    sage = spawn(process.execPath, [main, 'up', '--no-sim', '--plain', ...configs, ...goal], {
      cwd: projectRoot,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    told = '';
    for (const stream of [sage.stdout, sage.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        told = (told + chunk.toString()).slice(-20_000);
      });
    }
  }

  async function until(what: string, holds: (truth: Truth) => boolean): Promise<Truth> {
    const end_ms = performance.now() + PICK_MAX_MS;
    for (;;) {
      const truth = await robot!.truth();
      if (holds(truth)) return truth;
      if (performance.now() > end_ms || sage?.exitCode !== null) {
        throw new Error(`waited in vain for ${what}: ${JSON.stringify(truth)}\n${told}`);
      }
      await delay(ASK_EVERY_MS);
    }
  }

  const picked = (truth: Truth): boolean =>
    truth.held === 'red' && (truth.blocks.red?.height_m ?? 0) > LIFTED_M && told.includes('satisfied');

  function expectNoHarm(truth: Truth): void {
    expect(truth.violations, told).to.deep.equal([]);
    expect(truth.rejected, told).to.deep.equal([]);
  }

  for (const cell of ['heron', 'osprey']) {
    it(`needs a file of under 40 lines (${cell})`, () => {
      expect(readFileSync(config(cell), 'utf8').split('\n').length).to.be.lessThan(40);
    });
  }

  it('with six joints and one revolute jaw picks up the red block, and nothing is violated', async () => {
    begin('osprey');
    expectNoHarm(await until('the pick', picked));
  });

  it('with seven joints holds while somebody reaches in, then picks up the red block', async () => {
    begin('heron', '--hand-at', '0.8');
    const held = await until('the hold', ({ hand }) => hand.still_after_s !== null);
    expectNoHarm(held);
    const done = await until('the pick', picked);
    expectNoHarm(done);
    expect(told).to.include('CRISIS');
    expect(done.hand.speed_while_there, 'rad/s while the hand was there').to.be.lessThan(STILL);
  });
});
