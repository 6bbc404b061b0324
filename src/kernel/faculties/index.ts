import type { HStepResult, JobOffer } from '../../contracts/plan.js';
import type { Mind } from '../mind.js';

/**
 * Collects what each faculty wants refined now, in the order of the faculties, with the time since when it
 * has been wanted. A running refinement that is no longer offered ends.
 */
export function offers(mind: Mind): readonly JobOffer[] {
  const offered: JobOffer[] = [];
  for (const faculty of mind.faculties) {
    const { plugin } = faculty;
    const running = mind.running.has(plugin);
    const offer = faculty.offer(mind.situation, running);
    if (offer === null) {
      if (running) mind.orchestrator.cancel(plugin, 'no longer wanted');
      mind.wanted_since_ms.delete(plugin);
      continue;
    }
    const wanted_since_ms = mind.wanted_since_ms.get(plugin) ?? mind.situation.now_ms;
    mind.wanted_since_ms.set(plugin, wanted_since_ms);
    offered.push({ ...offer, wanted_since_ms });
  }
  return offered;
}

/** Hands each result to its faculty, and records what is running and its energy. */
export function integrate(mind: Mind, hstep: HStepResult): void {
  for (const result of hstep.results) {
    mind.faculties.find(({ plugin }) => plugin === result.plugin)?.integrate(result, mind.situation);
    if (result.finished) mind.wanted_since_ms.delete(result.plugin);
  }
  mind.running.clear();
  for (const result of hstep.results) if (!result.finished) mind.running.add(result.plugin);
  for (const command of hstep.commands) if (command.kind === 'start') mind.running.add(command.plugin);
  mind.trust = hstep.trust;
  mind.h_energy = hstep.h_energy;
  const energies = hstep.results.flatMap(({ plugin, report }) =>
    report.best_energy === null ? [] : [[plugin, report.best_energy] as const],
  );
  if (energies.length > 0) mind.energies = { ...mind.energies, ...Object.fromEntries(energies) };
}
