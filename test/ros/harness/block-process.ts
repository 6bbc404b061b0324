import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../../scripts/env.mjs';
import { programArguments } from '../../program.js';
import { type Ended, type EndedSaying, ended, endedAtLast, lastLines, running } from './child.js';
import { Events } from './events.js';
import { environment } from './ros.js';

/** A block in a process of its own, as `sage block` starts it. */
export class BlockProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly end: Promise<Ended>,
    private readonly said: () => string,
  ) {}

  static async start(domain: number, name: string): Promise<BlockProcess> {
    const child = spawn(
      process.execPath,
      [...programArguments('test/ros/fixtures/block.ts'), name, '--json'],
      { env: environment(domain), cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const said = lastLines(child);
    const end = ended(child);
    const lines = new Events<string>();
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
    void end.then(({ code, signal }) =>
      lines.fail(new Error(`block ${name} ended (${code ?? signal}): ${said()}`)),
    );
    await lines.wait(`block ${name}`, (line) => line.includes('"ready":true'));
    return new BlockProcess(name, child, end, said);
  }

  /** Tells it to end, once. */
  async close(): Promise<EndedSaying> {
    if (running(this.child)) this.child.kill('SIGTERM');
    return { ...(await endedAtLast(this.child, this.end)), stderr: this.said() };
  }
}
