import { rmdirSync } from 'node:fs';
import { SageError } from '../../contracts/errors.js';
import { Backlog } from '../../replay/record/backlog.js';
import { type MissingMessages, missingMessages } from '../../replay/record/missing-messages.js';
import type { RecordedMessage } from '../../ros/recorded-topics.js';
import { openRecorder, type Recorder } from '../../ros/recorder.js';
import type { TopicSelection } from '../../ros/topic-filter.js';
import { loadConfiguration } from '../config.js';
import { passing, print, printJson } from '../output.js';
import { withConfiguredNames } from '../topics.js';
import { BoxSink } from './box-sink.js';
import { onInterruptions } from './interruptions.js';
import { openBagSink, openBoxSink } from './open-sink.js';
import type { RecordOptions } from './options.js';
import { missingFault, type RecordResult, toldEarly, toldNeeded } from './result.js';
import type { Sink } from './sink.js';
import { Tally } from './tally.js';
import { isSagesOwn, NEEDED, wantedTopics } from './wanted-topics.js';

/** Bytes that wait to be written, and how many of them are for small messages alone; beyond, messages are left out. */
const WAITING_BYTES_MAX = 256e6;
const SMALL_BYTES = 16e6;
/** How often it is looked whether anything is missing, or has become quiet, ms. */
const WATCH_EVERY_MS = 1000;
/** Looks after which what a replay needs should be there. */
const NEEDED_AFTER = 5;
const NOTICES_MAX = 50;
/** Topics requested by name that have not appeared by then are reported, as one may be misspelt, ms. */
const MISSING_AFTER_MS = 3000;
const MB = 1e6;

/** One recording: from the graph, through a bounded backlog, into a bag or a black box, until it is stopped. */
export class RecordingSession {
  private readonly sink: Sink;
  private readonly boxes: string[] = [];
  private readonly backlog = new Backlog(WAITING_BYTES_MAX, SMALL_BYTES);
  private losses: readonly MissingMessages[] = [];
  private readonly tally = new Tally();
  private notices = 0;
  private readonly topics: TopicSelection;
  private messages_before = 0;
  /** Since the first topic came up. */
  private looks = 0;
  private missing_at_end: readonly string[] = [];
  private stop: () => void = () => {};
  private readonly stopped = new Promise<void>((resolve) => {
    this.stop = resolve;
  });

  /** @throws SageError SAGE_901 of names; SAGE_1023, SAGE_1027 where what is named cannot be made */
  constructor(private readonly options: RecordOptions) {
    this.topics = wantedTopics(options);
    const events = {
      onWritten: (bytes: number) => this.backlog.done(bytes),
      onFailure: () => this.stop(),
      onNotice: (text: string) => this.notice(text),
      onSaved: (path: string, messages: number) => {
        this.boxes.push(path);
        if (options.json !== true) print(`saved ${path}: ${messages} messages`);
      },
    };
    const { blackBox } = options;
    this.sink =
      blackBox === undefined ? openBagSink(options, events) : openBoxSink(options, blackBox, events);
  }

  /** @throws SageError SAGE_803 without ROS, SAGE_1023 where the disk does not take it, SAGE_1031 where nothing came */
  async run(rosArgs: readonly string[]): Promise<RecordResult> {
    const { sink } = this;
    const recorder = await this.open(rosArgs);
    const begin_ms = performance.now();
    const seconds = (): number => (performance.now() - begin_ms) / 1000;
    const released = this.listen(recorder);
    const rested = this.attend(recorder, seconds);
    this.tellReady();
    try {
      await this.stopped;
    } finally {
      rested();
      this.lookForLosses(recorder);
      this.missing_at_end = this.missing(recorder);
      recorder.close();
      await sink.close();
      released();
    }
    const result = this.result(recorder, seconds());
    if (sink.bag !== null && result.messages === 0) throw nothingRecorded(sink.bag, result);
    return result;
  }

  /** Nothing is left behind where there is no graph. */
  private async open(rosArgs: readonly string[]): Promise<Recorder> {
    const { options, sink } = this;
    try {
      return await openRecorder({
        rosArgs: withConfiguredNames(rosArgs, loadConfiguration(options.config)),
        topics: this.topics,
        heard: isSagesOwn(options),
        onMessages: (messages) => this.take(messages),
        onMoment: sink instanceof BoxSink ? (reason, now_ms) => sink.save(reason, now_ms) : null,
        onNotice: (text) => this.notice(text),
      });
    } catch (thrown) {
      if (sink.bag !== null) rmdirSync(sink.bag);
      throw thrown;
    }
  }

  private tellReady(): void {
    const { sink, options } = this;
    if (options.json === true) printJson({ ready: true, bag: sink.bag });
    else if (sink.bag !== null) print(`recording to ${sink.bag}`);
    else {
      const moments = `on CRISIS, on a fault, on kill -USR1 ${process.pid} or a call of /sage_recorder/save`;
      print(`black box on: the last ${options.blackBox} s are saved in ${options.out ?? '.'} ${moments}`);
    }
  }

