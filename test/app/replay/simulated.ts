import { readFileSync } from 'node:fs';
import type { ReplayRequest } from '../../../src/app/replay/material.js';
import type { LogRecord } from '../../../src/contracts/log.js';
import { JointStateCdr } from '../../../src/ros/sim-messages.js';
import { msToStamp } from '../../../src/ros/stamps.js';
import type { Made } from '../../replay/bags.js';

/** A replay of all of a bag as it is, without parameters of its own. */
export const PLAIN: Omit<ReplayRequest, 'bag'> = {
  log: null,
  from: null,
  costs: 'declared',
  config: [],
  set: [],
  remap: new Map(),
  topics: [],
  start_s: 0,
  duration_s: null,
  best_effort: false,
};

/** The lines of a log. */
export function recordsOf(path: string): LogRecord[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord);
}

/** When the bags of these tests begin, by the clock on the wall, ms since the epoch. */
export const WALL_MS = 1_700_000_000_000;
const CLOCK = { topic: '/clock', type: 'rosgraph_msgs/msg/Clock' };

/** A /clock that came at a time and says another, ms. */
export function clock(at_ms: number, says_ms: number): Made {
  const data = Buffer.alloc(12);
  data[1] = 1;
  const { sec, nanosec } = msToStamp(says_ms);
  data.writeInt32LE(sec, 4);
  data.writeUInt32LE(nanosec, 8);
  return { ...CLOCK, time_ms: WALL_MS + at_ms, data };
}

/** Joints that came at a time with a stamp of another, ms. */
export function joints(at_ms: number, stamp_ms: number): Made {
  const message = new JointStateCdr(['a', 'b']);
  message.set(msToStamp(stamp_ms), [stamp_ms / 1e5, 0], [0, 0]);
  const data = Buffer.from(message.message);
  return { topic: '/joint_states', type: 'sensor_msgs/msg/JointState', time_ms: WALL_MS + at_ms, data };
}

/** A simulation at half speed whose clock comes every 100 ms of its time, with joints at 50 Hz of it in between. */
export function simulated(at_ms: number, from_ms: number, until_ms: number): Made[] {
  const made: Made[] = [];
  for (let sim_ms = from_ms; sim_ms < until_ms; sim_ms += 20) {
    const wall_ms = at_ms + (sim_ms - from_ms) * 2;
    if (sim_ms % 100 === 0) made.push(clock(wall_ms, sim_ms));
    made.push(joints(wall_ms + 1, sim_ms));
  }
  return made;
}
