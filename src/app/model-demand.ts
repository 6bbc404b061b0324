import type { Effects } from '../contracts/effects.js';
import type { GoalVerb } from '../contracts/goal.js';
import type { Situation } from '../kernel/situation.js';
import type { Complexity, Demand } from '../models/index.js';
import { type PerceptionParameters, perceptionOf } from './perception.js';

/** This many things on the table are a scene as full as it gets. */
const FULL_SCENE = 6;
/** How exactly a goal needs to know where things are, 0..1: fingers close around what is picked up. */
const PRECISION: Readonly<Record<GoalVerb, number>> = {
  pick: 1,
  place: 1,
  point: 0.5,
  look: 0.3,
  home: 0,
  stop: 0,
  release: 0,
};
/** Salience of the goal while one is active or waits: what understands it is wanted. */
const GOAL_SALIENCE = 1;

/** The models that the plugins of this configuration ask for. */
export function modelsInUse(parameters: PerceptionParameters): string[] {
  const { model, adapted } = perceptionOf(parameters);
  const read = parameters.language.enabled ? [model.text] : [];
  return [...new Set([model.vision, ...read, ...adapted.map(({ id }) => id)])];
}

/** What complexity is made of. */
type Seen = Pick<Situation, 'beliefs' | 'vision_conflict' | 'vision_confidence'> & {
  readonly goals: Pick<Situation['goals'], 'active'>;
};

/**
 * How hard the scene is for vision: the largest of how full it is, how much the last look contradicted what was
 * believed, how unsure it was, how surprising the picture is, and how exactly the goal needs to know places.
 */
export function sceneComplexity(seen: Seen, surprise: number): Complexity {
  const things = seen.beliefs.all.length;
  const verb = seen.goals.active?.verb;
  const grounds: Complexity[] = [
    { value: things / FULL_SCENE, why: things === 1 ? 'one thing' : `${things} things` },
    { value: seen.vision_conflict, why: 'it contradicts earlier beliefs' },
    { value: 1 - (seen.vision_confidence ?? 1), why: 'it is unsure' },
    { value: surprise, why: 'the image is surprising' },
    { value: verb === undefined ? 0 : PRECISION[verb], why: `"${verb}" needs precise positions` },
  ];
  const { value, why } = grounds.reduce((most, each) => (each.value > most.value ? each : most));
  return { value: Math.min(1, Math.max(0, value)), why };
}

/** What the mind wants of the models after this cycle. */
export function demandOf(effects: Pick<Effects, 'metabolic' | 'salience'>, situation: Situation): Demand {
  const salience = new Map(
    effects.salience.map(({ source, combined, stale }) => [source, stale ? 0 : combined]),
  );
  const goal = situation.goals.busy || situation.utterances.next !== null;
  if (goal) salience.set('goal', GOAL_SALIENCE);
  const complexity = new Map<string, Complexity>();
  const surprise = effects.salience.find(({ source }) => source === situation.camera?.source)?.surprise ?? 0;
  if (situation.vision_ms !== null) complexity.set('vision', sceneComplexity(situation, surprise));
  return { now_ms: performance.now(), state: effects.metabolic.state, goal, salience, complexity };
}
