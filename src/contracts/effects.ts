import type { Decision } from './decision.js';
import type { Fault } from './errors.js';
import type { GoalEvent } from './goal.js';
import type { JobCommand } from './irp.js';
import type { MetabolicStatus } from './metabolism.js';
import type { Action } from './motion.js';
import type { AtpLedger } from './plan.js';
import type { MemoryReport, SourceSalience } from './salience.js';
import type { Telemetry } from './telemetry.js';

export interface CycleReport {
  readonly cycle: number;
  readonly stamp_ms: number;
  readonly state: string;
  readonly energy: number;
  /** Cycles so far that started at least one full period late. */
  readonly overruns: number;
  /** How often the clock jumped back. */
  readonly jumps_back: number;
  /** Recent cycle rate, Hz; null while unknown. */
  readonly rate_hz: number | null;
  readonly ledger: AtpLedger;
  readonly h_energy: number;
  readonly coherence: number;
  readonly running: readonly {
    readonly plugin: string;
    readonly steps: number;
    readonly energy: number | null;
    readonly initial: number | null;
  }[];
  readonly memory: MemoryReport;
  /** The active goal. Goals may share a text; the id is unique. */
  readonly goal: {
    readonly goal_id: string;
    readonly text: string;
    readonly step: string;
    readonly progress: number;
  } | null;
  readonly faults: readonly Fault[];
}

/** Everything one cycle sends to the outside. Order within a kind is preserved. */
export interface Effects {
  readonly actions: readonly Action[];
  readonly jobs: readonly JobCommand[];
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  readonly telemetry: readonly Telemetry[];
  readonly goal_events: readonly GoalEvent[];
  readonly decision: Decision | null;
  readonly report: CycleReport;
}
