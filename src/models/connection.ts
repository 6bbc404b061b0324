import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { messageOf, SageError } from '../contracts/errors.js';
import { type Frame, FrameReader } from './frame-reader.js';
import {
  LANE_BYTES,
  LANE_LEAST_BYTES,
  Lane,
  type LanePlace,
  lanePart,
  putIntoLane,
  takeFromLane,
} from './lane.js';
import type { HostLaunch } from './launch.js';
import {
  frameHead,
  type HostAnswer,
  type HostHello,
  type HostRequest,
  layOut,
  type OutgoingTensor,
  replySchema,
} from './protocol.js';
import { runAnswerOf } from './run-answer.js';

/**
 * glibc asks for huge pages (mallopt(3); ignored elsewhere): weights and tensors then take a hundredth less time. And it
 * keeps what tensors of up to 4 MB were in, 16 MB of it: returned to the system each time, a huge page is cleared for each
 * output of a step, a tenth of the host's time. What a user has set counts.
 */
const HOST_ENVIRONMENT = {
  GLIBC_TUNABLES:
    'glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4194304:glibc.malloc.trim_threshold=16777216',
};
/** Ends a frame whose body is in the shared file. */
const LANE_SEAL = new Uint8Array(1);
const LINES_KEPT = 8;
const LINE_MAX = 500;

export interface Answered {
  readonly answer: Extract<HostAnswer, { ok: true }>;
  readonly body: Uint8Array;
}

/** Why nothing comes from a host that was closed. */
export const closed = (): SageError => new SageError('SAGE_504', 'model host', 'it was closed');

/** Who waits for an answer. Neither may throw. */
interface Pending {
  readonly resolve: (answered: Answered) => void;
  readonly reject: (reason: SageError) => void;
}

export interface ConnectionEvents {
  /** A line that the host wrote to stderr. */
  onLine(line: string): void;
  /** Once, when the host is gone, before every pending request is rejected. */
  onGone(fault: SageError): void;
}

// A distributive Omit, so that each kind of request keeps its own fields.
type WithoutId<R> = R extends unknown ? Omit<R, 'id'> : never;
export type Ask = WithoutId<HostRequest>;

/** One running host process: requests out, answers in. Used until it is gone, then replaced by another. */
export class HostConnection {
  readonly hello: Promise<HostHello>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly pending = new Map<number, Pending>();
  private readonly lines: string[] = [];
  private readonly reader = new FrameReader((frame) => this.receive(frame));
  private greet: (hello: HostHello) => void = () => undefined;
  private refuse: (reason: SageError) => void = () => undefined;
  private readonly lane = Lane.open();
  /** True once the host has been told of the lane. */
  private lane_in_use = false;
  /** How far its parts for requests have been written, bytes. */
  private readonly lane_filled = [0, 0];
  private next_id = 1;
  private gone = false;
  private killed = false;
  /** Why it was ended from here, for the error of what was pending. */
  private verdict: SageError | null = null;

  constructor(
    launch: HostLaunch,
    private readonly events: ConnectionEvents,
  ) {
    this.hello = new Promise((resolve, reject) => {
      this.greet = resolve;
      this.refuse = reject;
    });
    // Whoever waits for it gets the rejection; nobody may be waiting.
    this.hello.catch(() => undefined);
    const lane = this.lane ? [this.lane.descriptor] : [];
    this.child = spawn(launch.command, launch.args, {
      env: { ...HOST_ENVIRONMENT, ...process.env },
      stdio: ['pipe', 'pipe', 'pipe', ...lane],
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    this.child.on('error', (thrown) => this.end(`it could not be started: ${thrown.message}`));
    // Not 'exit': its last words may still be in the pipe then.
    this.child.on('close', (code, signal) => {
      const told = signal ? `killed by ${signal}` : `exited with code ${code}`;
      const cut = this.reader.atBoundary ? '' : ', inside a frame';
      const last = this.lines.at(-1);
      this.end(`${told}${cut}${last === undefined ? '' : ` (${last})`}`);
    });
    // A broken pipe is followed by the exit of the process, which tells more.
    this.child.stdin.on('error', (thrown) => this.note(`input: ${thrown.message}`));
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    this.child.stderr.setEncoding('utf8');
    this.child.stderr.on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') this.note(line.slice(0, LINE_MAX));
    });
  }

  /** Room of each part of the file that is shared with the host; 0 where there is none. */
  get lane_bytes(): number {
    return this.lane ? LANE_BYTES : 0;
  }

