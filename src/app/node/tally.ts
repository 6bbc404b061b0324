import type { Decision } from '../../contracts/decision.js';
import type { Effects } from '../../contracts/effects.js';
import type { GoalEvent } from '../../contracts/goal.js';
import type { NodeStatus, RunTotals } from '../../contracts/status.js';
import { Sample } from '../percentile.js';

const GOALS_MAX = 16;

/** Counts what happens in a run, for the live view, the last line of a bounded run, and diagnostics. */
export class Tally {
  private cycles = 0;
  private telemetry = 0;
  private violations = 0;
  private readonly states = new Set<string>();
  private readonly goals = new Map<string, GoalEvent>();
  private readonly imageToDecision = new Sample();
  private readonly lateness = new Sample();
  private lastImage_ms: number | null = null;
  private lastDecision: Decision | null = null;
  private latest: Effects | null = null;

  add(effects: Effects, lateness_ms: number): void {
    if (violates(effects) && (this.latest === null || !violates(this.latest))) this.violations += 1;
    this.latest = effects;
    this.cycles += 1;
    this.telemetry += effects.telemetry.length;
    this.states.add(effects.metabolic.state);
    this.lateness.add(lateness_ms);
    for (const event of effects.goal_events) {
      this.goals.delete(event.goal_id);
      this.goals.set(event.goal_id, event);
      if (this.goals.size > GOALS_MAX) this.goals.delete(this.goals.keys().next().value as string);
    }
    if (effects.decision === null) return;
    this.lastDecision = effects.decision;
    const { image_stamp_ms, stamp_ms } = effects.decision;
    if (image_stamp_ms === null || image_stamp_ms === this.lastImage_ms) return;
    this.lastImage_ms = image_stamp_ms;
    this.imageToDecision.add(stamp_ms - image_stamp_ms);
  }

  totals(frames: { readonly received: number; readonly lost: number }): RunTotals {
    return {
      cycles: this.cycles,
      overruns: this.latest?.report.overruns ?? 0,
      telemetry_messages: this.telemetry,
      states_seen: [...this.states],
      frames_received: frames.received,
      frames_lost: frames.lost,
      violations: this.violations,
      image_to_decision_ms: both(this.imageToDecision),
      lateness_ms: both(this.lateness),
    };
  }

  /** The status message for the process that started the node; null before the first cycle. */
  status(
    lifecycle: string,
    arm: { readonly progress: number | null; readonly purpose: string },
    frames: { readonly received: number; readonly lost: number },
  ): NodeStatus | null {
    const latest = this.latest;
    if (latest === null) return null;
    return {
      kind: 'status',
      lifecycle,
      report: latest.report,
      metabolic: latest.metabolic,
      salience: latest.salience,
      goals: [...this.goals.values()],
      last_decision: this.lastDecision,
      arm_progress: arm.progress,
      arm_purpose: arm.purpose,
      totals: this.totals(frames),
    };
  }
}

function both(sample: Sample): { readonly p50: number | null; readonly p99: number | null } {
  return { p50: sample.percentile(0.5), p99: sample.percentile(0.99) };
}

/** The arm was measured where it must not be. Counted when it begins. */
function violates(effects: Effects): boolean {
  return effects.report.faults.some(({ code }) => code === 'SAGE_711');
}
