import type { Effects } from '../contracts/effects.js';
import type { Situation } from '../kernel/situation.js';
import type { Demand } from '../models/index.js';
import { type PerceptionParameters, perceptionOf } from './perception.js';

/** This many things on the table are a scene as full as it gets. */
const FULL_SCENE = 6;
/** Salience of the goal while one is active or waits: what understands it is wanted. */
const GOAL_SALIENCE = 1;

/** The models that the plugins of this configuration ask for. */
export function modelsInUse(parameters: PerceptionParameters): string[] {
  const { model, adapted } = perceptionOf(parameters);
  const read = parameters.language.enabled ? [model.text] : [];
  return [...new Set([model.vision, ...read, ...adapted.map(({ id }) => id)])];
}

/** How hard the scene is for vision, 0..1: how many things lie there, or how much the last look contradicted the beliefs. */
export function sceneComplexity({
  beliefs,
  vision_conflict,
}: Pick<Situation, 'beliefs' | 'vision_conflict'>): number {
  return Math.min(1, Math.max(beliefs.all.length / FULL_SCENE, vision_conflict));
}

/** What the mind wants of the models after this cycle. */
export function demandOf(effects: Pick<Effects, 'metabolic' | 'salience'>, situation: Situation): Demand {
  const salience = new Map(
    effects.salience.map(({ source, combined, stale }) => [source, stale ? 0 : combined]),
  );
  const goal = situation.goals.busy || situation.hearing.next !== null;
  if (goal) salience.set('goal', GOAL_SALIENCE);
  const complexity = new Map<string, number>();
  if (situation.vision_ms !== null) complexity.set('vision', sceneComplexity(situation));
  return { now_ms: performance.now(), state: effects.metabolic.state, goal, salience, complexity };
}
