import { join } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { makeFolder } from '../../replay/output-folder.js';
import { Backlog } from '../../replay/record/backlog.js';
import { BagFolder, folderStamp } from '../../replay/record/bag-folder.js';
import { BagThread } from '../../replay/record/bag-thread.js';
import { BlackBox } from '../../replay/record/black-box.js';
import { type MissingMessages, missingMessages, missingText } from '../../replay/record/missing-messages.js';
import { giveBack } from '../../ros/memory.js';
import type { RecordedMessage } from '../../ros/recorded-topics.js';
import { openRecorder, type Recorder } from '../../ros/recorder.js';
import { loadConfiguration } from '../config.js';
import { EXIT, print, printJson } from '../output.js';
import { ROBOT_TOPICS, withConfiguredNames } from '../topics.js';

/** What SAGE says and does, beside what it is given; the first four are what its replay needs besides. */
const OWN_TOPICS = [
  'sage/log',
  'sage/run',
  'sage/inputs',
  'sage/models',
  'sage/metabolic_state',
  'sage/telemetry',
  'sage/salience',
  'sage/cycle',
  'sage/decision',
  'diagnostics',
  '/tf_static',
];
/** Bytes that wait to be written, and how many of them are for small messages alone; beyond, messages are left out. */
const WAITING_BYTES_MAX = 256e6;
const SMALL_BYTES = 16e6;
/** How often it is looked whether anything is missing, ms. */
const MISSING_EVERY_MS = 1000;
const NOTICES_MAX = 50;
/** Topics that are asked for by name and have not come up by then are told: one may be misspelt, ms. */
const MISSING_AFTER_MS = 3000;
/** What is written when nothing more has come for so long, ms. */
const QUIET_MS = 1000;
const MB = 1e6;

export interface RecordOptions {
  readonly out?: string;
  readonly topics: readonly string[];
  readonly all?: boolean;
  readonly seconds?: number;
  readonly zstd?: boolean;
  readonly maxFileMb: number;
  readonly maxTotalMb: number;
  /** Seconds that are kept in memory; with it, only moments are written. */
  readonly blackBox?: number;
  readonly after: number;
  readonly memoryMb: number;
  readonly boxes: number;
  readonly config: readonly string[];
  readonly json?: boolean;
}

/** What a recording came to. */
interface RecordResult {
  readonly bag: string | null;
  readonly messages: number;
  readonly bytes: number;
  /** Messages that are missing, as far as that is known: dropped by the middleware, or left out. */
  readonly lost: number;
  /** Of these, those that were left out since too much waited to be written. */
  readonly left_out: number;
  /** Which, by topic. */
  readonly losses: readonly MissingMessages[];
  readonly topics: number;
  readonly boxes: readonly string[];
  /** Boxes that could not be written. */
  readonly boxes_failed: number;
  readonly seconds: number;
  /** Topics that were named with `--topics` and never came up. */
  readonly missing: readonly string[];
}

/**
 * `sage record`: what SAGE is given, says and does, as a bag of rosbag2; or, with `--black-box`, the last seconds of it
 * whenever something happens. Until Ctrl-C, or `--seconds`.
 * @throws SageError SAGE_803 without ROS, SAGE_1023 where the disk does not take it: what was written stays readable
 */
export async function runRecord(options: RecordOptions, rosArgs: readonly string[]): Promise<number> {
  const recording = new Recording(options);
  const result = await recording.run(rosArgs);
  if (options.json === true) printJson(result);
  else print(told(result));
  return result.boxes_failed === 0 ? EXIT.done : EXIT.failed;
}

class Recording {
  private readonly bag: BagFolder | BagThread | null;
  private readonly box: BlackBox | null;
  private readonly boxes: string[] = [];
  private work: Promise<void> = Promise.resolve();
  private readonly backlog = new Backlog(WAITING_BYTES_MAX, SMALL_BYTES);
  private losses: readonly MissingMessages[] = [];
  private messages = 0;
  private bytes = 0;
  private boxes_failed = 0;
  private notices = 0;
  private failure: unknown = null;
  private stop: () => void = () => {};

