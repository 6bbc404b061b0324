import type { Decision } from '../contracts/decision.js';
import type { CycleReport } from '../contracts/effects.js';
import type { CycleTiming } from '../contracts/graph.js';
import { METABOLIC_STATES, type MetabolicStatus } from '../contracts/metabolism.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { Telemetry } from '../contracts/telemetry.js';
import type { Header } from './messages.js';
import { msToStamp } from './stamps.js';

/** Milli-ATP to ATP. */
const atp = (milli: number): number => milli / 1000;

export function headerAt(stamp_ms: number, frame_id = ''): Header {
  return { stamp: msToStamp(stamp_ms), frame_id };
}

/** sage/msg/MetabolicState. */
export function metabolicMessage(status: MetabolicStatus, stamp_ms: number): object {
  return {
    header: headerAt(stamp_ms),
    state: METABOLIC_STATES.indexOf(status.state),
    name: status.state,
    previous: status.previous,
    reason: status.reason,
    energy: status.energy,
    time_in_state_s: status.time_in_state_s,
    attention_breadth: status.attention_breadth,
    refinement_depth: status.refinement_depth,
    exploration_rate: status.exploration_rate,
    consolidation_rate: status.consolidation_rate,
    atp_per_s: status.atp_per_s,
  };
}

/** sage/msg/IrpTelemetry. What the envelope leaves open (null) is NaN, or empty for text. */
export function telemetryMessage(telemetry: Telemetry, stamp_ms: number): object {
  const { trust, budget, LRC_context } = telemetry;
  const word = (key: string): string => {
    const value = LRC_context?.[key];
    return value === undefined || value === null ? '' : String(value);
  };
  return {
    header: headerAt(stamp_ms),
    entity_id: telemetry.entity_id ?? '',
    plugin: telemetry.plugin,
    job_id: telemetry.job_id ?? '',
    step_idx: telemetry.step_idx,
    e: telemetry.E,
    d_e: telemetry.dE ?? Number.NaN,
    steps: telemetry.steps ?? telemetry.step_idx + 1,
    halt_reason: telemetry.halt_reason ?? '',
    halt_detail: telemetry.halt_detail ?? '',
    monotonicity_ratio: trust.monotonicity_ratio,
    d_e_variance: trust.dE_variance,
    contribution_to_h: trust.contribution_to_H ?? Number.NaN,
    atp_spent: budget.ATP_spent,
    time_ms: budget.time_ms,
    cpu_ms: budget.cpu_ms ?? 0,
    policy_id: word('policy_id'),
    quota_ref: word('quota_ref'),
  };
}

/** sage/msg/Salience, the most salient source first. */
export function salienceMessage(sources: readonly SourceSalience[], cycle: number, stamp_ms: number): object {
  const sorted = [...sources].sort((a, b) => b.combined - a.combined);
  return {
    header: headerAt(stamp_ms),
    cycle: BigInt(cycle),
    sources: sorted.map((source) => ({ ...source, age_ms: Math.max(0, source.age_ms) })),
  };
}

/** sage/msg/CycleReport. */
export function cycleMessage(report: CycleReport, timing: CycleTiming): object {
  const { ledger, memory } = report;
  return {
    header: headerAt(report.stamp_ms),
    cycle: BigInt(report.cycle),
    period_ms: timing.period_ms,
    duration_ms: timing.duration_ms,
    cpu_ms: timing.cpu_ms,
    lateness_ms: timing.lateness_ms,
    overruns: BigInt(report.overruns),
    jumps_back: BigInt(report.jumps_back),
    rate_hz: report.rate_hz ?? Number.NaN,
    state: report.state,
    energy: report.energy,
    atp_total: atp(ledger.total_matp),
    atp_allocated: atp(ledger.allocated_matp),
    atp_spent: atp(ledger.spent_matp),
    atp_reserve: atp(ledger.reserve_matp),
    h_energy: report.h_energy,
    coherence: report.coherence,
    memories: memory.remembered,
    memories_merged: BigInt(memory.merged),
    outcomes_learned: BigInt(memory.learned),
    frames_received: BigInt(timing.frames_received),
    frames_lost: BigInt(timing.frames_lost),
    running: report.running.map(({ plugin }) => plugin),
  };
}

/** sage/msg/Decision: what people look for as fields, all of it as JSON. */
export function decisionMessage(decision: Decision): object {
  const { goal } = decision;
  const [salient] = [...decision.salience].sort((a, b) => b.combined - a.combined);
  return {
    header: headerAt(decision.stamp_ms),
    cycle: BigInt(decision.cycle),
    decision_id: decision.decision_id,
    state: decision.state,
    goal_id: goal?.goal_id ?? '',
    goal: goal?.text ?? '',
    step: goal?.step ?? '',
    progress: goal?.progress ?? 0,
    action: decision.action,
    reason: decision.reason,
    rejected: decision.rejected.map(({ code, text }) => `${code}: ${text}`),
    salient_source: salient?.source ?? '',
    salience: salient?.combined ?? 0,
    record_json: JSON.stringify(decision),
  };
}
