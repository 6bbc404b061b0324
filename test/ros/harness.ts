import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot, rosEnvironment, rosMode, rosPaths } from '../../scripts/env.mjs';
import { skip } from '../skip.js';
import type { FixtureCommand, FixtureMessage } from './fixtures/protocol.js';

/** How long anything that must happen may take on a loaded machine, ms. Nothing is measured with it. */
export const PATIENCE_MS = 30_000;

/** Why graph tests cannot run here, or null. */
export function noRos(): string | null {
  const ready = rosMode() === 'sourced' || existsSync(join(rosPaths().ros, 'ready'));
  return ready ? null : 'ROS 2 is not set up (npm run setup)';
}

/** Skips the test, or from a `before` hook its suite, where there is no ROS. */
export function requireRos(context: Mocha.Context): void {
  const reason = noRos();
  if (reason !== null) skip(context, reason);
}

let next = 0;

/** A domain for one test file: files run one after another, other runs on this machine have other process ids. */
export function ownDomain(): number {
  next += 1;
  return 1 + ((process.pid * 7 + next) % 100);
}

function environment(domain: number): NodeJS.ProcessEnv {
  return rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });
}

/** Collects what a process says, and waits for something among it. */
export class Events<T> {
  readonly all: T[] = [];
  private readonly waiting = new Set<() => void>();
  private failure: Error | null = null;

  push(event: T): void {
    this.all.push(event);
    for (const look of [...this.waiting]) look();
  }

  fail(error: Error): void {
    this.failure ??= error;
    for (const look of [...this.waiting]) look();
  }

  /** The first event from index `from` on for which `pick` gives something. Fails with `what` in the end. */
  wait<R>(
    what: string,
    pick: (event: T) => R | undefined | false,
    from = 0,
    patience_ms = PATIENCE_MS,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let at = from;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        act();
      };
      const look = (): void => {
        for (; at < this.all.length; at++) {
          const found = pick(this.all[at]!);
          if (found === undefined || found === false) continue;
          settle(() => resolve(found));
          return;
        }
        const { failure } = this;
        if (failure !== null) settle(() => reject(failure));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`waited in vain for ${what}`))),
        patience_ms,
      );
      this.waiting.add(look);
      look();
    });
  }
}

function lastLines(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-4000);
  };
  child.stderr?.on('data', keep);
  if (child.stdio[1] !== null) child.stderr?.on('data', () => {});
  return () => text;
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/**
 * Publishes again and again until it was heard: best effort loses single messages, and a publisher that sees its
 * subscriber is not yet seen by it.
 */
export async function until<T>(publish: () => Promise<unknown>, heard: Promise<T>): Promise<T> {
  let settled = false;
  const done = heard.finally(() => {
    settled = true;
  });
  while (!settled) {
    await publish();
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return done;
}

/** The process with the real graph and the scripted kernel. */
export class Fixture {
  readonly events = new Events<FixtureMessage>();
  readonly end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
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
    const child = fork(
      join(projectRoot, 'test/ros/fixtures/node.ts'),
      [JSON.stringify(parameters), ...rosArgs],
      {
        execArgv: ['--import', 'tsx'],
        env: environment(domain),
        cwd: projectRoot,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
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
  async close(): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.tell({ kind: 'close' });
    const killer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    const outcome = await this.end;
    clearTimeout(killer);
    return { ...outcome, stderr: this.said() };
  }
}

/** A block in a process of its own, as `sage block` starts it. */
export class BlockProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>,
    private readonly said: () => string,
  ) {}

  static async start(domain: number, name: string): Promise<BlockProcess> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(projectRoot, 'test/ros/fixtures/block.ts'), name, '--json'],
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
  async close(): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    const outcome = await this.end;
    clearTimeout(killer);
    return { ...outcome, stderr: this.said() };
  }
}

export interface PeerEvent {
  readonly id?: number;
  readonly ok?: Record<string, unknown>;
  readonly error?: string;
  readonly ready?: boolean;
  readonly topic?: string;
  readonly message?: Record<string, never>;
  readonly goal?: string;
  readonly accepted?: boolean;
  readonly feedback?: Record<string, unknown>;
  readonly status?: number;
  readonly result?: Record<string, unknown>;
}

/** The rclpy node at the other end. */
export class Peer {
  readonly events = new Events<PeerEvent>();
  private count = 0;

  private constructor(private readonly child: ChildProcess) {
    const said = lastLines(child);
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.events.push(JSON.parse(line) as PeerEvent),
    );
    void ended(child).then(({ code, signal }) =>
      this.events.fail(new Error(`the peer ended (${code ?? signal}): ${said()}`)),
    );
  }

  /** @param script of test/ros/peers */
  static async start(domain: number, script = 'peer.py'): Promise<Peer> {
    const python = rosMode() === 'sourced' ? 'python3' : rosPaths().python;
    const child = spawn(python, [join(projectRoot, 'test/ros/peers', script)], {
      env: environment(domain),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const peer = new Peer(child);
    await peer.events.wait('the peer to be ready', (event) => event.ready);
    return peer;
  }

  /** Has the peer do something; resolves with its answer. */
  async do(what: string, details: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.count;
    this.child.stdin?.write(`${JSON.stringify({ id, do: what, ...details })}\n`);
    const answer = await this.events.wait(
      `the peer's answer to ${what}`,
      (event) => event.id === id && event,
    );
    if (answer.error !== undefined) throw new Error(`peer: ${what}: ${answer.error}`);
    return answer.ok ?? {};
  }

  /** Makes a publisher and waits until somebody subscribes to it. */
  async publisher(type: string, topic: string, options: object = {}): Promise<void> {
    await this.do('publisher', { type, topic, as: topic, ...options });
    await this.do('matched', { as: topic, ...options });
  }

  publish(topic: string, message: object): Promise<unknown> {
    return this.do('publish', { topic, message });
  }

  async call(type: string, service: string, request: object = {}): Promise<Record<string, never>> {
    const { response } = await this.do('call', { type, service, request });
    return response as Record<string, never>;
  }

  /** The next message of a topic that fits. */
  // biome-ignore lint/suspicious/noExplicitAny: messages of any type, read field by field in the tests
  message(topic: string, fits: (message: any) => boolean = () => true, from = 0): Promise<any> {
    return this.events.wait(
      `a message on ${topic}`,
      (event) => event.topic === topic && fits(event.message) && event.message,
      from,
    );
  }

  async close(): Promise<void> {
    const end = ended(this.child);
    this.child.stdin?.write(`${JSON.stringify({ do: 'quit' })}\n`);
    this.child.stdin?.end();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await end;
    clearTimeout(killer);
  }
}

/** The node with the scripted kernel, and a peer at the other end, in a domain of their own. */
export interface Pair {
  readonly domain: number;
  readonly fixture: Fixture;
  readonly peer: Peer;
}

/** Starts both at once, or skips as {@link requireRos} does. */
export async function startPair(
  context: Mocha.Context,
  parameters: object = {},
  rosArgs: string[] = [],
): Promise<Pair> {
  requireRos(context);
  const domain = ownDomain();
  const [fixture, peer] = await Promise.all([Fixture.start(domain, parameters, rosArgs), Peer.start(domain)]);
  return { domain, fixture, peer };
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `sage` as a user would, in the domain of a node. */
export function sage(domain: number, ...args: readonly string[]): Promise<Outcome> {
  const argv = ['--import', 'tsx', 'src/app/main.ts', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd: projectRoot, env: environment(domain) },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
