import type { CameraFrame } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { RunChange, RunInput } from '../../contracts/run-input.js';
import { LatestBuffers, type Observations } from '../../kernel/latest-buffers.js';
import { type Shaped, shaped } from '../../meshes/shape.js';
import type { Bag, BagMessage, Complain, MessagePlace } from '../../replay/bag.js';
import { isLatched, latchedBefore } from '../../replay/latched-before.js';
import type { Block } from '../../ros/block.js';
import { cameraBlock, SENSING } from '../../ros/blocks/index.js';
import { FRAMES_KEPT } from '../../ros/camera/frame-memory.js';
import { holdsImageHead } from '../../ros/cdr-reader.js';
import { BagNode } from './bag-node.js';
import type { Taken } from './offline.js';
import { inputReader, isFaultOfNone, type ReadInput, unrepeated } from './recorded-run.js';
import { type RecordedShapes, recordedShapes } from './recorded-shapes.js';
import { type TimeBase, timeIn } from './sim-time.js';
import type { TopicChoice } from './topic-choice.js';
import { UnreadFrames } from './unread-frame.js';

/** Of an image that may give way to a newer one only so much is read: all of it but its pixels, bytes. */
const HEAD_BYTES = 512;
const RAW = 'sensor_msgs/msg/Image';
/** Topics that the blocks hear as they stand, and not only as they come. */
const STANDING = ['robot_description', 'camera/pose', 'tf_static', 'emergency_stop'] as const;
const IMAGES = ['camera/image_raw', 'camera/image_raw/compressed'] as const;

export interface BagInputsOptions {
  readonly bag: Bag;
  readonly choice: TopicChoice;
  readonly parameters: Parameters;
  /** From this time of the bag on, and up to that, ms since the epoch. */
  readonly start_ms: number;
  readonly end_ms: number;
  /** Where time comes from; the times of recording by default. */
  readonly time?: TimeBase;
  readonly complain: Complain;
  /** What was said before and still counts, see standingAt; later inputs come from the bag. None by default. */
  readonly standing?: readonly RunInput[];
  /** Shapes that the recorded run fitted, see {@link RecordedRun.shapes}; none by default. */
  readonly shapes?: RecordedShapes;
  /** The frame of a message that was read whole ahead of time; by default there is none. */
  readonly held?: (place: MessagePlace | undefined) => CameraFrame | null;
}

/** The blocks of the live node on a bag: what they deliver up to a time, as a cycle at that time would find it. */
export class BagInputs {
  /** Messages that were handed to the blocks. */
  messages = 0;
  private readonly buffers = new LatestBuffers();
  private readonly node: BagNode;
  private readonly blocks: readonly Block[];
  private readonly idle: () => Promise<void>;
  private readonly source: Generator<BagMessage>;
  private ahead: BagMessage | null = null;
  /** Images since the last cycle of which only the first bytes were read, the newest ones. */
  private readonly heads: BagMessage[] = [];
  private readonly unread: UnreadFrames;
  private readonly clock: string | null;
  private readonly offset_ms: number;
  /** What the bag's /clock said last, ms. */
  private clock_ms: number;
  private changes: RunChange[] = [];
  /** The bag's topic of what came to the node over no topic of the robot. */
  private readonly told: { readonly topic: string; readonly read: ReadInput } | null;
  private readonly begin_ms: number;

  constructor(options: BagInputsOptions) {
    const { bag, choice, parameters, start_ms, end_ms, time, complain, standing = [] } = options;
    this.unread = new UnreadFrames(options.held);
    this.clock = time?.clock?.topic ?? null;
    this.clock_ms = time?.first_ms ?? 0;
    this.offset_ms = time?.offset_ms ?? 0;
    this.node = new BagNode(choice.chosen, complain);
    this.node.time_ms = this.clock === null ? start_ms + this.offset_ms : this.clock_ms;
    this.begin_ms = this.node.time_ms;
    const told = choice.chosen.get('sage/inputs');
    this.told =
      told === undefined ? null : { topic: told.topic, read: unrepeated(inputReader(told, complain)) };
    let goals = 0;
    const goalId = (): string => {
      goals += 1;
      return `bag-${goals}`;
    };
    const shapes = (urdf: string): Shaped => recordedShapes(urdf, options.shapes) ?? shaped(urdf, parameters);
    const ports = { node: this.node, clock: this.node, sink: this.buffers, parameters, goalId, shapes };
    const camera = cameraBlock(ports);
    this.idle = () => camera.idle();
    const { camera: _camera, ...others } = SENSING;
    this.blocks = [camera, ...Object.values(others).map((make) => make(ports))];
    const topics = new Set([...choice.chosen.values()].map(({ topic }) => topic));
    if (this.clock !== null) topics.add(this.clock);
    const images = IMAGES.flatMap((name) => choice.chosen.get(name)?.topic ?? []);
    const lasting = { topics: new Set(images), messages: FRAMES_KEPT, head_bytes: HEAD_BYTES };
    this.source = bag.read({ topics, start_ms, end_ms, lasting });
    this.deliverStanding(bag, choice, start_ms);
    for (const input of standing) this.take(input);
  }

