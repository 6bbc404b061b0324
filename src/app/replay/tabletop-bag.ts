import { parse } from '@foxglove/rosmsg';
import { MessageWriter } from '@foxglove/rosmsg2-serialization';
import type { Parameters } from '../../contracts/parameters/index.js';
import { BagWriter, type BagWriterOptions, LATCHED_QOS, type WrittenTopic } from '../../replay/bag-writer.js';
import { KNOWN_DEFINITIONS } from '../../replay/known-definitions.js';
import { setStamp } from '../../ros/cdr.js';
import {
  cameraInfoCdr,
  imagePrefix,
  JointStateCdr,
  OPTICAL_FRAME,
  poseMessage,
} from '../../ros/sim-messages.js';
import { msToStamp } from '../../ros/stamps.js';
import type { TabletopWorld } from '../../sim/world.js';
import { SimulatedRun } from '../bench/simulated-run.js';
import { replayInference } from './inference.js';

const IMAGE: WrittenTopic = { topic: '/camera/image_raw', type: 'sensor_msgs/msg/Image' };
const JPEG: WrittenTopic = { topic: '/camera/image_raw/compressed', type: 'sensor_msgs/msg/CompressedImage' };
const INFO: WrittenTopic = { topic: '/camera/camera_info', type: 'sensor_msgs/msg/CameraInfo' };
const POSE: WrittenTopic = { topic: '/camera/pose', type: 'geometry_msgs/msg/PoseStamped', qos: LATCHED_QOS };
const JOINTS: WrittenTopic = { topic: '/joint_states', type: 'sensor_msgs/msg/JointState' };
const URDF: WrittenTopic = { topic: '/robot_description', type: 'std_msgs/msg/String', qos: LATCHED_QOS };
const GOAL: WrittenTopic = { topic: '/sage/goal', type: 'std_msgs/msg/String' };
/** Time of the first message, ms since the epoch: any will do, the same each time. */
const START_MS = 1_700_000_000_000;
/** The goal comes once the camera has been seen for a while, s. */
const GOAL_AT_S = 1.5;

export interface TabletopBagOptions extends BagWriterOptions {
  readonly parameters: Parameters;
  readonly seed: number;
  readonly seconds: number;
  /** Said after a second and a half, and again each `goal_every_s`; empty = none. */
  readonly goals: readonly string[];
  readonly goal_every_s: number;
  readonly camera_hz: number;
  readonly joints_hz: number;
  /** Quality of JPEG images, 1 to 100; null = raw images. */
  readonly jpeg_quality: number | null;
}

interface Due {
  readonly topic: WrittenTopic;
  readonly time_ms: number;
  readonly data: Uint8Array;
}

/** What was written. */
export interface TabletopBag {
  readonly path: string;
  readonly messages: number;
}

/**
 * Writes a bag of the simulated tabletop, with the whole mind at work on it in virtual time: the topics of a real
 * robot, recorded at their rates. The same options give the same world. @throws SageError SAGE_1023
 */
export async function writeTabletopBag(path: string, options: TabletopBagOptions): Promise<TabletopBag> {
  const inference = replayInference(options.parameters);
  const writer = await BagWriter.create(path, options);
  const scribe = new Scribe(options);
  let messages = 0;
  try {
    const run = new SimulatedRun(options.seed, options.parameters, inference, (world, time_s) =>
      scribe.look(world, time_s),
    );
    const period_s = 1 / options.parameters.kernel.rate_hz;
    const cycles = Math.round(options.seconds / period_s);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const goal = scribe.goalAt(cycle * period_s);
      if (goal !== null) run.say(goal);
      await run.advance(period_s);
      for (const { topic, time_ms, data } of await scribe.take()) {
        writer.write(topic, time_ms, data);
        messages += 1;
      }
    }
  } finally {
    await writer.close();
    await inference.close();
  }
  return { path, messages };
}