  /** From now on large bodies may go through the shared file: the host knows of it. */
  useLane(): void {
    this.lane_in_use = this.lane !== null;
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  /**
   * Sends a request; the tensors are written from where they are, without a copy.
   * Rejects with what the host answered, or with the reason why it is gone.
   */
  request(ask: Ask, tensors: readonly OutgoingTensor[] = []): Promise<Answered> {
    return new Promise((resolve, reject) => this.send(ask, tensors, { resolve, reject }));
  }

  /**
   * The same for callers that are notified synchronously, in the turn in which the answer arrives.
   * @throws SageError when the host is gone; then nobody is notified.
   */
  send(ask: Ask, tensors: readonly OutgoingTensor[], waiting: Pending): void {
    if (this.gone) throw this.verdict ?? this.died('it has exited');
    const id = this.next_id;
    this.next_id += 1;
    this.write({ ...ask, id }, tensors);
    this.pending.set(id, waiting);
  }

  /** Sends a request that gets no answer. */
  notify(ask: Ask): void {
    if (!this.gone) this.write(ask, []);
  }

  /** Ends the host at once; what is pending is rejected with `reason`. */
  kill(reason: SageError): void {
    this.verdict ??= reason;
    this.killed = true;
    this.child.kill('SIGKILL');
  }

  /** Lets the host finish what it does and end by itself. */
  endInput(reason: SageError): void {
    this.verdict ??= reason;
    this.child.stdin.end();
  }

  private write(header: object, tensors: readonly OutgoingTensor[]): void {
    const body = layOut(tensors);
    // Only a run has tensors: its inputs, whose places in the body are known now.
    const { stdin } = this.child;
    const full = tensors.length > 0 ? { ...header, inputs: body.headers } : header;
    if (this.viaLane(full, body)) return;
    stdin.cork();
    stdin.write(frameHead(full, body.bytes));
    for (const piece of body.pieces) stdin.write(piece);
    stdin.uncork();
  }

  /** Writes a request whose body goes through the shared file; false where it belongs into the stream. */
  private viaLane(header: object, { pieces, bytes }: ReturnType<typeof layOut>): boolean {
    if (!this.lane_in_use || !this.lane || !('id' in header)) return false;
    const part = lanePart('request', header.id as number);
    const put = () => putIntoLane(this.lane!.descriptor, part, LANE_BYTES, pieces, bytes);
    if (bytes < LANE_LEAST_BYTES || bytes > this.lane_filled[part]!) {
      const lane = put();
      if (!lane) return false;
      this.lane_filled[part] = bytes;
      this.child.stdin.write(frameHead({ ...header, lane }, 0));
      return true;
    }
    // The file has had memory for so much before. The host wakes up and makes the run ready while the body is copied,
    // and waits for the end of the frame, which says that it is there.
    const lane: LanePlace = { offset: part * LANE_BYTES, bytes };
    this.child.stdin.write(frameHead({ ...header, lane }, LANE_SEAL.byteLength));
    try {
      if (!put()) throw new Error('no memory where there was some before');
    } catch (thrown) {
      // It has been told of a body that will never be there.
      const reason = this.died(`the shared file cannot be written: ${messageOf(thrown)}`);
      this.kill(reason);
      throw reason;
    }
    this.child.stdin.write(LANE_SEAL);
    return true;
  }

  /** The body of an answer, in memory of its own. */
  private bodyOf(answer: Extract<HostAnswer, { ok: true }>, frame: Frame): Uint8Array {
    if (!answer.lane) return frame.body;
    if (!this.lane) throw new Error('an answer by a shared file, and there is none');
    // Not zeroed before it is filled: that costs more than the copy.
    const body = Buffer.allocUnsafeSlow(answer.lane.bytes);
    takeFromLane(this.lane.descriptor, answer.lane, body);
    return body;
  }

  private take(chunk: Buffer): void {
    if (this.gone || this.killed) return;
    try {
      this.reader.push(chunk);
    } catch (thrown) {
      this.kill(this.died(`it violated the protocol: ${messageOf(thrown)}`));
    }
  }

  private receive(frame: Frame): void {
    const reply = runAnswerOf(frame.header) ?? replySchema.parse(frame.header);
    if (!('id' in reply)) {
      this.greet(reply);
      return;
    }
    const pending = this.pending.get(reply.id);
    if (!pending) throw new Error(`an answer to request ${reply.id}, which is not open`);
    // This throws if its body is unavailable; the caller is notified as the host ends.
    const answered = reply.ok ? { answer: reply, body: this.bodyOf(reply, frame) } : null;
    this.pending.delete(reply.id);
    if (answered) pending.resolve(answered);
    else if (!reply.ok) pending.reject(new SageError(reply.code, reply.where, reply.detail));
  }

  private note(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
    this.events.onLine(line);
  }

  private died(detail: string): SageError {
    return new SageError('SAGE_504', 'model host', detail);
  }

  private end(detail: string): void {
    if (this.gone) return;
    this.gone = true;
    const reason = this.verdict ?? this.died(detail);
    this.verdict = reason;
    this.refuse(reason);
    this.lane?.close();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    // First record, then notify: the caller may send its next request at once, which is no longer for this host.
    this.events.onGone(reason);
    for (const { reject } of waiting) reject(reason);
  }
}
