import type { Fault } from './errors.js';
import type { AnyReading } from './observation.js';

/**
 * Where sensing blocks deliver. Both calls only write to bounded latest-buffers and return at once: they run
 * on the thread that serves ROS.
 */
export interface ReadingSink {
  /** False if it was refused because the queue of its source is full (goals and operator requests only). */
  put(reading: AnyReading): boolean;
  /** Fault of a source's latest message, or null once good data arrives again. Called on change only. */
  fault(source: string, fault: Fault | null): void;
}

/** REP-107 levels of diagnostic_msgs/DiagnosticStatus. */
const HEALTH_LEVELS = ['ok', 'warn', 'error', 'stale'] as const;
export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/** One row of /diagnostics. */
export interface HealthEntry {
  /** Subject, e.g. `camera`, `cycle`, `model host`; published as `sage: <name>`. */
  readonly name: string;
  readonly level: HealthLevel;
  /** One line, starting with the code of the fault if there is one. */
  readonly message: string;
  /** Key-value pairs, in this order. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

/** Cost and lateness of one cycle, alongside its report. */
export interface CycleTiming {
  readonly duration_ms: number;
  readonly cpu_ms: number;
  readonly lateness_ms: number;
  readonly period_ms: number;
  /** Totals since the start. */
  readonly frames_received: number;
  readonly frames_lost: number;
}

/** Response of the service sage/explain. */
export interface Explanation {
  readonly text: string;
  /** The decision record as JSON. */
  readonly record_json: string;
}
