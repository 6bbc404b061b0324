import { SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { Bag, BagTopic } from '../../replay/bag.js';
import type { Topics } from '../config.js';
import type { RobotTopic } from '../topics.js';

/** A topic that SAGE listens to, its type, and whether any topic of that type will do where none has its name. */
interface Wanted {
  readonly name: RobotTopic | 'tf_static' | 'sage/inputs';
  readonly type: string;
  readonly byType: boolean;
}

/** What the sensing blocks subscribe to. A String or a Pose can mean anything, so those go by name alone. */
const WANTED: readonly Wanted[] = [
  { name: 'camera/image_raw', type: 'sensor_msgs/msg/Image', byType: true },
  { name: 'camera/image_raw/compressed', type: 'sensor_msgs/msg/CompressedImage', byType: true },
  { name: 'camera/camera_info', type: 'sensor_msgs/msg/CameraInfo', byType: true },
  { name: 'camera/pose', type: 'geometry_msgs/msg/PoseStamped', byType: false },
  { name: 'joint_states', type: 'sensor_msgs/msg/JointState', byType: true },
  { name: 'audio/in', type: 'sage/msg/AudioChunk', byType: true },
  { name: 'audio/data', type: 'audio_common_msgs/msg/AudioData', byType: true },
  { name: 'robot_description', type: 'std_msgs/msg/String', byType: false },
  { name: 'battery_state', type: 'sensor_msgs/msg/BatteryState', byType: true },
  { name: 'emergency_stop', type: 'std_msgs/msg/Bool', byType: false },
  { name: 'sage/goal', type: 'std_msgs/msg/String', byType: false },
  { name: 'tf_static', type: 'tf2_msgs/msg/TFMessage', byType: false },
];

/** What a node told of itself, which only a replay hears. */
const TOLD: Wanted = { name: 'sage/inputs', type: 'sage/msg/Input', byType: false };
/** What is in that already, as the mind took it: goals with their ids, and what several emergency stops came to. */
const TOLD_ALREADY: readonly Wanted['name'][] = ['sage/goal', 'emergency_stop'];

/** The topics that SAGE hears on a graph, as the header of a log names them. `topicOf`: a name with remaps applied. */
export function heardTopics(topicOf: (name: string) => string): LogHeader['topics'] {
  return WANTED.map(({ name, type }) => ({ name, topic: topicOf(name), type }));
}

/** Topics that could have been taken as well, in words. */
const OTHERS_SHOWN = 3;

/** What a bag's topics are taken for. */
export interface TopicChoice {
  /** The bag's topic behind each of SAGE's names. */
  readonly chosen: ReadonlyMap<string, BagTopic>;
  /** Choices that the user did not make, to be reported. */
  readonly notices: readonly string[];
}

export interface ChoiceOptions {
  /** The robot's own names, from the configuration. */
  readonly topics: Topics;
  /** Names in the bag to the names they are given, as `ros2 bag play --remap`. */
  readonly remap: ReadonlyMap<string, string>;
  /** Only these topics of the bag, by their own names; null = all. */
  readonly only: ReadonlySet<string> | null;
  readonly complain: (error: SageError) => void;
}

/**
 * Chooses which topics of a bag SAGE hears: by the names of the configuration, else, with a notice, by type, or by the
 * end of the name where the type says too little.
 * SAGE_1006 (which best effort goes on past) for a topic of the right name and another type.
 * @throws SageError SAGE_1009 where nothing is left.
 */
export function chooseTopics(bag: Bag, options: ChoiceOptions): TopicChoice {
  // A recorder that takes every topic also notes those on which nothing was ever said.
  const offered = bag.topics
    .filter(({ messages }) => messages !== 0)
    .filter(({ topic, serialization }) => serialization === 'cdr' && options.only?.has(topic) !== false)
    .map((topic) => ({ topic, name: absolute(options.remap.get(topic.topic) ?? topic.topic) }));
  const chosen = new Map<string, BagTopic>();
  const notices: string[] = [];
  for (const wanted of [...WANTED, TOLD]) {
    const expected = absolute(options.topics[wanted.name as RobotTopic] ?? wanted.name);
    const named = offered.filter(({ name }) => name === expected).map(({ topic }) => topic);
    const right = named.find(({ type }) => type === wanted.type);
    if (right !== undefined) chosen.set(wanted.name, right);
    else if (named[0] !== undefined) options.complain(notWanted(named[0], wanted));
  }
  const taken = new Set([...chosen.values()].map(({ topic }) => topic));
  for (const wanted of [...WANTED, TOLD]) {
    if (wanted.byType || chosen.has(wanted.name)) continue;
    const alike = offered.filter(
      ({ name, topic }) => topic.type === wanted.type && name.endsWith(`/${wanted.name}`),
    );
    const [only] = alike;
    // Of several robots it would be a guess whose description or goal is meant.
    if (only === undefined || alike.length > 1) continue;
    chosen.set(wanted.name, only.topic);
    taken.add(only.topic.topic);
    notices.push(
      `using ${only.name} for ${wanted.name}, by the end of its name; override with --remap or topics:`,
    );
  }
  for (const wanted of WANTED) {
    if (!wanted.byType || chosen.has(wanted.name) || hasImage(wanted, chosen)) continue;
    const alike = offered
      .map(({ topic }) => topic)
      .filter((topic) => topic.type === wanted.type && !taken.has(topic.topic) && canBe(wanted, topic));
    const found = likeliest(
      alike,
      chosen.get('camera/image_raw') ?? chosen.get('camera/image_raw/compressed'),
    );
    if (found === undefined) continue;
    chosen.set(wanted.name, found);
    taken.add(found.topic);
    notices.push(guessed(found, wanted, alike));
  }
  if (chosen.has(TOLD.name)) for (const name of TOLD_ALREADY) chosen.delete(name);
  if (chosen.size === 0) throw nothing(bag, options.only);
  return { chosen, notices };
}

/** What a robot needs for SAGE to see, to move and to receive goals; the rest is extra. */
const NEEDED: readonly (readonly Wanted['name'][])[] = [
  ['camera/image_raw', 'camera/image_raw/compressed'],
  ['camera/camera_info'],
  ['camera/pose', 'tf_static'],
  ['joint_states'],
  ['robot_description'],
  ['sage/goal', 'sage/inputs'],
];

/** Names for which a bag has nothing, of two that can stand for each other the first. */
export function missingFrom({ chosen }: TopicChoice): readonly string[] {
  return NEEDED.filter((names) => !names.some((name) => chosen.has(name))).map(([name]) => name!);
}

/** Depth goes as a compressed image too, which is none that SAGE can look at. */
function canBe({ name }: Wanted, { topic }: BagTopic): boolean {
  return name !== 'camera/image_raw/compressed' || !/compressedDepth|theora|ffmpeg/.test(topic);
}

function guessed({ topic }: BagTopic, { name }: Wanted, alike: readonly BagTopic[]): string {
  const others = alike.map((other) => other.topic).filter((other) => other !== topic);
  const shown = others.slice(0, OTHERS_SHOWN).join(', ');
  const more = others.length > OTHERS_SHOWN ? ` and ${others.length - OTHERS_SHOWN} more` : '';
  const beside = others.length === 0 ? '' : `, and not ${shown}${more}`;
  return `using ${topic} for ${name}, by its type${beside}; override with --remap or topics:`;
}

/** A compressed image is not guessed where there is a raw one. */
function hasImage({ name }: Wanted, chosen: ReadonlyMap<string, BagTopic>): boolean {
  return name === 'camera/image_raw/compressed' && chosen.has('camera/image_raw');
}

/** SAGE_1005 where nothing says what the topic is of: MCAP names the type of a channel in its schema alone. */
function notWanted({ topic, type }: BagTopic, wanted: Wanted): SageError {
  if (type === '') return new SageError('SAGE_1005', topic, 'it has no schema, and so no type');
  return new SageError('SAGE_1006', topic, `it is of type ${type}, and ${wanted.name} is ${wanted.type}`);
}

/** The one with most in common with the camera's image, then no depth image, then the most messages, then by name. */
function likeliest(topics: readonly BagTopic[], beside: BagTopic | undefined): BagTopic | undefined {
  const rank = ({ topic, messages }: BagTopic): readonly number[] => [
    beside === undefined ? 0 : -common(topic, beside.topic),
    topic.includes('depth') ? 1 : 0,
    -(messages ?? 0),
  ];
  return [...topics].sort((a, b) => {
    const [ranksA, ranksB] = [rank(a), rank(b)];
    const at = ranksA.findIndex((value, index) => value !== ranksB[index]);
    return at >= 0 ? ranksA[at]! - ranksB[at]! : a.topic < b.topic ? -1 : 1;
  })[0];
}

/** How many leading parts two names share. */
function common(a: string, b: string): number {
  const [partsA, partsB] = [a.split('/'), b.split('/')];
  const at = partsA.findIndex((part, index) => part !== partsB[index]);
  return at < 0 ? partsA.length : at;
}

function absolute(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}

/** Why topics that look as if they would do do not. */
function whyNot({ topics }: Bag): string {
  if (topics.every(({ messages }) => messages === 0)) return ', and there are no messages on these';
  const other = topics.find(({ serialization }) => serialization !== 'cdr');
  if (other !== undefined)
    return `, and ${other.topic} is serialized as "${other.serialization}", not as in ROS 2`;
  const depth = topics.find(({ topic }) => topic.includes('compressedDepth'));
  return depth === undefined ? '' : `, and ${depth.topic} is a depth image, which SAGE does not use`;
}

/** Why the topics that were asked for are not enough. */
function leftBy(bag: Bag, only: ReadonlySet<string>): string {
  const unknown = [...only].filter((name) => !bag.topics.some(({ topic }) => topic === name));
  return unknown.length > 0
    ? `${unknown.join(', ')} (from --topics) is not in the bag`
    : `SAGE uses none of the --topics given (${[...only].join(', ')})`;
}

function nothing(bag: Bag, only: ReadonlySet<string> | null): SageError {
  const list = bag.topics
    .map(({ topic, type }) => `${topic} (${type === '' ? 'no schema' : type})`)
    .slice(0, 12);
  const more = bag.topics.length > list.length ? `, and ${bag.topics.length - list.length} more` : '';
  const types = WANTED.filter(({ byType }) => byType).map(({ type }) => type.replace('sensor_msgs/msg/', ''));
  const heard = only === null ? `SAGE needs ${types.join(', ')} and found none` : leftBy(bag, only);
  const told =
    list.length === 0
      ? 'it has no topics: it is empty, or was cut off before its first complete chunk'
      : `it has ${list.join(', ')}${more}; ${heard}${whyNot(bag)}`;
  return new SageError('SAGE_1009', bag.name, told);
}
