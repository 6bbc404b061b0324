import type { HealthEntry } from '../contracts/graph.js';
import type { WrittenTopic } from '../replay/bag-writer.js';
import { isLogTopic } from '../replay/log-topic.js';
import type { TopicLoss } from '../replay/record/missing-messages.js';
import { openRos, type RosContext } from './context.js';
import { definitionOf } from './definitions.js';
import { diagnosticsCdr } from './diagnostics-cdr.js';
import type { DiagnosticStatusMessage } from './messages.js';
import type { Publisher, RosNode } from './node.js';
import { LATCHED, RELIABLE } from './qos.js';
import type { RclEndpoint } from './rcl.js';
import { type RecordedMessage, RecordedTopics } from './recorded-topics.js';

/** The recorder's node. */
const RECORDER_NODE = 'sage_recorder';
/** How often new topics are looked for, ms. */
const LOOK_MS = 250;
/** How long the thread that waits for data sleeps at most: little comes over it here, ms. */
const WAIT_MS = 50;
const DIAGNOSTICS = 'diagnostic_msgs/msg/DiagnosticArray';
const RELIABLE_POLICY = 1;
const TRANSIENT_LOCAL = 1;
const ERROR_LEVEL = 2;
/** Topics recorded at once; more is a mistake of the pattern. */
const TOPICS_MAX = 500;

export interface RecorderOptions {
  readonly rosArgs: readonly string[];
  /** Names to record, relative or absolute; null = every topic of the graph. */
  readonly topics: readonly string[] | null;
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
  now_ms(): number;
  close(): void;
}

/**
 * Subscribes to topics as they come up, in the quality of service that their publishers offer, bytes untouched. Serves
 * `~/save` (std_srvs/Trigger), and for a black box watches SAGE's state and diagnostics for moments worth keeping.
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
  private readonly wanted: ReadonlySet<string> | null;
  private readonly known = new Map<string, WrittenTopic | null>();
  private readonly taken: RecordedTopics;
  private readonly timer: NodeJS.Timeout;
  private diagnostics: Publisher<Buffer> | null = null;
  private state = '';
  private standing = new Set<string>();

  constructor(
    private readonly ros: RosContext,
    private readonly options: RecorderOptions,
  ) {
    this.inner = ros.createNode(RECORDER_NODE);
    this.node = this.inner.name;
    this.domain_id = ros.domain_id;
    const { topics } = options;
    this.wanted =
      topics === null ? null : new Set(topics.map((name) => this.inner.inner.resolveTopicName(name)));
    this.taken = new RecordedTopics(this.inner, options.onMessages);
    const { onMoment } = options;
    if (onMoment !== null) this.watch(onMoment);
    this.inner.service('std_srvs/srv/Trigger', '~/save', () => {
      if (onMoment === null) return { success: false, message: 'all is recorded: there is no black box' };
      this.tell(onMoment, 'request');
      return { success: true, message: 'what is held is being saved' };
    });
    this.look();
    this.inner.spin(WAIT_MS);
    this.timer = setInterval(
      this.inner.guard('topics', () => this.look()),
      LOOK_MS,
    );
  }

  get topics(): readonly WrittenTopic[] {
    return [...this.known.values()].filter((topic) => topic !== null);
  }

  get missing(): readonly string[] {
    return [...(this.wanted ?? [])].filter((name) => !this.known.has(name));
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

  now_ms(): number {
    return this.inner.now_ms();
  }

  close(): void {
    clearInterval(this.timer);
    this.taken.take();
    this.taken.close();
    this.ros.close();
  }

  private look(): void {
    for (const { name, types } of this.inner.topics()) {
      if (this.known.has(name) || (this.wanted !== null && !this.wanted.has(name))) continue;
      const offers = this.inner.offersOf(name);
      // Quality of service is the publishers' to say; a topic without one is looked at again.
      if (offers.length > 0 && this.known.size < TOPICS_MAX) this.take(name, types, offers);
    }
  }

  private take(name: string, types: readonly string[], offers: readonly RclEndpoint[]): void {
    const type = offers[0]?.topic_type ?? types[0] ?? '';
    const definition = definitionOf(type);
    if (definition === null || !this.inner.hasInterface(type)) {
      this.known.set(name, null);
      this.options.onNotice(`${name} is not recorded: ${type} is not installed here`);
      return;
    }
    const latched = offers.every(({ qos_profile }) => qos_profile.durability === TRANSIENT_LOCAL);
    const reliable = offers.every(({ qos_profile }) => qos_profile.reliability === RELIABLE_POLICY);
    // Of a log each message is a part, and none stands for the rest: no file begins with the last one.
    const kept = latched && !isLogTopic(name);
    const topic: WrittenTopic = { topic: name, type, definition, qos: offeredProfiles(offers) };
    this.known.set(name, topic);
    this.taken.add(topic, { reliable, latched }, kept);
  }

  /** What came before the moment is told before it. */
  private tell(onMoment: NonNullable<RecorderOptions['onMoment']>, reason: string): void {
    this.taken.take();
    onMoment(reason, this.now_ms());
  }

  private watch(onMoment: NonNullable<RecorderOptions['onMoment']>): void {
    const { inner } = this;
    inner.subscribe<{ name: string }>(
      'sage/msg/MetabolicState',
      'sage/metabolic_state',
      LATCHED,
      ({ name }) => {
        if (name === 'CRISIS' && this.state !== 'CRISIS' && this.state !== '') this.tell(onMoment, 'CRISIS');
        this.state = name;
      },
    );
    inner.subscribe<{ status: readonly DiagnosticStatusMessage[] }>(
      DIAGNOSTICS,
      'diagnostics',
      RELIABLE,
      ({ status }) => {
        const errors = status.filter(({ level, name }) => level === ERROR_LEVEL && name.startsWith('sage'));
        const names = new Set(errors.map(({ name, message }) => `${name} ${message.split(' ', 1)[0]}`));
        const fresh = [...names].find((name) => !this.standing.has(name));
        this.standing = names;
        if (fresh !== undefined) this.tell(onMoment, `fault ${fresh}`);
      },
    );
  }
}

/** As rosbag2 writes `offered_qos_profiles`: one profile per publisher, without deadlines and lifespans. */
function offeredProfiles(offers: readonly RclEndpoint[]): string {
  const forever = '\n    sec: 9223372036\n    nsec: 854775807';
  return offers
    .map(({ qos_profile: { history, depth, reliability, durability } }) =>
      [
        `- history: ${history}`,
        `  depth: ${depth}`,
        `  reliability: ${reliability}`,
        `  durability: ${durability}`,
        `  deadline:${forever}`,
        `  lifespan:${forever}`,
        '  liveliness: 1',
        `  liveliness_lease_duration:${forever}`,
        '  avoid_ros_namespace_conventions: false',
      ].join('\n'),
    )
    .join('\n');
}
