import { DECISION_LIMITS, type Decision } from '../contracts/decision.js';
import type { Fault } from '../contracts/errors.js';
import type { GoalEvent } from '../contracts/goal.js';
import { RESOURCES } from '../contracts/irp.js';
import type { MetabolicStatus } from '../contracts/metabolism.js';
import type { HStepResult, Plan } from '../contracts/plan.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { ActResult } from './act.js';
import type { Situation } from './situation.js';
import type { TemporalState } from './temporal.js';

interface RecordInputs {
  readonly time: TemporalState;
  readonly situation: Situation;
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  readonly plan: Plan;
  readonly hstep: HStepResult;
  readonly acted: ActResult;
  readonly events: readonly GoalEvent[];
  /** Faults of this cycle and the previous one, to tell which appeared and which cleared. */
  readonly faults: readonly Fault[];
  readonly faults_before: readonly Fault[];
  /** What was consolidated in a metabolic state that has just ended; may be empty. */
  readonly consolidated: string;
}

/**
 * Records each cycle that changes what the robot does: a command sent or refused, a goal, a state, a fault
 * that appears or clears. One record per such cycle, none for the others; a repeated refusal for the same
 * reason is no change.
 */
export class Recorder {
  private spent_matp = 0;
  private refused = '';

  /** The record of this cycle, or null. */
  record(inputs: RecordInputs): Decision | null {
    const { rejected, summary } = inputs.acted;
    const refused = rejected.map(({ code, where }) => `${code} ${where}`).join();
    const again = refused !== '' && refused + summary === this.refused;
    this.refused = refused + (refused === '' ? '' : summary);
    const changes = reasons(inputs, again);
    if (changes.length === 0) return null;
    const since_matp = inputs.hstep.ledger.spent_matp - this.spent_matp;
    this.spent_matp += since_matp;
    return recordOf(inputs, changes, since_matp);
  }
}

function recordOf(inputs: RecordInputs, changes: readonly string[], since_matp: number): Decision {
  const { time, situation, metabolic, acted, hstep, plan } = inputs;
  const { pursuit } = situation;
  return {
    decision_id: `d${time.cycle}`,
    cycle: time.cycle,
    stamp_ms: time.clock_ms,
    image_stamp_ms: imageBehind(inputs),
    state: metabolic.state,
    energy: metabolic.energy,
    goal:
      pursuit === null
        ? null
        : {
            goal_id: pursuit.goal.goal_id,
            text: pursuit.goal.text,
            step: pursuit.step,
            progress: pursuit.progress,
          },
    salience: inputs.salience.slice(0, DECISION_LIMITS.sources).map(termsOf),
    ...attentionOf(situation),
    considered: plan.jobs
      .slice(0, DECISION_LIMITS.considered)
      .map(({ plugin, chosen, value, reason }) => ({ plugin, chosen, value, reason })),
    budget: budgetOf(hstep, plan, since_matp),
    spent: Object.fromEntries(hstep.results.map(({ plugin, report }) => [plugin, atp(report.spent_matp)])),
    energies: Object.fromEntries(
      hstep.results.flatMap(({ plugin, report }) =>
        report.best_energy === null ? [] : [[plugin, report.best_energy]],
      ),
    ),
    trust: { ...hstep.trust },
    action: acted.summary || (situation.held !== null ? 'hold' : 'none'),
    reason: shortened(changes.join('; ')),
    rejected: acted.rejected.slice(0, DECISION_LIMITS.faults),
    faults: inputs.faults.slice(0, DECISION_LIMITS.faults),
  };
}

function termsOf(salience: SourceSalience): Decision['salience'][number] {
  const { source, surprise, novelty, arousal, reward, conflict, combined, repeats } = salience;
  const terms = { source, surprise, novelty, arousal, reward, conflict, combined };
  return repeats === undefined ? terms : { ...terms, repeats: { ...repeats, phase: [...repeats.phase] } };
}

function budgetOf({ ledger }: HStepResult, { allocation }: Plan, since_matp: number): Decision['budget'] {
  return {
    total_atp: atp(ledger.total_matp),
    allocated_atp: atp(ledger.allocated_matp),
    reserve_atp: atp(ledger.reserve_matp),
    spent_atp: atp(ledger.spent_matp),
    since_atp: atp(since_matp),
    shares: Object.fromEntries(
      RESOURCES.filter((resource) => allocation[resource] > 0).map((resource) => [
        resource,
        allocation[resource],
      ]),
    ),
  };
}

function atp(matp: number): number {
  return matp / 1000;
}

function shortened(text: string): string {
  const { reason_characters } = DECISION_LIMITS;
  return text.length <= reason_characters ? text : `${text.slice(0, reason_characters - 1)}…`;
}

/** The last refined attention; nothing before the first. */
function attentionOf({ attention }: Situation): Pick<Decision, 'attention'> {
  if (attention.stamp_ms === null) return {};
  return {
    attention: {
      shares: Object.fromEntries(attention.shares),
      evidence: attention.evidence.map((patch) => ({ ...patch })),
    },
  };
}

/** The image behind a decision: in a crisis the camera frame, otherwise the one vision answered for. */
function imageBehind({ situation, metabolic, time }: RecordInputs): number | null {
  const crisis = metabolic.changed && metabolic.state === 'CRISIS';
  const stamp_ms = crisis ? (situation.camera?.stamp_ms ?? null) : situation.vision_ms;
  return stamp_ms === null ? null : stamp_ms - time.offset_ms;
}

/** What changed in this cycle, in words; empty if nothing did. */
function reasons(
  { situation, metabolic, acted, events, faults, faults_before, consolidated }: RecordInputs,
  refused_again: boolean,
): readonly string[] {
  const found: string[] = [];
  for (const now of faults)
    if (!contains(now, faults_before)) found.push(`${now.code} ${now.where}: ${now.text}`);
  for (const before of faults_before)
    if (!contains(before, faults)) found.push(`${before.code} ${before.where} has cleared`);
  if (metabolic.changed) found.push(`${metabolic.previous} → ${metabolic.state}: ${metabolic.reason}`);
  if (consolidated !== '') found.push(consolidated);
  for (const event of events) {
    const why = event.reason === '' ? '' : ` (${event.reason})`;
    found.push(`goal "${event.text}" ${event.status}${event.step === '' ? '' : ` at ${event.step}`}${why}`);
  }
  if (refused_again) return found;
  if (acted.summary !== '') {
    const evidence = situation.need?.evidence ?? '';
    found.push(evidence === '' ? acted.summary : `${acted.summary}, since ${evidence}`);
  }
  for (const refusal of acted.rejected) found.push(`gate: ${refusal.code} ${refusal.text}`);
  return found;
}

/** Texts contain measurements that change each cycle; code and location identify a fault. */
function contains(one: Fault, among: readonly Fault[]): boolean {
  return among.some(({ code, where }) => code === one.code && where === one.where);
}