  constructor(private readonly options: RecordOptions) {
    const compression = options.zstd === true ? 'zstd' : 'none';
    if (options.blackBox === undefined) {
      this.box = null;
      this.bag = this.openBag(options.out ?? join('.', `sage_${folderStamp(Date.now())}`), compression);
      return;
    }
    this.bag = null;
    const folder = options.out ?? '.';
    // Now, and not when something has happened.
    makeFolder(folder);
    this.box = new BlackBox({
      folder,
      seconds: options.blackBox,
      after_s: options.after,
      bytes_max: options.memoryMb * MB,
      boxes_max: options.boxes,
      compression,
      onSaved: (path, messages) => {
        this.boxes.push(path);
        if (options.json !== true) print(`saved ${path}: ${messages} messages`);
      },
    });
  }

  /** What is compressed is written by another thread: this one would not listen for 4 ms with each image. */
  private openBag(path: string, compression: 'none' | 'zstd'): BagFolder | BagThread {
    const { maxFileMb, maxTotalMb } = this.options;
    const bounds = {
      compression,
      file_bytes_max: maxFileMb * MB,
      total_bytes_max: maxTotalMb === 0 ? Number.POSITIVE_INFINITY : maxTotalMb * MB,
    };
    if (compression === 'none') return BagFolder.create(path, { ...bounds, release: giveBack });
    return BagThread.create(path, bounds, {
      onWritten: (bytes) => this.backlog.done(bytes),
      onFailure: (thrown) => this.fail(thrown),
    });
  }

  async run(rosArgs: readonly string[]): Promise<RecordResult> {
    const { options } = this;
    const ended = new Promise<void>((resolve) => {
      this.stop = resolve;
    });
    const recorder = await openRecorder({
      rosArgs: withConfiguredNames(rosArgs, loadConfiguration(options.config)),
      topics: options.all === true ? null : wantedTopics(options),
      onMessages: (messages) => this.take(messages),
      onMoment: this.box === null ? null : (reason, now_ms) => this.save(reason, now_ms),
      onNotice: (text) => this.notice(text),
    });
    const begin_ms = performance.now();
    const missing = (): readonly string[] => (options.topics.length > 0 ? recorder.missing : []);
    const early = setTimeout(() => {
      const text = toldEarly(recorder.topics.length, missing(), process.env.ROS_DOMAIN_ID ?? '0');
      if (text !== null) this.notice(text);
    }, MISSING_AFTER_MS);
    const release = this.until(recorder);
    const quiet = this.flushWhenQuiet();
    const watch = setInterval(() => this.lookForLosses(recorder), MISSING_EVERY_MS);
    if (options.json === true) printJson({ ready: true, bag: this.bag?.path ?? null });
    else print(this.box === null ? `recording to ${this.bag?.path}` : 'the black box is on');
    try {
      await ended;
    } finally {
      release();
      clearTimeout(early);
      clearInterval(quiet);
      clearInterval(watch);
      this.lookForLosses(recorder);
      recorder.close();
      await this.work;
      await this.guarded((box) => box.finish());
      await this.closeBag();
    }
    return {
      bag: this.bag?.path ?? null,
      messages: this.messages,
      bytes: this.bag?.bytes ?? this.bytes,
      lost: this.losses.reduce((sum, { lost, left_out }) => sum + lost + left_out, 0),
      left_out: this.losses.reduce((sum, { left_out }) => sum + left_out, 0),
      losses: this.losses,
      topics: recorder.topics.length,
      boxes: this.boxes,
      boxes_failed: this.boxes_failed,
      seconds: (performance.now() - begin_ms) / 1000,
      missing: missing(),
    };
  }