  /** Signals, until the bag is closed. Returns what undoes that. */
  private listen(recorder: Recorder): () => void {
    return onInterruptions({
      onEnd: () => this.stop(),
      onImpatience: () => {
        const waiting_mb = this.backlog.bytes / MB;
        this.notice(
          `closing: ${waiting_mb.toFixed(0)} MB are still to be written; once more leaves the bag unfinished`,
        );
      },
      onRequest: () => {
        if (this.sink instanceof BoxSink) this.sink.save('request', recorder.now_ms());
      },
    });
  }

  /** What goes on beside it. Returns what ends that. */
  private attend(recorder: Recorder, elapsed_s: () => number): () => void {
    const { seconds } = this.options;
    const every = [
      setInterval(() => {
        this.flushWhenQuiet(recorder.now_ms());
        this.lookForLosses(recorder);
        this.lookForNeeded(recorder);
        this.tellProgress(recorder, elapsed_s());
      }, WATCH_EVERY_MS),
      setTimeout(() => this.tellEarly(recorder), MISSING_AFTER_MS),
      ...(seconds === undefined ? [] : [setTimeout(() => this.stop(), seconds * 1000)]),
    ];
    return () => {
      for (const timer of every) clearTimeout(timer);
    };
  }

  private take(messages: readonly RecordedMessage[]): void {
    const admitted = messages.filter(({ topic, data }) => this.backlog.admit(topic.topic, data.length));
    for (const message of admitted) this.tally.add(message);
    this.sink.take(admitted);
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

  /** What came in when it became quiet does not wait for the next message to be safe. */
  private flushWhenQuiet(now_ms: number): void {
    const { messages } = this.tally;
    if (messages === this.messages_before) this.sink.flush(now_ms);
    this.messages_before = messages;
  }

  private tellEarly(recorder: Recorder): void {
    const text = toldEarly({
      found: recorder.topics.length,
      missing: isSagesOwn(this.options) ? [] : recorder.missing,
      graph: recorder.graph(),
      dated: recorder.now_ms() !== 0,
      domain: domainId(),
    });
    if (text !== null) this.notice(text);
  }

  /** Once, a while after the first topic came up: a node takes its time, and this is often begun before it. */
  private lookForNeeded(recorder: Recorder): void {
    if (!isSagesOwn(this.options) || recorder.topics.length === 0) return;
    this.looks += 1;
    if (this.looks !== NEEDED_AFTER) return;
    const text = toldNeeded(this.missing(recorder));
    if (text !== null) this.notice(text);
  }

  private tellProgress(recorder: Recorder, seconds: number): void {
    const { messages, bytes } = this.tally;
    const written = `${messages} messages of ${recorder.topics.length} topics, ${(bytes / MB).toFixed(0)} MB`;
    passing(`${seconds.toFixed(0)} s: ${written}; Ctrl-C ends the recording`);
  }

  /** Of the topics that SAGE may read and write nobody has all, but without some a replay is of no use. */
  private missing(recorder: Recorder): readonly string[] {
    if (!isSagesOwn(this.options)) return recorder.missing;
    const recorded = new Set(recorder.topics.map(({ topic }) => topic));
    return NEEDED.map((names) => names.map((name) => recorder.resolve(name)))
      .filter((names) => !names.some((name) => recorded.has(name)))
      .map(([name]) => name!);
  }

  private result(recorder: Recorder, seconds: number): RecordResult {
    const { sink, losses, tally, boxes } = this;
    return {
      bag: sink.bag,
      messages: tally.messages,
      kept: sink.kept === null ? null : Math.min(sink.kept, tally.messages),
      bytes: sink.bytes ?? tally.bytes,
      lost: losses.reduce((sum, { lost, left_out }) => sum + lost + left_out, 0),
      left_out: losses.reduce((sum, { left_out }) => sum + left_out, 0),
      losses,
      topics: recorder.topics.length,
      by_topic: tally.byTopic(recorder.topics.map(({ topic }) => topic)),
      boxes,
      boxes_failed: sink instanceof BoxSink ? sink.failed : 0,
      seconds,
      missing: this.missing_at_end,
    };
  }

  private notice(text: string): void {
    this.notices += 1;
    if (this.notices > NOTICES_MAX) return;
    passing('');
    process.stderr.write(`${text}\n`);
  }
}

const domainId = (): string => process.env.ROS_DOMAIN_ID ?? '0';

/** The folder that was made for it goes, so that nobody takes it for a bag. */
function nothingRecorded(bag: string, { seconds, missing }: RecordResult): SageError {
  rmdirSync(bag);
  const silent = missing.length > 0 ? `nobody published ${missing.join(', ')}` : 'its topics were silent';
  return new SageError(
    'SAGE_1031',
    bag,
    `no message in ${seconds.toFixed(1)} s in ROS_DOMAIN_ID ${domainId()}: ${silent}`,
  );
}
