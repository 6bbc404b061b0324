import type { Decision } from './decision.js';
import type { CycleReport } from './effects.js';
import type { ErrorCode } from './errors.js';
import type { GoalEvent } from './goal.js';
import type { MetabolicStatus } from './metabolism.js';
import type { SourceSalience } from './salience.js';

/** Totals of a run, as `up --json` prints them on its last line. */
export interface RunTotals {
  readonly cycles: number;
  readonly overruns: number;
  readonly telemetry_messages: number;
  readonly states_seen: readonly string[];
  readonly frames_received: number;
  /** Gaps in the camera's stamps, in frames, by the publisher's own rate. */
  readonly frames_lost: number;
  /** How often the arm was measured beyond a limit of its description, in the table or in itself (SAGE_711). */
  readonly violations: number;
  /** Stamp of the image a decision rests on, to the decision, ms. */
  readonly image_to_decision_ms: { readonly p50: number | null; readonly p99: number | null };
  /** How late the cycles began, ms. */
  readonly lateness_ms: { readonly p50: number | null; readonly p99: number | null };
}

/** What the node tells the process that started it (over its IPC channel), about ten times a second. */
export interface NodeStatus {
  readonly kind: 'status';
  /** `inactive` until the lifecycle node is active. */
  readonly lifecycle: string;
  readonly report: CycleReport;
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  /** The last event of each goal of this run, the newest last, at most 16. */
  readonly goals: readonly GoalEvent[];
  readonly last_decision: Decision | null;
  /** Share of the trajectory under way that is done, 0..1, null when the arm rests. */
  readonly arm_progress: number | null;
  readonly arm_purpose: string;
  readonly totals: RunTotals;
}

/** Sent once when the node is ready to take goals. */
export interface NodeReady {
  readonly kind: 'ready';
  readonly node: string;
  readonly domain_id: number;
}

/** Sent when the node cannot start or go on. */
export interface NodeFailed {
  readonly kind: 'failed';
  readonly code: ErrorCode;
  readonly where: string;
  readonly detail: string;
}

export type NodeMessage = NodeStatus | NodeReady | NodeFailed;

/** What the starting process may tell the node. */
export type NodeCommand = { readonly kind: 'goal'; readonly text: string } | { readonly kind: 'shutdown' };
