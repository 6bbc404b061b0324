import { z } from 'zod';
import type { HealthEntry } from '../contracts/graph.js';
import type { WrittenTopic } from '../replay/bag-writer.js';
import type { TopicLoss } from '../replay/record/missing-messages.js';
import { openRos, type RosContext } from './context.js';
import { diagnosticsCdr } from './diagnostics-cdr.js';
import { RUN_TOPIC, RUN_TYPE } from './input-teller.js';
import { MomentWatch } from './moment-watch.js';
import type { Publisher, RosNode } from './node.js';
import { LATCHED, RELIABLE } from './qos.js';
import { type RecordedMessage, RecordedTopics } from './recorded-topics.js';
import { type RecorderClock, recorderClock } from './recorder-clock.js';
import { TopicFilter, type TopicSelection } from './topic-filter.js';
import { TopicFollower } from './topic-follower.js';

/** The recorder's node. */
const RECORDER_NODE = 'sage_recorder';
/** How often new topics are looked for, ms. */
const LOOK_MS = 250;
/** How long the thread that waits for data sleeps at most: little comes over it here, ms. */
const WAIT_MS = 50;
const DIAGNOSTICS = 'diagnostic_msgs/msg/DiagnosticArray';

/** Topics that a node hears; more is not taken from it. */
const HEARD_MAX = 100;
/** What is used of the header that a node says. */
const runSchema = z.object({ topics: z.array(z.object({ topic: z.string() })).max(HEARD_MAX) });

export interface RecorderOptions {
  readonly rosArgs: readonly string[];
  readonly topics: TopicSelection;
  /** Whether to record what a SAGE node hears, too, under the names that it says itself. */
  readonly heard: boolean;
  /** In the order in which they came. */
  readonly onMessages: (messages: readonly RecordedMessage[]) => void;
  /** Something happened that a black box is kept for: CRISIS, a fault, a request; null where there is none. */
  readonly onMoment: ((reason: string, now_ms: number) => void) | null;
  readonly onNotice: (text: string) => void;
}

/** A recorder on the graph. */
export interface Recorder {
  readonly node: string;
  readonly domain_id: number;
  /** Topics that are recorded now. */
  readonly topics: readonly WrittenTopic[];
  /** Topics that were asked for and that nobody has published yet; none where all are recorded. */
  readonly missing: readonly string[];
  /** Topics that lost something on the way here, the worst first. */
  losses(): readonly TopicLoss[];
  /** Tells /diagnostics that the recording lacks something. */
  warn(message: string, values: HealthEntry['values']): void;
  /** Every topic there is on the graph. */
  graph(): readonly string[];
  /** A relative name as it stands on the graph, remaps applied. */
  resolve(name: string): string;
  /** The time that messages are dated by; 0 while there is no /clock with use_sim_time. */
  now_ms(): number;
  close(): void;
}

/**
 * Subscribes to topics as they come up, in the quality of service that their publishers offer, bytes untouched. For a
 * black box it serves `~/save` (std_srvs/Trigger), and watches SAGE's state and diagnostics for moments worth keeping.
 * @throws SageError SAGE_803, SAGE_901 as openRos
 */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  const ros = await openRos(options.rosArgs, RECORDER_NODE, (where, text) =>
    options.onNotice(`a callback threw: ${where}: ${text}`),
  );
  return new GraphRecorder(ros, options);
}

class GraphRecorder implements Recorder {
  readonly node: string;
  readonly domain_id: number;
  private readonly inner: RosNode;
  private readonly clock: RecorderClock;
  private readonly taken: RecordedTopics;
  private readonly follower: TopicFollower;
  private readonly timer: NodeJS.Timeout;
  private diagnostics: Publisher<Buffer> | null = null;

  constructor(
    private readonly ros: RosContext,
    { topics, heard, onMessages, onMoment, onNotice }: RecorderOptions,
  ) {
    this.inner = ros.createNode(RECORDER_NODE);
    this.node = this.inner.name;
    this.domain_id = ros.domain_id;
    const filter = new TopicFilter(topics, (name) => this.inner.resolve(name));
    this.clock = recorderClock(this.inner);
    this.taken = new RecordedTopics(this.inner, this.clock, onMessages);
    this.follower = new TopicFollower(this.inner, filter, this.taken, onNotice);
    if (heard) this.followNode(filter);
    const watch = onMoment === null ? null : this.serveBlackBox(onMoment);
    this.follower.look();
    this.inner.spin(WAIT_MS);
    this.timer = setInterval(
      this.inner.guard('topics', () => {
        this.follower.look();
        watch?.look();
      }),
      LOOK_MS,
    );
  }

  get topics(): readonly WrittenTopic[] {
    return this.follower.topics;
  }

  get missing(): readonly string[] {
    return this.follower.missing;
  }

  losses(): readonly TopicLoss[] {
    return this.taken.losses();
  }

  warn(message: string, values: HealthEntry['values']): void {
    // Nobody hears of it where nothing is missing.
    this.diagnostics ??= this.inner.publisher<Buffer>(DIAGNOSTICS, 'diagnostics', RELIABLE);
    const entry: HealthEntry = { name: 'recording', level: 'warn', message, values };
    this.diagnostics.publish(diagnosticsCdr([entry], this.node, this.now_ms()));
  }

  graph(): readonly string[] {
    return this.inner.topics().map(({ name }) => name);
  }

  resolve(name: string): string {
    return this.inner.resolve(name);
  }

  now_ms(): number {
    return this.clock.now_ms();
  }

  close(): void {
    clearInterval(this.timer);
    this.taken.take();
    this.taken.close();
    this.clock.close();
    this.ros.close();
  }

  /** The names on a robot are its own: the node knows them, whatever configuration this process was given. */
  private followNode(filter: TopicFilter): void {
    this.inner.subscribe<{ header_json: string }>(RUN_TYPE, RUN_TOPIC, LATCHED, ({ header_json }) => {
      const { topics } = runSchema.parse(JSON.parse(header_json));
      for (const { topic } of topics) filter.add(topic);
    });
  }

  /** Not served where all is recorded: another recorder's black box may have the same name. */
  private serveBlackBox(onMoment: NonNullable<RecorderOptions['onMoment']>): MomentWatch {
    const happened = (reason: string): void => {
      // What came before the moment is reported before it.
      this.taken.take();
      onMoment(reason, this.now_ms());
    };
    this.inner.service('std_srvs/srv/Trigger', '~/save', () => {
      happened('request');
      return { success: true, message: 'what is held is being saved' };
    });
    return new MomentWatch(this.inner, this.clock, happened);
  }
}
