import { headerStamp_ns } from './header-stamp.js';

/** Steps between stamps that the usual period is taken from. */
const STEPS = 32;
/** Fewer say nothing about what is usual. */
const STEPS_MIN = 4;

/**
 * Counts what a topic lost before it could be taken. The middleware counts what it loses on the way, but says nothing
 * where a queue was full and its oldest messages made room for newer ones. That can only have happened where as many
 * messages as the queue holds were waiting; then the gaps between their stamps say how many are missing. A gap without
 * a full queue is the publisher's own pause and not counted.
 */
export class LossCount {
  private readonly steps_ns: number[] = [];
  private next = 0;
  private was_full = false;
  private last_ns: number | null = null;
  private dropped = 0;
  private unknown = 0;
  private on_the_way = 0;

  /**
   * @param depth messages that the queue holds
   * @param stamped whether its messages begin with a std_msgs/Header
   */
  constructor(
    private readonly depth: number,
    private readonly stamped: boolean,
  ) {}

  /** Messages that are missing, as far as that is known. */
  get lost(): number {
    return this.dropped + this.on_the_way;
  }

  /** How often the queue was full and nothing says how many are missing, if any. */
  get unclear(): number {
    return this.unknown;
  }

  /** What the middleware says it lost on the way since the start. */
  told(total: number): void {
    this.on_the_way = Math.max(this.on_the_way, total);
  }

  /** Messages that were taken in one go, in their order. */
  taken(messages: readonly Uint8Array[]): void {
    const full = messages.length >= this.depth;
    // It may have been full after the last one was taken, too.
    const suspect = full || this.was_full;
    this.was_full = full;
    if (!this.stamped) {
      if (full) this.unknown += 1;
      return;
    }
    const usual_ns = suspect ? this.usual_ns() : null;
    if (full && usual_ns === null) this.unknown += 1;
    for (const message of messages) this.note(headerStamp_ns(message), usual_ns);
  }

  /** @param usual_ns the usual step, where messages may be missing before this one */
  private note(stamp_ns: number | null, usual_ns: number | null): void {
    if (stamp_ns === null) return;
    const step_ns = this.last_ns === null ? 0 : stamp_ns - this.last_ns;
    this.last_ns = stamp_ns;
    // Several publishers, or a clock that was set: that is no step.
    if (step_ns <= 0) return;
    const gone = usual_ns === null ? 0 : Math.round(step_ns / usual_ns) - 1;
    if (gone > 0) {
      this.dropped += gone;
      return;
    }
    this.steps_ns[this.next] = step_ns;
    this.next = (this.next + 1) % STEPS;
  }

  /** The median: single pauses do not move it. */
  private usual_ns(): number | null {
    if (this.steps_ns.length < STEPS_MIN) return null;
    return [...this.steps_ns].sort((a, b) => a - b)[this.steps_ns.length >> 1]!;
  }
}
