import type { HealthEntry, ReadingSink } from '../contracts/graph.js';
import type { Action } from '../contracts/motion.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Clock } from '../contracts/ports.js';
import type { Shaped } from '../meshes/shape.js';
import type { RosNode } from './node.js';

/**
 * What a sensing block uses of a node. A recording can stand behind it: the same blocks then read a bag, without
 * ROS.
 */
export type SensorNode = Pick<
  RosNode,
  | 'subscribe'
  | 'subscribeRaw'
  | 'subscribeLatched'
  | 'publishersOf'
  | 'countPublishers'
  | 'hasInterface'
  | 'guard'
>;

/** What every sensing block is given. */
export interface SensorPorts {
  readonly node: SensorNode;
  /** One clock for all blocks of a process: with use_sim_time it must not differ from the main node's. */
  readonly clock: Clock;
  readonly sink: ReadingSink;
  readonly parameters: Parameters;
  /**
   * A description with the shapes of its meshes. May block for seconds, as a replay can wait; by default the meshes of
   * this machine are read on another thread.
   */
  readonly shapes?: (urdf: string) => Shaped;
  /** Names a goal that came without a name; by default a random one. */
  readonly goalId?: () => string;
}

/** What every block is given. */
export interface BlockPorts extends SensorPorts {
  readonly node: RosNode;
}

/** A sensing block: reads topics, checks what came, and delivers readings to the sink. */
export interface Block {
  /** One row of /diagnostics per source. */
  health(): readonly HealthEntry[];
  /** Whether it still works on a message that has come. */
  busy?(): boolean;
  /** Ends timers and work under way; the node itself is destroyed by whoever made it. */
  close(): void;
}

/** An effecting block: the last line before the robot. */
export interface Effector extends Block {
  /** Sends an action of its kind, or refuses it with a fault on its source. */
  send(action: Action): void;
}

export const SENSING_BLOCKS = [
  'camera',
  'joints',
  'microphone',
  'battery',
  'emergency_stop',
  'goal',
  'robot_description',
] as const;
export type SensingBlockName = (typeof SENSING_BLOCKS)[number];

export const EFFECTING_BLOCKS = ['arm', 'gripper'] as const;
export type EffectingBlockName = (typeof EFFECTING_BLOCKS)[number];

export type BlockName = SensingBlockName | EffectingBlockName;

/** Their names, for messages. */
export const BLOCK_NAMES = [...SENSING_BLOCKS, ...EFFECTING_BLOCKS].join(', ');

export function isBlockName(name: string): name is BlockName {
  return ([...SENSING_BLOCKS, ...EFFECTING_BLOCKS] as readonly string[]).includes(name);
}