  /** A part of a bag begins with what was latched before, as a node that starts then is told. */
  private deliverStanding(bag: Bag, { chosen }: TopicChoice, start_ms: number): void {
    // Before the quality of service is read, which is YAML: most replays begin with their bag.
    if (start_ms <= bag.start_ms) return;
    const latched = STANDING.flatMap((name) => chosen.get(name) ?? []).filter((topic) =>
      isLatched(topic, true),
    );
    for (const message of latchedBefore(bag, latched, start_ms)) this.deliver(message, this.begin_ms);
  }

  /** What its robot description lacks, or null: links whose meshes are not on this machine. */
  get lacking(): string | null {
    const rows = this.blocks.flatMap((block) => block.health());
    const row = rows.find(({ name, level }) => name === 'robot_description' && level === 'warn');
    return row === undefined || !/^SAGE_30[56]/.test(row.message) ? null : row.message;
  }

  /** What waits for a cycle at `now_ms`. @throws SageError of the bag */
  async upTo(now_ms: number): Promise<Taken> {
    if (this.clock === null) this.deliverUpTo(now_ms);
    else this.deliverUntil(now_ms, this.clock);
    if (this.node.holds) await this.node.flush(this.idle);
    this.node.time_ms = now_ms;
    const changes = this.changes;
    this.changes = [];
    return { observations: this.lookedAt(this.buffers.drain()), changes };
  }

  /** The image that a cycle takes is looked at, its pixels are read when they are; those that gave way stay unread. */
  private lookedAt(drained: Observations): Observations {
    const heads = this.heads.splice(0);
    const camera = drained.readings.find(({ kind }) => kind === 'camera');
    const newest = heads.at(-1);
    if (camera?.kind !== 'camera' || newest === undefined) return drained;
    const taken = timeIn(newest.data) === camera.stamp_ms;
    const unread = taken ? this.unread.readingOf(camera, newest) : null;
    if (unread === null) {
      for (const message of taken ? [newest] : heads) message.complete?.();
      return drained;
    }
    return { ...drained, readings: drained.readings.map((each) => (each === camera ? unread : each)) };
  }

  private deliverUpTo(now_ms: number): void {
    for (;;) {
      this.ahead ??= this.source.next().value ?? null;
      if (this.ahead === null) return;
      const at_ms = this.ahead.time_ms + this.offset_ms;
      if (at_ms > now_ms) return;
      this.deliver(this.ahead, at_ms);
      this.ahead = null;
    }
  }

  /** All that came before the clock next says `now_ms`, each at what it said then. */
  private deliverUntil(now_ms: number, clock: string): void {
    for (const message of this.messagesLeft()) {
      if (message.topic.topic !== clock) this.deliver(message, this.clock_ms);
      else {
        this.clock_ms = timeIn(message.data) ?? this.clock_ms;
        if (this.clock_ms === now_ms) return;
      }
    }
  }

  /** Unlike the source itself it can be left and taken up again. */
  private *messagesLeft(): Generator<BagMessage> {
    for (;;) {
      const { value, done } = this.source.next();
      if (done === true) return;
      yield value;
    }
  }

  /** What came to the node over no topic of the robot comes to the mind as it did then. */
  private take(input: RunInput): void {
    if (input.kind === 'said') this.buffers.put(input.reading);
    if (input.kind === 'fault' && isFaultOfNone(input.source)) this.buffers.fault(input.source, input.fault);
    if (input.kind === 'change') this.changes.push(input.change);
  }

  private deliver(message: BagMessage, at_ms: number): void {
    if (message.topic.topic === this.told?.topic) {
      this.messages += 1;
      const stamp_ms = timeIn(message.data);
      // What was said before stands already.
      if (stamp_ms === null || stamp_ms < this.begin_ms) return;
      const input = this.told.read(message.data);
      if (input !== null) this.take(input);
      return;
    }
    if (message.complete !== undefined && message.topic.type === RAW) {
      if (holdsImageHead(message.data.subarray(0, HEAD_BYTES))) this.heads.push(message);
      else message.complete();
      // Of more no bytes are left, and none of them is looked at any more.
      if (this.heads.length > FRAMES_KEPT) this.heads.shift();
    }
    this.node.deliver(message, at_ms);
    this.messages += 1;
  }

  close(): void {
    this.source.return(undefined);
    for (const block of this.blocks) block.close();
  }
}
