import type { Fault } from './errors.js';
import type { AnyReading } from './observation.js';

/**
 * Where sensing blocks deliver. Both calls only write bounded latest-buffers and return at once: they run on the
 * thread that serves ROS.
 */
export interface ReadingSink {
  /** False when it was refused because the queue of its source is full (goals and operator requests only). */
  put(reading: AnyReading): boolean;
  /**
   * The state of one source: the fault that its latest message had, or null when good data arrived again.
   * Called on change only.
   */
  fault(source: string, fault: Fault | null): void;
}

/** REP-107 levels of diagnostic_msgs/DiagnosticStatus. */
export const HEALTH_LEVELS = ['ok', 'warn', 'error', 'stale'] as const;
export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/** One row of /diagnostics. */
export interface HealthEntry {
  /** What it is about, e.g. `camera`, `cycle`, `model host`; published as `sage: <name>`. */
  readonly name: string;
  readonly level: HealthLevel;
  /** One line; begins with the code of the fault where there is one. */
  readonly message: string;
  /** Key values, in this order. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

/** What one cycle cost and how late it was, beside its report. */
export interface CycleTiming {
  readonly duration_ms: number;
  readonly cpu_ms: number;
  readonly lateness_ms: number;
  readonly period_ms: number;
  /** Totals since the start. */
  readonly frames_received: number;
  readonly frames_lost: number;
}

/** An answer of the service sage/explain. */
export interface Explanation {
  readonly text: string;
  /** The decision record as JSON. */
  readonly record_json: string;
}
