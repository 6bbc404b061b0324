import type { Decision } from './decision.js';
import type { CycleReport } from './effects.js';
import type { ErrorCode } from './errors.js';
import type { GoalEvent } from './goal.js';
import type { MetabolicStatus } from './metabolism.js';
import type { SourceSalience } from './salience.js';

/** Totals of a run, as printed by `up --json` on its last line. */
export interface RunTotals {
  readonly cycles: number;
  readonly overruns: number;
  readonly telemetry_messages: number;
  readonly states_seen: readonly string[];
  readonly frames_received: number;
  /** Gaps in the camera's stamps, in frames, by the publisher's own rate. */
  readonly frames_lost: number;
  /** How often the measured arm violated its limits, the table or self-collision (SAGE_711). */
  readonly violations: number;
  /** Latency from the stamp of the image behind a decision to the decision, ms. */
  readonly image_to_decision_ms: { readonly p50: number | null; readonly p99: number | null };
  /** Lateness of the cycle starts, ms. */
  readonly lateness_ms: { readonly p50: number | null; readonly p99: number | null };
}

/** Status sent to the parent process over its IPC channel, about ten times a second. */
export interface NodeStatus {
  readonly kind: 'status';
  /** `inactive` until the lifecycle node is active. */
  readonly lifecycle: string;
  readonly report: CycleReport;
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  /** The last event of each goal of this run, newest last, at most 16. */
  readonly goals: readonly GoalEvent[];
  readonly last_decision: Decision | null;
  /** Completed share of the current trajectory, 0..1; null with the arm at rest. */
  readonly arm_progress: number | null;
  readonly arm_purpose: string;
  readonly totals: RunTotals;
}

/** Sent once when the node is ready for goals. */
export interface NodeReady {
  readonly kind: 'ready';
  readonly node: string;
  readonly domain_id: number;
}

/** Sent if the node cannot start or continue. */
interface NodeFailed {
  readonly kind: 'failed';
  readonly code: ErrorCode;
  readonly where: string;
  readonly detail: string;
}

export type NodeMessage = NodeStatus | NodeReady | NodeFailed;

/** Commands from the parent process to the node. */
export type NodeCommand = { readonly kind: 'goal'; readonly text: string } | { readonly kind: 'shutdown' };
