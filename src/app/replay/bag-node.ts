import { SageError } from '../../contracts/errors.js';
import type { Clock } from '../../contracts/ports.js';
import type { BagMessage, BagTopic, Complain } from '../../replay/bag.js';
import { type Decode, decoderOf } from '../../replay/decode.js';
import type { SensorNode } from '../../ros/block.js';

const COMPRESSED = 'sensor_msgs/msg/CompressedImage';
/** The one publisher that a bag is. */
const PUBLISHER = 'bag';

type Handler = (data: Uint8Array) => void;

/** Who listens to a topic. Another publisher may have sent messages of another type on it; those are not heard. */
interface Heard {
  readonly type: string;
  readonly handlers: Handler[];
}

/**
 * A bag as the node that the sensing blocks subscribe with: the very blocks of the graph, without ROS. Its clock is
 * the time at which the message being delivered came, and between messages that of the cycle.
 */
export class BagNode implements SensorNode, Clock {
  time_ms = 0;
  private readonly heard = new Map<string, Heard>();
  /** Compressed images that came since the last cycle, the newest of each topic: only those are decoded. */
  private readonly held = new Map<string, { readonly message: BagMessage; readonly at_ms: number }>();

  constructor(
    /** The bag's topic behind each of SAGE's names. */
    private readonly chosen: ReadonlyMap<string, BagTopic>,
    private readonly complain: Complain,
  ) {}

  now_ms(): number {
    return this.time_ms;
  }

  subscribeRaw(_type: string, topic: string, _qos: unknown, callback: (bytes: Uint8Array) => void) {
    return this.listen(topic, callback);
  }

  subscribe<T>(_type: string, topic: string, _qos: unknown, callback: (message: T) => void) {
    return this.listen(topic, this.decoding(topic, callback as (message: unknown) => void));
  }

  subscribeLatched<T>(
    _type: string,
    topic: string,
    callback: (message: T, origin: { readonly publisher: string }) => void,
  ) {
    const told = (message: unknown): void => callback(message as T, { publisher: PUBLISHER });
    return [this.listen(topic, this.decoding(topic, told))];
  }

  publishersOf(topic: string): readonly string[] {
    return this.chosen.has(nameOf(topic)) ? [PUBLISHER] : [];
  }

  countPublishers(topic: string): number {
    return this.publishersOf(topic).length;
  }

  hasInterface(type: string): boolean {
    return [...this.chosen.values()].some((topic) => topic.type === type);
  }

  /** Nothing is contained here: what a block throws is a bug, and ends the replay. */
  guard<A extends unknown[]>(_where: string, callback: (...args: A) => void): (...args: A) => void {
    return callback;
  }

  /** Hands a message that came at a time to who subscribed; a compressed image waits for {@link flush}. */
  deliver(message: BagMessage, at_ms: number): void {
    if (message.topic.type === COMPRESSED) this.held.set(message.topic.topic, { message, at_ms });
    else this.dispatch(message, at_ms);
  }

  /** True where images wait for {@link flush}. */
  get holds(): boolean {
    return this.held.size > 0;
  }

  /** Hands over the newest compressed images; `settled` resolves once what was begun for one is done. */
  async flush(settled: () => Promise<void>): Promise<void> {
    for (const { message, at_ms } of this.held.values()) {
      message.complete?.();
      this.dispatch(message, at_ms);
      await settled();
    }
    this.held.clear();
  }

  private dispatch({ topic, data }: BagMessage, at_ms: number): void {
    this.time_ms = at_ms;
    const heard = this.heard.get(topic.topic);
    if (heard?.type === topic.type) for (const handle of heard.handlers) handle(data);
  }

  private listen(topic: string, handle: Handler) {
    const found = this.chosen.get(nameOf(topic));
    const list = found === undefined ? [] : (this.heard.get(found.topic)?.handlers ?? []);
    list.push(handle);
    if (found !== undefined) this.heard.set(found.topic, { type: found.type, handlers: list });
    return {
      publishers: () => (found === undefined ? 0 : 1),
      close: () => {
        const at = list.indexOf(handle);
        if (at >= 0) list.splice(at, 1);
      },
    };
  }

  /** Decodes by the definition in the bag; what cannot be decoded is reported and skipped. */
  private decoding(topic: string, callback: (message: unknown) => void): Handler {
    const found = this.chosen.get(nameOf(topic));
    let decode: Decode | null = null;
    let broken = found === undefined;
    return (data) => {
      if (broken || found === undefined) return;
      let message: unknown;
      try {
        decode ??= decoderOf(found);
        message = decode(data);
      } catch (thrown) {
        if (!(thrown instanceof SageError)) throw thrown;
        broken = decode === null;
        this.complain(thrown);
        return;
      }
      callback(message);
    };
  }
}

/** SAGE's names are relative; `/tf_static` is absolute. */
function nameOf(topic: string): string {
  return topic.startsWith('/') ? topic.slice(1) : topic;
}
