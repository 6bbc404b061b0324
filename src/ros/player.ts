import { SageError } from '../contracts/errors.js';
import type { Bag, BagMessage, BagTopic } from '../replay/bag.js';
import { isLogTopic } from '../replay/log-topic.js';
import { Playback } from '../replay/playback.js';
import { recordedQos } from '../replay/recorded-qos.js';
import { openRos, type RosContext } from './context.js';
import { REPLAYED_TOPIC } from './input-message.js';
import type { Publisher, RosNode } from './node.js';
import { RELIABLE } from './qos.js';
import { msToStamp } from './stamps.js';

/** The player's node. */
const PLAYER_NODE = 'sage_player';
/** How often /clock is published, and the player looks for what is due, ms. */
const CLOCK_MS = 10;

export interface PlayerOptions {
  readonly bag: Bag;
  readonly rosArgs: readonly string[];
  /** Only these topics, by their names in the bag; null = all. */
  readonly topics: ReadonlySet<string> | null;
  /** Topics that somebody asked for by name: these are played whatever they are. */
  readonly named: ReadonlySet<string>;
  /** Names in the bag to the names they are published under. */
  readonly remap: ReadonlyMap<string, string>;
  /** The topic of the bag that is published as /clock; null = the player tells the bag's time of recording. */
  readonly clock: string | null;
  /** What the player adds to the bag's time of recording where it tells it, ms. */
  readonly offset_ms: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly rate: number;
  readonly loop: boolean;
  readonly paused: boolean;
  /** Time for subscribers to find the publishers before the first message, ms. */
  readonly delay_ms: number;
  /** What stood on latched topics before the beginning: published first, in each round. */
  readonly latched: readonly BagMessage[];
  /** What came to the node over no topic of the robot; null where the bag has none. */
  readonly inputs: PlayedInputs | null;
  /** Told of topics that cannot be published here. */
  readonly onNotice: (text: string) => void;
}

/** The bag's topic of `sage/inputs`: it is played to where a node hears it and does not speak itself. */
export interface PlayedInputs {
  readonly topic: string;
  /** What is published first in a round, 0 the first: it was said before the beginning and still stands. */
  readonly begin: (round: number) => readonly (Uint8Array | object)[];
  /** What is published when a message comes; null where it was said before the beginning, or played already. */
  readonly said: (message: BagMessage, round: number) => Uint8Array | object | null;
}

/** What SAGE says itself, and what stands in `sage/inputs` already as the mind took it: a node hears neither. */
const OWN_TYPES = /^sage\/msg\/(Run|MetabolicState|IrpTelemetry|Salience|CycleReport|Decision|ModelEvent)$/;
const COMMANDS = /\/gripper_controller\/commands$/;
/** What a controller of ros2_control is commanded by, whatever the robot calls it. */
const FORWARDED = 'std_msgs/msg/Float64MultiArray';
const FORWARDED_NAME = /\/commands?$/;
const TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory';
const TAKEN = /\/(sage\/goal|emergency_stop)$/;

/** A bag that is played on the graph. */
export interface Player {
  readonly node: string;
  readonly domain_id: number;
  readonly playback: Playback;
  /** Resolves at the end of the bag, or once it is closed; rejects with what the bag throws. */
  readonly ended: Promise<void>;
  close(): void;
}

/**
 * Publishes the messages of a bag as they were recorded, their bytes untouched, with /clock in the bag's time,
 * or with the one that is in the bag.
 * Serves `~/pause`, `~/resume`, `~/toggle_paused` and `~/play_next` (std_srvs/Trigger).
 * @throws SageError SAGE_803, 901 as openRos; SAGE_1009 where nothing of the bag can be published
 */
export async function openPlayer(options: PlayerOptions): Promise<Player> {
  const ros = await openRos(options.rosArgs, PLAYER_NODE, (where, text) =>
    options.onNotice(`error in a callback: ${where}: ${text}`),
  );
  try {
    return new BagPlayer(ros, options);
  } catch (thrown) {
    ros.close();
    throw thrown;
  }
}

