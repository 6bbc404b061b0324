import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '../contracts/errors.js';
import type { Clock } from '../contracts/ports.js';
import { loadAddon } from './addon.js';
import { LATCHED_MANY, PLAIN, type Qos } from './qos.js';
import type {
  RclEndpoint,
  RclLogger,
  RclModule,
  RclNode,
  RclPublisher,
  RclServiceResponse,
  RclSubscription,
} from './rcl.js';
import { WaitingMessages } from './waiting-messages.js';

/** How long the thread that waits for a node's data sleeps at most, ms. */
const WAIT_MS = 20;
/** Publishers of one latched topic whose last message is remembered; more are not told apart. */
const LATCHED_PUBLISHERS_MAX = 64;

export interface Publisher<T> {
  publish(message: T): void;
  /** Subscribers matched now; a volatile message for none need not be made. */
  subscribers(): number;
}

export interface Subscription {
  /** Publishers matched now. */
  publishers(): number;
  close(): void;
}

/** Where a message of a latched topic came from. */
export interface Origin {
  /** The publisher's id as hex. */
  readonly publisher: string;
}

/** Told of everything that a callback threw: a bug of ours, which must neither end the process nor stay hidden. */
export type BugReporter = (where: string, text: string) => void;

/** One ROS node. Every callback that it is given is guarded: rclnodejs leaks, or aborts, when a callback throws. */
export class RosNode implements Clock {
  private last_ms = 0;

  constructor(
    readonly rcl: RclModule,
    readonly inner: RclNode,
    private readonly onBug: BugReporter,
    /** False once the context closes: while nodes are destroyed, rclnodejs still runs callbacks of others. */
    private readonly isOpen: () => boolean,
  ) {}

  get name(): string {
    return this.inner.name();
  }

  /** With its namespace: `/sage`. */
  get fullName(): string {
    return this.inner.getFullyQualifiedName();
  }

  /** The node's log: standard error and /rosout, by the level that `--log-level` sets. */
  get log(): RclLogger {
    return this.inner.getLogger();
  }

  /** System time, or /clock with use_sim_time, ms; stands still once the node is closed. */
  now_ms(): number {
    if (this.isOpen()) this.last_ms = Number(this.inner.getClock().now().nanoseconds) / 1e6;
    return this.last_ms;
  }

  publisher<T>(type: string, topic: string, qos: Qos): Publisher<T> {
    const inner = this.inner.createPublisher(type, topic, {
      qos: this.qosOf(qos),
    }) as unknown as RclPublisher<T>;
    return {
      publish: (message) => {
        if (this.isOpen()) inner.publish(message);
      },
      subscribers: () => (this.isOpen() ? inner.subscriptionCount : 0),
    };
  }

  subscribe<T>(type: string, topic: string, qos: Qos, callback: (message: T) => void): Subscription {
    const guarded = this.guard(topic, callback);
    return this.attach(
      this.inner.createSubscription(type, topic, { qos: this.qosOf(qos) }, (message: never) =>
        guarded(message),
      ),
    );
  }

  /** As subscribe, with the bytes as they came over the wire: for what comes often. */
  subscribeRaw(type: string, topic: string, qos: Qos, callback: (bytes: Uint8Array) => void): Subscription {
    const guarded = this.guard(topic, callback);
    const options = { qos: this.qosOf(qos), isRaw: true };
    return this.attach(this.inner.createSubscription(type, topic, options, (bytes: never) => guarded(bytes)));
  }

  /**
   * As subscribeRaw, for who must have every message: all that wait are taken in one turn, as many as the queue holds.
   * The executor of rclnodejs 2.2.0 takes one of each topic in a turn, so that what comes often is dropped by the
   * middleware, silently, as soon as turns take long.
   */
  subscribeThorough(
    type: string,
    topic: string,
    qos: Qos,
    callback: (messages: readonly Uint8Array[]) => void,
  ): WaitingMessages {
    const guarded = this.guard(topic, callback);
    const options = { qos: this.qosOf(qos), isRaw: true };
    const inner = this.inner.createSubscription(type, topic, options, (first: Uint8Array) =>
      guarded(waiting.take([first])),
    );
    const end = (): void => this.inner.destroySubscription(inner);
    const waiting = new WaitingMessages(inner.handle, qos.depth, this.isOpen, end);
    return waiting;
  }

  /**
   * A subscription that wakes nobody, for who takes what waits at their own pace. rclnodejs does not know of it: a wake-up
   * costs it more than most messages, in two threads.
   */
  subscribeQuietly(type: string, topic: string, qos: Qos): WaitingMessages {
    const [folder = '', kind = '', name = ''] = type.split('/');
    const options = { qos: this.qosOf(qos) };
    const inner = loadAddon().createSubscription(this.inner.handle, folder, kind, name, topic, options);
    return new WaitingMessages(inner, qos.depth, this.isOpen, () => inner.release());
  }

