import type { HStepResult, JobOffer } from '../../contracts/plan.js';
import type { Mind } from '../mind.js';

/** What each faculty would have refined now, in the order of the faculties; what none wants any more is ended. */
export function offers(mind: Mind): readonly JobOffer[] {
  return mind.faculties.flatMap((faculty) => {
    const running = mind.running.has(faculty.plugin);
    const offer = faculty.offer(mind.situation, running);
    if (offer === null && running) mind.orchestrator.cancel(faculty.plugin, 'no longer wanted');
    return offer === null ? [] : [offer];
  });
}

/** Hands each result to its faculty, and notes what runs now. */
export function integrate(mind: Mind, hstep: HStepResult): void {
  for (const result of hstep.results) {
    mind.faculties.find(({ plugin }) => plugin === result.plugin)?.integrate(result, mind.situation);
  }
  mind.running.clear();
  for (const result of hstep.results) if (!result.finished) mind.running.add(result.plugin);
  for (const command of hstep.commands) if (command.kind === 'start') mind.running.add(command.plugin);
  mind.trust = hstep.trust;
}
