import { type ChildProcess, fork } from 'node:child_process';
import { projectRoot } from '../../../scripts/env.mjs';
import { loaderArguments, programPath } from '../../program.js';
import type { FixtureCommand, FixtureMessage } from '../fixtures/protocol.js';
import { type Ended, type EndedSaying, ended, endedAtLast, lastLines, running } from './child.js';
import { Events } from './events.js';
import { environment } from './ros.js';

/** The process with the real graph and the scripted kernel. */
export class Fixture {
  readonly events = new Events<FixtureMessage>();
  readonly end: Promise<Ended>;
  private readonly said: () => string;

  private constructor(private readonly child: ChildProcess) {
    this.said = lastLines(child);
    this.end = ended(child);
    child.on('message', (message: FixtureMessage) => this.events.push(message));
    void this.end.then(({ code, signal }) =>
      this.events.fail(new Error(`the fixture ended (${code ?? signal}): ${this.said()}`)),
    );
  }

  static async start(domain: number, parameters: object = {}, rosArgs: string[] = []): Promise<Fixture> {
    const child = fork(programPath('test/ros/fixtures/node.ts'), [JSON.stringify(parameters), ...rosArgs], {
      execArgv: [...loaderArguments],
      env: environment(domain),
      cwd: projectRoot,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const fixture = new Fixture(child);
    await fixture.events.wait('the fixture to be ready', (event) => event.kind === 'ready');
    return fixture;
  }

  tell(command: FixtureCommand): void {
    this.child.send(command);
  }

  /** The next reading of a source from `from` on that fits. */
  reading(
    source: string,
    fits: (reading: Record<string, unknown>) => boolean = () => true,
    from = 0,
  ): Promise<Record<string, unknown>> {
    return this.events.wait(
      `a reading of ${source}`,
      (event) =>
        event.kind === 'reading' && event.reading.source === source && fits(event.reading) && event.reading,
      from,
    );
  }

  fault(source: string, code: string | null, from = 0): Promise<FixtureMessage> {
    return this.events.wait(
      `${code ?? 'no fault'} on ${source}`,
      (event) =>
        event.kind === 'fault' && event.source === source && (event.fault?.code ?? null) === code && event,
      from,
    );
  }

  /** Closes the graph; resolves with how the process ended and what it wrote to stderr. */
  async close(): Promise<EndedSaying> {
    if (running(this.child)) this.tell({ kind: 'close' });
    return { ...(await endedAtLast(this.child, this.end)), stderr: this.said() };
  }
}
