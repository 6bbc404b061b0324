import type { WrittenTopic } from '../replay/bag-writer.js';
import { ArrivalTimes } from '../replay/record/arrival-times.js';
import { beginsWithHeader } from '../replay/record/header-stamp.js';
import { LossCount } from '../replay/record/loss-count.js';
import type { TopicLoss } from '../replay/record/missing-messages.js';
import type { RosNode } from './node.js';
import type { Qos } from './qos.js';
import type { RecorderClock } from './recorder-clock.js';
import type { WaitingMessages } from './waiting-messages.js';

/** How often what waits is taken: a wake-up costs as much as a few messages, ms. */
const TAKE_MS = 20;
/** Messages that wait in the middleware while this process has no time; images hold a megabyte each. */
const DEPTH = 1000;
const LARGE_DEPTH = 30;
/** Latched messages that are kept until it is known what time it is. */
const UNDATED_MAX = 500;
const CLOCK = 'rosgraph_msgs/msg/Clock';
const LARGE = /Image$|PointCloud2$/;

/** One message as it came over the wire. */
export interface RecordedMessage {
  readonly topic: WrittenTopic;
  /** Whether it stands for those before. */
  readonly latched: boolean;
  /** When it came by the clock of the node: system time, or /clock with use_sim_time. */
  readonly time_ms: number;
  readonly data: Uint8Array;
}

/** The part of a quality of service that publishers offer and a subscription must match. */
export type Offered = Pick<Qos, 'reliable' | 'latched'>;

/** A topic as it is recorded. */
interface Taken {
  readonly topic: WrittenTopic;
  readonly kept: boolean;
  from: WaitingMessages;
  readonly count: LossCount;
  /** What the middleware lost on the way to subscriptions that were given up. */
  lost_before: number;
  /** When its messages came, which wait until somebody looks; null where each is taken when it comes. */
  readonly times: ArrivalTimes | null;
}

/**
 * The messages of topics, in the order in which they came. Small ones that tell their time are taken now and then, all
 * that wait: nobody is woken for each, and their stamps say when they came. The others are taken when they come; images
 * too, since drivers take longer for one than for another.
 */
export class RecordedTopics {
  private readonly taken: Taken[] = [];
  private readonly timer: NodeJS.Timeout;
  /** Came since it was looked last. */
  private woken: RecordedMessage[] = [];
  private looked_ms = Number.NEGATIVE_INFINITY;
  /** Latched messages that came before the first /clock. */
  private undated: RecordedMessage[] = [];

  constructor(
    private readonly node: RosNode,
    private readonly clock: RecorderClock,
    private readonly onMessages: (messages: readonly RecordedMessage[]) => void,
  ) {
    this.timer = setInterval(
      node.guard('messages', () => this.take()),
      TAKE_MS,
    );
  }

  /** @param kept whether the last message stands for those before */
  add(topic: WrittenTopic, offered: Offered, kept: boolean): void {
    // A Clock is a stamp itself, and comes up to a thousand times a second.
    const stamped = topic.type === CLOCK || beginsWithHeader(topic.definition ?? '');
    const taken = {
      topic,
      kept,
      count: new LossCount(depthOf(topic), stamped),
      lost_before: 0,
      times: stamped && !isLarge(topic) ? new ArrivalTimes() : null,
    };
    this.taken.push({ ...taken, from: this.subscribe(taken, offered) });
  }

  /** Resubscribes with another QoS. Messages published before discovery completes may be missed. */
  change(name: string, offered: Offered): void {
    const taken = this.taken.find(({ topic }) => topic.topic === name);
    if (taken === undefined) return;
    this.take();
    taken.lost_before += taken.from.lost();
    taken.from.close();
    taken.from = this.subscribe(taken, offered);
  }

  /** Takes what waits now, without waiting for the next look. */
  take(): void {
    const found = this.taken.map((each) => (each.times === null ? [] : each.from.take()));
    const until_ms = this.clock.now_ms();
    const messages = this.woken;
    this.woken = [];
    for (const [index, { topic, kept, count, times }] of this.taken.entries()) {
      const waited = found[index]!;
      if (waited.length === 0 || times === null) continue;
      count.taken(waited);
      const came_ms = until_ms === 0 ? waited.map(() => 0) : times.of(waited, this.looked_ms, until_ms);
      for (const [n, data] of waited.entries())
        messages.push({ topic, latched: kept, time_ms: came_ms[n]!, data });
    }
    this.looked_ms = until_ms;
    this.timer.refresh();
    const dated = this.dated(messages, until_ms);
    if (dated.length > 0) this.onMessages(dated.sort((a, b) => a.time_ms - b.time_ms));
  }

  /** What came before simulated time began has no date: what was latched gets the first one, the rest is left out. */
  private dated(messages: RecordedMessage[], now_ms: number): RecordedMessage[] {
    const early = messages.filter(({ time_ms }) => time_ms === 0);
    if (early.length === 0 && this.undated.length === 0) return messages;
    const held = [...this.undated, ...early.filter(({ latched }) => latched)].slice(-UNDATED_MAX);
    this.undated = now_ms === 0 ? held : [];
    const begun = now_ms === 0 ? [] : held.map((message) => ({ ...message, time_ms: now_ms }));
    return [...begun, ...messages.filter(({ time_ms }) => time_ms !== 0)];
  }

  /** Topics that lost something on the way here, the worst first. */
  losses(): readonly TopicLoss[] {
    for (const { from, count, lost_before } of this.taken) count.told(lost_before + from.lost());
    return this.taken
      .map(({ topic, count }) => ({ topic: topic.topic, lost: count.lost, unclear: count.unclear }))
      .filter(({ lost, unclear }) => lost + unclear > 0)
      .sort((a, b) => b.lost - a.lost || b.unclear - a.unclear);
  }

  close(): void {
    clearInterval(this.timer);
    for (const { from } of this.taken) from.close();
  }

  private subscribe({ topic, kept, count, times }: Omit<Taken, 'from'>, offered: Offered): WaitingMessages {
    const { node } = this;
    const qos: Qos = { ...offered, depth: depthOf(topic) };
    if (times !== null) return node.subscribeQuietly(topic.type, topic.topic, qos);
    return node.subscribeThorough(topic.type, topic.topic, qos, (messages) => {
      count.taken(messages);
      const time_ms = this.clock.now_ms();
      for (const data of messages) this.woken.push({ topic, latched: kept, time_ms, data });
      // Awake anyway. What is small may come a thousand times a second, and waits for the next look.
      if (isLarge(topic)) this.take();
    });
  }
}

function isLarge({ type }: WrittenTopic): boolean {
  return LARGE.test(type);
}

function depthOf(topic: WrittenTopic): number {
  return isLarge(topic) ? LARGE_DEPTH : DEPTH;
}