/** Turns what the world's sensors say into messages. */
class Scribe {
  private due: Due[] = [];
  private joints: JointStateCdr | null = null;
  private next_camera_s = 0;
  private next_joints_s = 0;
  private said = 0;

  constructor(private readonly options: TabletopBagOptions) {}

  look(world: TabletopWorld, time_s: number): void {
    const time_ms = START_MS + Math.round(time_s * 1e6) / 1000;
    if (this.joints === null) this.introduce(world, time_ms);
    if (time_s + 1e-9 >= this.next_joints_s) {
      this.next_joints_s += 1 / this.options.joints_hz;
      this.feel(world, time_ms);
    }
    if (time_s + 1e-9 >= this.next_camera_s) {
      this.next_camera_s += 1 / this.options.camera_hz;
      this.see(world, time_ms);
    }
  }

  /** The goal that is said now, null for none. */
  goalAt(time_s: number): string | null {
    const { goals, goal_every_s } = this.options;
    if (goals.length === 0 || time_s + 1e-9 < GOAL_AT_S + this.said * goal_every_s) return null;
    const goal = goals[this.said % goals.length] ?? null;
    this.said += 1;
    if (goal !== null) this.put(GOAL, START_MS + time_s * 1000, encode(GOAL.type, { data: goal }));
    return goal;
  }

  /** What is due since the last time. */
  async take(): Promise<readonly Due[]> {
    const { due } = this;
    this.due = [];
    const { jpeg_quality } = this.options;
    if (jpeg_quality === null) return due;
    return Promise.all(due.map((one) => (one.topic === IMAGE ? jpegOf(one, jpeg_quality) : one)));
  }

  private introduce(world: TabletopWorld, time_ms: number): void {
    this.joints = new JointStateCdr(world.jointState().names);
    const stamp = msToStamp(time_ms);
    const pose = poseMessage(world.cameraPose, world.base_frame, stamp);
    this.put(URDF, time_ms, encode(URDF.type, { data: world.urdf }));
    this.put(POSE, time_ms, encode(POSE.type, pose));
  }

  private feel(world: TabletopWorld, time_ms: number): void {
    const { position, velocity } = world.jointState();
    this.joints?.set(msToStamp(time_ms), position, velocity);
    this.put(JOINTS, time_ms, Buffer.from(this.joints?.message ?? []));
  }

  private see(world: TabletopWorld, time_ms: number): void {
    const { width, height } = world.camera;
    const pixels = world.render().data;
    const image = Buffer.concat([imagePrefix(width, height, pixels.length), pixels]);
    setStamp(image, msToStamp(time_ms));
    this.put(IMAGE, time_ms, image);
    const info = cameraInfoCdr(world.camera);
    setStamp(info, msToStamp(time_ms));
    this.put(INFO, time_ms, info);
  }

  private put(topic: WrittenTopic, time_ms: number, data: Uint8Array): void {
    this.due.push({ topic, time_ms, data });
  }
}

const writers = new Map<string, MessageWriter>();

function encode(type: string, message: object): Uint8Array {
  let writer = writers.get(type);
  if (writer === undefined) {
    writer = new MessageWriter(parse(KNOWN_DEFINITIONS[type] ?? '', { ros2: true }));
    writers.set(type, writer);
  }
  return writer.writeMessage(message);
}

/** A raw rgb8 image as a CompressedImage. */
async function jpegOf({ time_ms, data }: Due, quality: number): Promise<Due> {
  const sharp = (await import('sharp')).default;
  const { readImage } = await import('../../ros/cdr-reader.js');
  const { width, height, data: pixels } = readImage(data);
  const raw = { width, height, channels: 3 as const };
  const jpeg = await sharp(pixels, { raw }).jpeg({ quality }).toBuffer();
  const header = { stamp: msToStamp(time_ms), frame_id: OPTICAL_FRAME };
  return {
    topic: JPEG,
    time_ms,
    data: encode(JPEG.type, { header, format: 'rgb8; jpeg compressed bgr8', data: jpeg }),
  };
}
