import type { Decision } from '../contracts/decision.js';
import type { Fault } from '../contracts/errors.js';
import type { GoalEvent } from '../contracts/goal.js';
import type { MetabolicStatus } from '../contracts/metabolism.js';
import type { HStepResult, Plan } from '../contracts/plan.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { Acted } from './act.js';
import type { Situation } from './situation.js';
import type { TemporalState } from './temporal.js';

export interface RecordInputs {
  readonly time: TemporalState;
  readonly situation: Situation;
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  readonly plan: Plan;
  readonly hstep: HStepResult;
  readonly acted: Acted;
  readonly events: readonly GoalEvent[];
  /** Faults that stand in this cycle and those that stood in the one before, to tell which are new and which are gone. */
  readonly faults: readonly Fault[];
  readonly faults_before: readonly Fault[];
  /** What was consolidated in a metabolic state that has just ended; may be empty. */
  readonly consolidated: string;
}

/** The record of a cycle that changed what the robot does; null for one that did not. */
export function recordOf(inputs: RecordInputs): Decision | null {
  const { time, situation, metabolic, acted, hstep, plan } = inputs;
  const changes = reasons(inputs);
  if (changes.length === 0) return null;
  const goal = situation.goals.active;
  const matp = (value: number): number => value / 1000;
  return {
    decision_id: `d${time.cycle}`,
    cycle: time.cycle,
    stamp_ms: time.clock_ms,
    image_stamp_ms: imageBehind(inputs),
    state: metabolic.state,
    energy: metabolic.energy,
    goal:
      goal === null || situation.need === null
        ? null
        : {
            goal_id: goal.goal_id,
            text: goal.text,
            step: situation.need.step,
            progress: situation.need.progress,
          },
    salience: inputs.salience.map(({ source, surprise, novelty, arousal, reward, conflict, combined }) => ({
      source,
      surprise,
      novelty,
      arousal,
      reward,
      conflict,
      combined,
    })),
    ...attentionOf(situation),
    considered: plan.jobs.map(({ plugin, chosen, value, reason }) => ({ plugin, chosen, value, reason })),
    budget: {
      total_atp: matp(hstep.ledger.total_matp),
      allocated_atp: matp(hstep.ledger.allocated_matp),
      reserve_atp: matp(hstep.ledger.reserve_matp),
      spent_atp: matp(hstep.ledger.spent_matp),
    },
    energies: Object.fromEntries(
      hstep.results.flatMap(({ plugin, report }) =>
        report.best_energy === null ? [] : [[plugin, report.best_energy]],
      ),
    ),
    trust: { ...hstep.trust },
    action: acted.summary || (situation.held !== null ? 'hold' : 'none'),
    reason: changes.join('; '),
    rejected: [...acted.rejected],
    faults: [...inputs.faults],
  };
}

/** The attention as it was last refined; nothing before that. */
function attentionOf({ attended }: Situation): Pick<Decision, 'attention'> {
  if (attended.stamp_ms === null) return {};
  return {
    attention: {
      shares: Object.fromEntries(attended.shares),
      evidence: attended.evidence.map((patch) => ({ ...patch })),
    },
  };
}

/** The image a decision rests on: the camera frame of a crisis, otherwise the one vision answered for. */
function imageBehind({ situation, metabolic, time }: RecordInputs): number | null {
  const crisis = metabolic.changed && metabolic.state === 'CRISIS';
  const stamp_ms = crisis ? (situation.camera?.stamp_ms ?? null) : situation.vision_ms;
  return stamp_ms === null ? null : stamp_ms - time.offset_ms;
}

function reasons({
  situation,
  metabolic,
  acted,
  events,
  faults,
  faults_before,
  consolidated,
}: RecordInputs): readonly string[] {
  const found: string[] = [];
  for (const now of faults)
    if (!stands(now, faults_before)) found.push(`${now.code} ${now.where}: ${now.text}`);
  for (const before of faults_before)
    if (!stands(before, faults)) found.push(`${before.code} ${before.where} is over`);
  if (metabolic.changed) found.push(`${metabolic.previous} → ${metabolic.state}: ${metabolic.reason}`);
  if (consolidated !== '') found.push(consolidated);
  for (const event of events) {
    const why = event.reason === '' ? '' : ` (${event.reason})`;
    found.push(`goal "${event.text}" ${event.status}${event.step === '' ? '' : ` at ${event.step}`}${why}`);
  }
  if (acted.summary !== '') {
    const evidence = situation.need?.evidence ?? '';
    found.push(evidence === '' ? acted.summary : `${acted.summary}, since ${evidence}`);
  }
  for (const refusal of acted.rejected) found.push(`gate: ${refusal.code} ${refusal.text}`);
  return found;
}

/** Texts hold measurements that change each cycle; code and place say whether it is the same fault. */
function stands(one: Fault, among: readonly Fault[]): boolean {
  return among.some(({ code, where }) => code === one.code && where === one.where);
}
