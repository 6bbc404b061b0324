import { Backlog } from '../../replay/record/backlog.js';
import { type MissingMessages, missingMessages } from '../../replay/record/missing-messages.js';
import type { RecordedMessage } from '../../ros/recorded-topics.js';
import { openRecorder, type Recorder } from '../../ros/recorder.js';
import { loadConfiguration } from '../config.js';
import { print, printJson } from '../output.js';
import { withConfiguredNames } from '../topics.js';
import { BoxSink } from './box-sink.js';
import { openBagSink, openBoxSink } from './open-sink.js';
import type { RecordOptions } from './options.js';
import { missingFault, type RecordResult, toldEarly } from './result.js';
import type { Sink } from './sink.js';
import { wantedTopics } from './wanted-topics.js';

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

/** One recording: from the graph, through a bounded backlog, into a bag or a black box, until it is told to end. */
export class RecordingSession {
  private readonly sink: Sink;
  private readonly boxes: string[] = [];
  private readonly backlog = new Backlog(WAITING_BYTES_MAX, SMALL_BYTES);
  private losses: readonly MissingMessages[] = [];
  private messages = 0;
  private bytes = 0;
  private notices = 0;
  private stop: () => void = () => {};
  private readonly stopped = new Promise<void>((resolve) => {
    this.stop = resolve;
  });

  /** @throws SageError SAGE_1023, SAGE_1027 where what is named cannot be made */
  constructor(private readonly options: RecordOptions) {
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

  /** @throws SageError SAGE_803 without ROS, SAGE_1023 where the disk does not take it */
  async run(rosArgs: readonly string[]): Promise<RecordResult> {
    const { options, sink } = this;
    const recorder = await openRecorder({
      rosArgs: withConfiguredNames(rosArgs, loadConfiguration(options.config)),
      topics: wantedTopics(options),
      onMessages: (messages) => this.take(messages),
      onMoment: sink instanceof BoxSink ? (reason, now_ms) => sink.save(reason, now_ms) : null,
      onNotice: (text) => this.notice(text),
    });
    const begin_ms = performance.now();
    const release = this.attend(recorder);
    if (options.json === true) printJson({ ready: true, bag: sink.bag });
    else print(sink.bag === null ? 'the black box is on' : `recording to ${sink.bag}`);
    try {
      await this.stopped;
    } finally {
      release();
      this.lookForLosses(recorder);
      recorder.close();
      await sink.close();
    }
    return this.result(recorder, (performance.now() - begin_ms) / 1000);
  }

  /** What goes on beside it: signals and the time end it, SIGUSR1 saves a box. Returns what undoes that. */
  private attend(recorder: Recorder): () => void {
    const end = (): void => this.stop();
    const save = (): void => {
      if (this.sink instanceof BoxSink) this.sink.save('request', recorder.now_ms());
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
    process.on('SIGUSR1', save);
    const { seconds } = this.options;
    const timers = [
      setTimeout(() => this.tellMissing(recorder), MISSING_AFTER_MS),
      this.flushWhenQuiet(),
      setInterval(() => this.lookForLosses(recorder), MISSING_EVERY_MS),
      ...(seconds === undefined ? [] : [setTimeout(end, seconds * 1000)]),
    ];
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
      process.off('SIGUSR1', save);
      for (const timer of timers) clearTimeout(timer);
    };
  }

  private take(messages: readonly RecordedMessage[]): void {
    const admitted = messages.filter(({ topic, data }) => this.backlog.admit(topic.topic, data.length));
    this.messages += admitted.length;
    for (const { data } of admitted) this.bytes += data.length;
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
  private flushWhenQuiet(): NodeJS.Timeout {
    let before = this.messages;
    return setInterval(() => {
      if (this.messages === before) this.sink.flush();
      before = this.messages;
    }, QUIET_MS);
  }

  private tellMissing(recorder: Recorder): void {
    const text = toldEarly(recorder.topics.length, this.missing(recorder), process.env.ROS_DOMAIN_ID ?? '0');
    if (text !== null) this.notice(text);
  }

  /** Of the topics that SAGE may read and write nobody has all. */
  private missing(recorder: Recorder): readonly string[] {
    return this.options.topics.length > 0 ? recorder.missing : [];
  }

  private result(recorder: Recorder, seconds: number): RecordResult {
    const { sink, losses, messages, boxes } = this;
    return {
      bag: sink.bag,
      messages,
      bytes: sink.bytes ?? this.bytes,
      lost: losses.reduce((sum, { lost, left_out }) => sum + lost + left_out, 0),
      left_out: losses.reduce((sum, { left_out }) => sum + left_out, 0),
      losses,
      topics: recorder.topics.length,
      boxes,
      boxes_failed: sink instanceof BoxSink ? sink.failed : 0,
      seconds,
      missing: this.missing(recorder),
    };
  }

  private notice(text: string): void {
    this.notices += 1;
    if (this.notices <= NOTICES_MAX) process.stderr.write(`${text}\n`);
  }
}
