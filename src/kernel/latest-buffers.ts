import type { Fault } from '../contracts/errors.js';
import type { AnyReading } from '../contracts/observation.js';

/** Readings of a kind that may wait between two cycles. State-like kinds keep only the newest. */
const CAPACITY: Readonly<Record<AnyReading['kind'], number>> = {
  camera: 1,
  joints: 64,
  battery: 1,
  emergency_stop: 8,
  goal: 16,
  operator: 32,
  robot_description: 1,
  camera_info: 1,
  camera_pose: 1,
  sound: 1,
  embedding: 1,
};

/** Requests by people, none of which may be lost. */
const SAID: ReadonlySet<AnyReading['kind']> = new Set(['goal', 'operator']);

/** What the kernel drains at the start of a cycle. */
export interface Observations {
  readonly readings: readonly AnyReading[];
  /** Faults of the sources since their last good reading, by source. */
  readonly faults: ReadonlyMap<string, Fault>;
  /** Readings dropped since the last drain, by source: counted, never silent. */
  readonly dropped: ReadonlyMap<string, number>;
}

/**
 * The only thing a ROS callback may write to. Bounded per source: when a buffer is full the oldest reading is
 * dropped, except goals and operator requests, where the newest is refused (`put` returns false), because
 * nothing accepted may be lost.
 */
export class LatestBuffers {
  /** By kind, then source. */
  private readonly buffers = new Map<AnyReading['kind'], Map<string, AnyReading[]>>();
  /** State-like kinds, in the order of their first reading. */
  private readonly sensed: AnyReading[][] = [];
  private readonly faults = new Map<string, Fault>();
  private dropped = new Map<string, number>();
  /** Requests since the last drain, from all sources, oldest first. */
  private said: AnyReading[] = [];

  /** Stores a reading. False if it was refused because the queue of its source is full. */
  put(reading: AnyReading): boolean {
    const waiting = this.bufferOf(reading);
    const accepted = SAID.has(reading.kind);
    if (waiting.length >= CAPACITY[reading.kind]) {
      this.dropped.set(reading.source, (this.dropped.get(reading.source) ?? 0) + 1);
      if (accepted) return false;
      waiting.shift();
    }
    waiting.push(reading);
    if (accepted) this.said.push(reading);
    return true;
  }

  /** Sets or clears (null) the fault of a source; it persists until cleared. */
  fault(source: string, fault: Fault | null): void {
    if (fault === null) this.faults.delete(source);
    else this.faults.set(source, fault);
  }

  /**
   * Takes everything waiting: sources in the order of their first reading, oldest first within a source.
   * Goals and operator requests come last, in the order they were made: a stop ends what was said before it,
   * not after.
   */
  drain(): Observations {
    const readings: AnyReading[] = [];
    for (const waiting of this.sensed) {
      for (const reading of waiting) readings.push(reading);
      waiting.length = 0;
    }
    if (this.said.length > 0) this.takeSaid(readings);
    const { dropped } = this;
    if (dropped.size > 0) this.dropped = new Map();
    return { readings, faults: new Map(this.faults), dropped };
  }

  private takeSaid(readings: AnyReading[]): void {
    readings.push(...this.said.splice(0));
    for (const kind of SAID) for (const waiting of this.buffers.get(kind)?.values() ?? []) waiting.length = 0;
  }

  private bufferOf({ kind, source }: AnyReading): AnyReading[] {
    return this.buffers.get(kind)?.get(source) ?? this.newBuffer(kind, source);
  }

  private newBuffer(kind: AnyReading['kind'], source: string): AnyReading[] {
    const buffer: AnyReading[] = [];
    const sources = this.buffers.get(kind) ?? new Map<string, AnyReading[]>();
    this.buffers.set(kind, sources.set(source, buffer));
    if (!SAID.has(kind)) this.sensed.push(buffer);
    return buffer;
  }
}
