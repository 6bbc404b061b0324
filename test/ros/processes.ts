import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/env.mjs';
import type { NodeMessage } from '../../src/contracts/status.js';
import { passOnErrors } from '../child-output.js';
import { type Ended, ended, endedAtLast, running } from './harness/child.js';
import { Events } from './harness/events.js';

export interface SageOptions {
  readonly domain: number;
  /** ROS parameters by dotted name. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: NodeJS.ProcessEnv;
}

const TABLETOP = join(projectRoot, 'config', 'robots', 'tabletop.yaml');

/** A real process of the built SAGE, started as `sage up` does: through bin/with-ros, with an IPC channel. */
export class SageProcess {
  readonly messages = new Events<NodeMessage>();
  readonly ended: Promise<Ended>;
  private said = '';

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = ended(child);
    const keep = (chunk: Buffer): void => {
      this.said = (this.said + chunk.toString()).slice(-4000);
      if (this.said.includes('"ready":true')) this.messages.push({ kind: 'ready', node: name, domain_id: 0 });
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    passOnErrors(child);
    child.on('message', (message: NodeMessage) => {
      if (message.kind !== 'status') this.messages.push(message);
    });
    void this.ended.then(({ code, signal }) =>
      this.messages.fail(new Error(`${name} ended (${code ?? signal}): ${this.said}`)),
    );
  }

  /** Resolves when the process says that it is ready. */
  static async start(command: 'node' | 'sim', options: SageOptions): Promise<SageProcess> {
    const { domain, parameters = {}, env = {} } = options;
    const ros = Object.entries(parameters).flatMap(([name, value]) => ['-p', `${name}:=${value}`]);
    const own = [join(projectRoot, 'dist', 'app', 'main.js'), command, '--config', TABLETOP];
    const child = spawn(
      join(projectRoot, 'bin', 'with-ros'),
      [process.execPath, ...own, ...(command === 'sim' ? ['--json'] : []), '--ros-args', ...ros],
      {
        cwd: projectRoot,
        env: { ...process.env, ROS_DOMAIN_ID: String(domain), ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const made = new SageProcess(command, child);
    try {
      await made.messages.wait(`${command} to be ready`, ({ kind }) => kind === 'ready');
    } catch (thrown) {
      child.kill('SIGKILL');
      throw thrown;
    }
    return made;
  }

  get running(): boolean {
    return running(this.child);
  }

  /** The last that it wrote. */
  get output(): string {
    return this.said;
  }

  async crash(): Promise<Ended> {
    this.child.kill('SIGKILL');
    return await this.ended;
  }

  /** Ends it in order; by force where that takes too long. */
  async end(): Promise<Ended> {
    if (this.running) this.child.kill('SIGTERM');
    return await endedAtLast(this.child, this.ended);
  }
}
