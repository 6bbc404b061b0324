import type { Decision } from '../contracts/decision.js';
import type { CycleReport, Effects } from '../contracts/effects.js';
import type { GoalEvent } from '../contracts/goal.js';
import type { MetabolicStatus } from '../contracts/metabolism.js';
import type { HStepResult } from '../contracts/plan.js';
import type { SourceSalience } from '../contracts/salience.js';
import type { ActResult } from './act.js';
import type { Mind } from './mind.js';
import { rateOf, type TemporalState } from './temporal.js';

interface EffectInputs {
  readonly mind: Mind;
  readonly time: TemporalState;
  readonly metabolic: MetabolicStatus;
  readonly salience: readonly SourceSalience[];
  readonly hstep: HStepResult;
  readonly acted: ActResult;
  readonly events: readonly GoalEvent[];
  readonly decision: Decision | null;
}

/** Collects everything the cycle sends to the outside. */
export function effectsOf({
  mind,
  time,
  metabolic,
  salience,
  hstep,
  acted,
  events,
  decision,
}: EffectInputs): Effects {
  const telling = {
    per_step: mind.parameters.irp.telemetry_per_step === 'step',
    LRC_context: { policy_id: metabolic.state, quota_ref: `${metabolic.atp_per_s} ATP/s` },
  };
  return {
    actions: acted.actions,
    jobs: hstep.commands,
    metabolic,
    salience,
    telemetry: hstep.results.flatMap((result) => mind.telemetry(result, telling)),
    goal_events: events,
    decision,
    report: reportOf(mind, time, metabolic, hstep),
  };
}

function reportOf(
  mind: Mind,
  time: TemporalState,
  metabolic: MetabolicStatus,
  hstep: HStepResult,
): CycleReport {
  const { situation } = mind;
  const goal = situation.goals.active;
  return {
    cycle: time.cycle,
    stamp_ms: time.clock_ms,
    state: metabolic.state,
    energy: metabolic.energy,
    overruns: time.overruns,
    jumps_back: time.jumps_back,
    rate_hz: rateOf(time),
    ledger: hstep.ledger,
    h_energy: hstep.h_energy,
    coherence: hstep.coherence,
    running: hstep.results.map(({ plugin, report }) => ({
      plugin,
      steps: report.steps,
      energy: report.best_energy,
      initial: report.energies[0] ?? null,
    })),
    memory: mind.memory.report,
    goal:
      goal === null
        ? null
        : {
            goal_id: goal.goal_id,
            text: goal.text,
            step: situation.pursuit?.step ?? '',
            progress: situation.pursuit?.progress ?? 0,
          },
    faults: mind.faults,
  };
}