  /**
   * Subscribes so that latched and plain publishers both reach us: a subscriber that asks for latched messages is
   * not matched with a publisher that does not latch, and one that does not ask gets no earlier message. What
   * comes twice is taken once, told apart by publisher and time of publication.
   */
  subscribeLatched<T>(
    type: string,
    topic: string,
    callback: (message: T, origin: Origin) => void,
  ): readonly Subscription[] {
    const guarded = this.guard(topic, callback);
    const last = new Map<string, bigint>();
    const once = (message: never, info: { sourceTimestamp: bigint; publisherGid: Uint8Array }): void => {
      const publisher = Buffer.from(info.publisherGid).toString('hex');
      const before = last.get(publisher);
      if (before !== undefined && info.sourceTimestamp <= before) return;
      last.delete(publisher);
      last.set(publisher, info.sourceTimestamp);
      const [oldest] = last.keys();
      if (last.size > LATCHED_PUBLISHERS_MAX && oldest !== undefined) last.delete(oldest);
      guarded(message, { publisher });
    };
    return [LATCHED_MANY, PLAIN].map((qos) =>
      this.attach(this.inner.createSubscription(type, topic, { qos: this.qosOf(qos) }, once)),
    );
  }

  service<Request, Response extends object>(
    type: string,
    name: string,
    handle: (request: Request) => Response,
  ): void {
    this.inner.createService(type, name, {}, (request: never, response: RclServiceResponse) => {
      if (!this.isOpen()) return;
      try {
        response.send(handle(request));
      } catch (thrown) {
        this.onBug(name, messageOf(thrown));
      }
    });
  }

  /** As `service`, for what takes a while. What `handle` rejects with is a bug of ours; the caller then gets no answer. */
  serviceLater<Request, Response extends object>(
    type: string,
    name: string,
    handle: (request: Request) => Promise<Response>,
  ): void {
    this.inner.createService(type, name, {}, (request: never, response: RclServiceResponse) => {
      if (!this.isOpen()) return;
      handle(request).then(
        (answer) => {
          if (this.isOpen()) response.send(answer);
        },
        (thrown) => this.onBug(name, messageOf(thrown)),
      );
    });
  }

  /** Publishers of a topic on the whole graph, by id as hex. */
  publishersOf(topic: string): readonly string[] {
    return this.inner
      .getPublishersInfoByTopic(this.resolve(topic))
      .map(({ endpoint_gid }) => Buffer.from(Uint8Array.from(endpoint_gid)).toString('hex'));
  }

  /** Every topic of the graph, by its full name, with the types it is published or subscribed as. */
  topics(): readonly { readonly name: string; readonly types: readonly string[] }[] {
    return this.inner.getTopicNamesAndTypes();
  }

  /** What the publishers of a topic offer. */
  offersOf(topic: string): readonly RclEndpoint[] {
    return this.inner.getPublishersInfoByTopic(this.resolve(topic));
  }

  /** What the subscribers of a topic ask for. */
  requestsOf(topic: string): readonly RclEndpoint[] {
    return this.inner.getSubscriptionsInfoByTopic(this.resolve(topic));
  }

  /** A relative name as it stands on the graph, remaps applied. */
  resolve(name: string): string {
    return this.inner.resolveTopicName(name);
  }

  countPublishers(topic: string): number {
    return this.inner.countPublishers(this.resolve(topic));
  }

  /** True where the package that defines this interface is installed. */
  hasInterface(type: string): boolean {
    const [folder = '', kind = '', name = ''] = type.split('/');
    // Looked for here, since rclnodejs complains on stderr about each place where it does not find one.
    const prefixes = (process.env.AMENT_PREFIX_PATH ?? '').split(delimiter).filter(Boolean);
    return prefixes.some((prefix) => existsSync(join(prefix, 'share', folder, kind, `${name}.${kind}`)));
  }

  /** Wraps a callback so that nothing it throws reaches rclnodejs, and that it rests once the node is closed. */
  guard<A extends unknown[]>(where: string, callback: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      if (!this.isOpen()) return;
      try {
        callback(...args);
      } catch (thrown) {
        this.onBug(where, messageOf(thrown));
      }
    };
  }

  /**
   * Begins to serve the node's topics. Everything is best created before: adding later blocks for up to `wait_ms`, which
   * is how long the thread that waits for data sleeps at most.
   */
  spin(wait_ms = WAIT_MS): void {
    this.inner.spin(wait_ms);
  }

  private attach(inner: RclSubscription): Subscription {
    return {
      publishers: () => inner.publisherCount,
      close: () => this.inner.destroySubscription(inner),
    };
  }

  private qosOf({ depth, reliable, latched }: Qos): object {
    const keepLast = 1;
    return new this.rcl.QoS(keepLast, depth, reliable ? 1 : 2, latched ? 1 : 2);
  }
}