class BagPlayer implements Player {
  readonly node: string;
  readonly domain_id: number;
  readonly playback: Playback;
  readonly ended: Promise<void>;
  /** Null where the bag's own clock is played. */
  private readonly clock: Publisher<object> | null;
  private readonly publishers: ReadonlyMap<string, Publisher<Buffer | object>>;
  private settle: (thrown?: unknown) => void = () => {};
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly ros: RosContext,
    private readonly options: PlayerOptions,
  ) {
    const node = ros.createNode(PLAYER_NODE);
    this.node = node.name;
    this.domain_id = ros.domain_id;
    this.ended = new Promise((resolve, reject) => {
      this.settle = (thrown) => (thrown === undefined ? resolve() : reject(thrown));
    });
    const { clock } = options;
    this.clock = clock === null ? node.publisher('rosgraph_msgs/msg/Clock', '/clock', RELIABLE) : null;
    this.publishers = publishersOf(node, options);
    const { bag, start_ms, end_ms, rate, loop, paused } = options;
    const read = { topics: new Set(this.publishers.keys()), start_ms, end_ms };
    const publish = (message: BagMessage): void => this.publish(message);
    const wall_ms = (): number => performance.now();
    // Begins paused: the delay is over before time runs.
    const onRound = (): void => this.begin();
    this.playback = new Playback({ bag, read, rate, loop, paused: true, wall_ms, publish, onRound });
    this.serve(node);
    node.spin();
    this.timer = setTimeout(() => {
      this.begin();
      if (!paused) this.playback.resume();
      this.turn();
    }, options.delay_ms);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.playback.close();
    this.ros.close();
    this.settle();
  }

  /** What stood when the part that is played began. */
  private begin(): void {
    const { latched, inputs } = this.options;
    this.tell();
    for (const { topic, data } of latched) this.send(topic.topic, data);
    if (inputs === null) return;
    for (const said of inputs.begin(this.playback.rounds)) this.send(inputs.topic, said);
  }

  private turn(): void {
    if (this.closed) return;
    try {
      const wait_ms = this.playback.poll();
      this.tell();
      if (wait_ms === null) this.close();
      else this.timer = setTimeout(() => this.turn(), Math.min(wait_ms, CLOCK_MS));
    } catch (thrown) {
      this.settle(thrown);
      this.close();
    }
  }

  private tell(): void {
    this.clock?.publish({ clock: msToStamp(this.playback.time_ms + this.options.offset_ms) });
  }

  private publish(message: BagMessage): void {
    const { topic, data } = message;
    const { inputs } = this.options;
    const said = topic.topic === inputs?.topic ? inputs.said(message, this.playback.rounds) : data;
    if (said !== null) this.send(topic.topic, said);
  }

  private send(topic: string, data: Uint8Array | object): void {
    const bytes =
      data instanceof Uint8Array ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : data;
    this.publishers.get(topic)?.publish(bytes);
  }

  private serve(node: RosNode): void {
    const { playback } = this;
    const services: Readonly<Record<string, () => boolean>> = {
      pause: () => {
        playback.pause();
        return true;
      },
      resume: () => {
        playback.resume();
        return true;
      },
      toggle_paused: () => {
        playback.toggle();
        return true;
      },
      play_next: () => playback.step(),
    };
    for (const [name, act] of Object.entries(services)) {
      node.service<object, object>('std_srvs/srv/Trigger', `~/${name}`, () => {
        const success = act();
        return { success, message: playback.paused ? 'paused' : 'playing' };
      });
    }
  }
}

/** A publisher per topic; one whose type is not installed here is left out with a notice. */
function publishersOf(
  node: RosNode,
  options: PlayerOptions,
): ReadonlyMap<string, Publisher<Buffer | object>> {
  const made = new Map<string, Publisher<Buffer | object>>();
  const wanted = options.bag.topics.filter(
    ({ topic }) => options.topics?.has(topic) !== false || topic === options.clock,
  );
  const leftOut = new Map<string, string[]>();
  for (const topic of wanted) {
    if (made.has(topic.topic)) continue;
    const reason = unplayable(node, topic, options);
    if (reason !== null)
      leftOut.set(reason, [...(leftOut.get(reason) ?? []), `${topic.topic} (${topic.type})`]);
    else {
      const played = topic.topic === options.inputs?.topic ? REPLAYED_TOPIC : topic.topic;
      const name = options.remap.get(topic.topic) ?? played;
      made.set(topic.topic, node.publisher<Buffer | object>(topic.type, name, recordedQos(topic.qos)));
    }
  }
  for (const [reason, topics] of leftOut) {
    options.onNotice(`${topics.join(', ')} ${topics.length === 1 ? 'is' : 'are'} not played: ${reason}`);
  }
  if (made.size > 0) return made;
  const told =
    wanted.length === 0 ? 'none of its topics is selected' : 'none of its message types is installed';
  throw new SageError('SAGE_1009', options.bag.name, told);
}

/** What SAGE said then: of the robot's own, commands, so that a recording does not move an arm. */
function isOwn(topic: string, type: string): boolean {
  return (
    OWN_TYPES.test(type) ||
    isLogTopic(topic) ||
    type === TRAJECTORY ||
    COMMANDS.test(topic) ||
    isForwarded(topic, type)
  );
}

function isForwarded(topic: string, type: string): boolean {
  return type === FORWARDED && FORWARDED_NAME.test(topic);
}

function unplayable(
  node: RosNode,
  { topic, type, serialization }: BagTopic,
  { clock, named, inputs }: PlayerOptions,
): string | null {
  if (topic === '/clock' && clock === null) return 'the player publishes its own clock';
  if (!named.has(topic) && isOwn(topic, type))
    return 'a node that receives the bag publishes it itself; use --topics to play it';
  if (!named.has(topic) && inputs !== null && TAKEN.test(topic))
    return `already contained in ${inputs.topic}`;
  if (serialization !== 'cdr') return `its serialization is "${serialization}"`;
  return node.hasInterface(type) ? null : 'its type is not installed';
}
