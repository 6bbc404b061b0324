import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { Events } from './harness.js';

/** A real process of `sage record --json`. */
export class RecorderProcess {
  /** What it said as JSON. */
  readonly lines = new Events<Record<string, unknown>>();
  readonly ended: Promise<number | null>;
  private said = '';

  private constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => this.lines.push(JSON.parse(line)));
    child.stderr!.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4000);
    });
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Resolves when it says that it is ready. */
  static async start(domain: number, words: readonly string[]): Promise<RecorderProcess> {
    const main = join(projectRoot, 'dist', 'app', 'main.js');
    const child = spawn(process.execPath, [main, 'record', '--json', ...words], {
      env: rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const made = new RecorderProcess(child);
    await made.lines.wait('the recorder', (line) => line.ready === true);
    return made;
  }

  /** The last that it told people. */
  get told(): string {
    return this.said;
  }

  /** Its last line. */
  get result(): Record<string, unknown> {
    return this.lines.all.at(-1) ?? {};
  }

  kill(): void {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
  }
}
