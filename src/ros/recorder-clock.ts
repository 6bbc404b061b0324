import { headerStamp_ns } from '../replay/record/header-stamp.js';
import type { RosNode } from './node.js';
import type { WaitingMessages } from './waiting-messages.js';

/** What messages are dated by. */
export interface RecorderClock {
  /** ms; 0 while it is not known yet. */
  now_ms(): number;
  close(): void;
}

/** Messages of /clock that wait at most; only the newest counts. */
const DEPTH = 100;

/** System time, or the newest /clock with use_sim_time. */
export function recorderClock(node: RosNode): RecorderClock {
  if (node.inner.getParameter('use_sim_time').value === true) return new SimulatedClock(node);
  return { now_ms: () => node.now_ms(), close: () => undefined };
}

/**
 * The newest /clock there is at the moment of asking. The node's own clock takes one message in a turn: while a large
 * piece is written it falls behind, and messages would be dated before their own stamps.
 */
class SimulatedClock implements RecorderClock {
  private readonly from: WaitingMessages;
  private newest_ms = 0;

  constructor(node: RosNode) {
    const qos = { depth: DEPTH, reliable: false, latched: false };
    this.from = node.subscribeQuietly('rosgraph_msgs/msg/Clock', '/clock', qos);
  }

  now_ms(): number {
    // A Clock is a stamp, and lies where that of a header does.
    const newest_ns = this.from.take().map(headerStamp_ns).at(-1);
    if (newest_ns !== undefined && newest_ns !== null) this.newest_ms = newest_ns / 1e6;
    return this.newest_ms;
  }

  close(): void {
    this.from.close();
  }
}
