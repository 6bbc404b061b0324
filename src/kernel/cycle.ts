import type { Effects } from '../contracts/effects.js';
import { type Fault, fault } from '../contracts/errors.js';
import type { JobReport } from '../contracts/irp.js';
import { span } from '../contracts/readable.js';
import { effectsOf } from './effects.js';
import { integrate, offers } from './faculties/index.js';
import { reasonToHold } from './hold.js';
import type { Observations } from './latest-buffers.js';
import { metabolicInputs } from './metabolic-inputs.js';
import type { Mind } from './mind.js';
import { planGoalOf } from './plan-goal.js';
import { pursue } from './pursue.js';
import { salienceReadings } from './salience-readings.js';
import { type TemporalState, tick, toMonotonic } from './temporal.js';

const CLOCK_STILL_S = 2;

/** The inputs of one cycle: readings since the last one, the clock, and the reports of the refinements. */
export interface CycleInputs {
  readonly observations: Observations;
  readonly now_ms: number;
  readonly reports: readonly JobReport[];
}

/**
 * One cycle of SAGE, in the order of the boxes in docs/architecture.md. Deterministic: everything nondeterministic comes
 * in through `inputs` and the seeded `mind.random`.
 */
export function cycle(mind: Mind, inputs: CycleInputs): Effects {
  const { situation, parameters } = mind;

  // OBSERVE: the newest of each source, with its age.
  const time = tick(mind.time, inputs.now_ms, 1000 / parameters.kernel.rate_hz);
  mind.time = time;
  situation.observe(toMonotonic(inputs.observations, time), time.now_ms);
  if (time.jump_ms > 0) handleClockReset(mind, time.jump_ms);
  situation.clock_fault = clockFault(time, parameters.kernel.rate_hz);

  // SALIENCE: how much each source matters now (SNARC), the robot's own motion factored out.
  if (situation.resumed) {
    mind.salience.accept();
    situation.camera_state.shadow.accept();
  }
  const context = {
    now_ms: time.now_ms,
    reward: mind.learner.reward(),
    conflict: mind.learner.conflict(situation, mind.faculties),
  };
  const salience = mind.salience.score(salienceReadings(situation), context);
  situation.attention.update(salience, () => mind.salience.patchSurprise(situation.camera?.source ?? ''));

  // METABOLISM: the operating state, and whether the robot must hold.
  const metabolic = mind.metabolism.advance(metabolicInputs(mind, salience, time));
  situation.held = reasonToHold(situation, metabolic.state);
  situation.calm = metabolic.state !== 'CRISIS';
  if (situation.calm) situation.benign_change.reset();
  else acceptBenignChange(mind);
  situation.resting = metabolic.state === 'REST' || metabolic.state === 'DREAM';

  // GOALS: what the active goal needs now, judged by observations.
  const pursuit = pursue(mind);

  // PLAN: which plugins run, from goal, salience and trust, within the breadth of the state.
  const offered = offers(mind);
  const { now_ms, dt_s } = time;
  const plan = mind.planner.plan({
    now_ms,
    salience: mind.salience.bias(salience, situation.attention.shares),
    policy: metabolic,
    trust: mind.trust,
    goal: planGoalOf(situation),
    offers: offered,
    energies: mind.energies,
    h_energy: mind.h_energy,
    random: mind.random,
  });

  // REFINE: one H-step of the orchestrator: budgets, starts, grants, cancellations.
  const hstep = mind.orchestrator.hStep({
    now_ms,
    dt_s,
    policy: metabolic,
    plan,
    offers: offered,
    reports: inputs.reports,
    random: mind.random,
  });

  // INTEGRATE: what the refinements reached becomes belief and ready motion.
  integrate(mind, hstep);

  // ACT: through the safety gate, or not at all.
  const acted = mind.actor.act(situation);

  // LEARN: credit, performance, trust, memory; and the record of what changed.
  const events = situation.goals.takeEvents();
  const { stepped } = pursuit;
  const outcomes = mind.learner.update({ situation, offers: offered, hstep, stepped, events, dt_s });
  const consolidated = mind.memory.advance(mind.salience, outcomes, metabolic, dt_s);
  const faults_before = mind.faults;
  mind.faults = situation.faults;
  const { faults } = mind;
  const decision = mind.recorder.record({
    time,
    situation,
    metabolic,
    salience,
    plan,
    hstep,
    acted,
    events,
    faults,
    faults_before,
    consolidated,
  });

  return effectsOf({ mind, time, metabolic, salience, hstep, acted, events, decision });
}

/** Accepts benign changes (moved objects, another light, a static unknown object) as normal, which ends a crisis sooner. */
function acceptBenignChange({ situation, salience, parameters }: Mind): void {
  const { camera } = situation;
  if (camera === null || parameters.salience.settle_s === 0) return;
  const cells = situation.benignCells(salience.surpriseDurations(camera.source));
  if (cells.length === 0) return;
  salience.acceptPatches(camera.source, cells);
  situation.camera_state.shadow.acceptCells(cells, camera.grid.channels);
}

/** A clock that has not moved for two seconds' worth of cycles is broken, not started, or paused. */
function clockFault({ stalled_cycles }: TemporalState, rate_hz: number): Fault | null {
  if (stalled_cycles < CLOCK_STILL_S * rate_hz) return null;
  return fault('SAGE_212', 'clock', `for ${stalled_cycles} cycles`);
}

/**
 * Handles a clock that jumped back (a looped bag, a restarted simulation): motions and goal steps in progress
 * are replanned.
 */
function handleClockReset(mind: Mind, jump_ms: number): void {
  mind.interrupted = true;
  mind.situation.active_faults.raise(fault('SAGE_211', 'clock', `by ${span(jump_ms)}`));
}