  /** What ends it: signals, and the time. SIGUSR1 saves the black box. Returns what undoes that. */
  private until(recorder: Recorder): () => void {
    const end = (): void => this.stop();
    const save = (): void => this.save('request', recorder.now_ms());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
    process.on('SIGUSR1', save);
    const { seconds } = this.options;
    const timer = seconds === undefined ? null : setTimeout(end, seconds * 1000);
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
      process.off('SIGUSR1', save);
      if (timer !== null) clearTimeout(timer);
    };
  }

  private take(messages: readonly RecordedMessage[]): void {
    const admitted = messages.filter(({ topic, data }) => this.backlog.admit(topic.topic, data.length));
    this.messages += admitted.length;
    for (const { data } of admitted) this.bytes += data.length;
    const { bag } = this;
    if (bag instanceof BagThread) for (const message of admitted) bag.write(message, message.latched);
    else this.queue(() => this.put(admitted, bag));
  }

  private async put(messages: readonly RecordedMessage[], bag: BagFolder | null): Promise<void> {
    for (const message of messages) {
      this.backlog.done(message.data.length);
      if (bag === null) await this.guarded((box) => box.add(message, message.latched));
      else await bag.write(message, message.latched);
    }
  }

  /** Says so as soon as anything is missing, and goes on saying it on /diagnostics. */
  private lookForLosses(recorder: Recorder): void {
    const before = this.losses.length;
    this.losses = missingMessages(recorder.losses(), this.backlog.left_out);
    if (this.losses.length === 0) return;
    const { message } = missingFault(this.losses);
    if (before === 0) this.notice(message);
    recorder.warn(
      message,
      Object.fromEntries(this.losses.map((loss) => [loss.topic, loss.lost + loss.left_out])),
    );
  }

  private save(reason: string, now_ms: number): void {
    this.queue(() => this.guarded((box) => box.save(reason, now_ms)));
  }

  /** A box that cannot be written is given up and told; the next one may find room again. */
  private async guarded(work: (box: BlackBox) => Promise<void>): Promise<void> {
    const { box } = this;
    if (box === null) return;
    try {
      await work(box);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.boxes_failed += 1;
      this.notice(`${thrown.message}; the black box stays on`);
      box.giveUp();
    }
  }

  /** What came in when it became quiet does not wait for the next message to be safe. */
  private flushWhenQuiet(): NodeJS.Timeout {
    let before = this.messages;
    return setInterval(() => {
      if (this.messages === before) this.queue(async () => this.bag?.flush());
      before = this.messages;
    }, QUIET_MS);
  }

  /** One piece of work after the other. What cannot be written ends the recording, with its code. */
  private queue(work: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.failure === null ? work() : undefined))
      .catch((thrown: unknown) => this.fail(thrown));
  }

  private fail(thrown: unknown): void {
    this.failure ??= thrown;
    this.stop();
  }

  /** @throws SageError SAGE_1023 what kept the bag from being written, and what is in it all the same */
  private async closeBag(): Promise<void> {
    const { bag } = this;
    if (bag === null) return;
    if (this.failure === null) this.queue(() => bag.close());
    await this.work;
    if (this.failure === null) return;
    if (!(this.failure instanceof SageError)) throw this.failure;
    const { code, where, detail } = this.failure;
    throw new SageError(code, where, `${detail}; ${await rescued(bag)}`, { cause: this.failure });
  }

  private notice(text: string): void {
    this.notices += 1;
    if (this.notices <= NOTICES_MAX) process.stderr.write(`${text}\n`);
  }
}

/** Closes a bag that could not be written to its end, and says what is in it. */
async function rescued(bag: BagFolder | BagThread): Promise<string> {
  try {
    await bag.closeEarly();
    return `the bag was closed there: ${bag.messages} messages, ${(bag.bytes / MB).toFixed(1)} MB`;
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return 'what was written before can be read with --best-effort';
  }
}

/** What a recorder says when it has looked for its topics for a while; null where it has found them. */
export function toldEarly(found: number, missing: readonly string[], domain: string): string | null {
  if (missing.length > 0) return `nobody publishes ${missing.join(', ')} yet; waiting for it`;
  if (found > 0) return null;
  return `nothing to record yet: nobody publishes what is recorded in ROS_DOMAIN_ID ${domain}; waiting for it`;
}

function missingFault(losses: readonly MissingMessages[]): SageError {
  return new SageError('SAGE_1030', 'recording', missingText(losses));
}

/** The given ones; or all that SAGE reads and writes. */
function wantedTopics({ topics, all }: RecordOptions): readonly string[] {
  if (all === true && topics.length > 0) throw new SageError('SAGE_901', '--all', 'give it or --topics');
  return topics.length > 0 ? topics : [...ROBOT_TOPICS, ...OWN_TOPICS];
}

function told(result: RecordResult): string {
  const { bag, messages, bytes, losses, topics, boxes, boxes_failed, seconds, missing } = result;
  const what = `${messages} messages of ${topics} topics in ${seconds.toFixed(1)} s`;
  const left =
    (boxes_failed > 0 ? `; ${boxes_failed} could not be written` : '') +
    (missing.length > 0 ? `; nobody published ${missing.join(', ')}` : '') +
    (losses.length > 0 ? `\n${missingFault(losses).message}` : '');
  if (bag === null) return `${what}; ${boxes.length} black box${boxes.length === 1 ? '' : 'es'} saved${left}`;
  return `${bag}: ${what}, ${(bytes / MB).toFixed(1)} MB${left}`;
}
