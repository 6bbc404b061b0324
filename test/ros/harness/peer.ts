import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot, rosMode, rosPaths } from '../../../scripts/env.mjs';
import { ended, endedAtLast, lastLines } from './child.js';
import { Events } from './events.js';
import { environment } from './ros.js';

const QUIT_MS = 5000;

interface PeerEvent {
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
    await endedAtLast(this.child, end, QUIT_MS);
  }
}
