import type { Complexity, Demand } from './types.js';

/** What the policy knows of one model. */
export interface ModelFacts {
  readonly id: string;
  readonly capabilities: readonly string[];
  readonly family: string;
  /** Of its family: good for tasks up to this complexity, 0..1. */
  readonly complexity_max: number;
  readonly loaded: boolean;
  /** It cannot be loaded, or its runs fail. */
  readonly faulty: boolean;
  readonly used: boolean;
  readonly pinned: boolean;
  readonly memory_mb: number;
  /** GPU memory that it takes or would take; 0 where it runs on the CPU. */
  readonly gpu_mb: number;
  /** When it was last asked for or loaded, on the clock of the demand; null = never. */
  readonly last_used_ms: number | null;
  /** When it was loaded, on the same clock. */
  readonly loaded_ms: number | null;
  /** The model that failed and that it answers for since; null where it stands in for none. */
  readonly stands_in_for: string | null;
}

export interface PolicyParameters {
  readonly ram_mb_max: number;
  /** 0 = not counted. */
  readonly gpu_mb_max: number;
  readonly rest_idle_s: number;
  readonly idle_s: number;
  readonly hysteresis: number;
  readonly dwell_s: number;
  /** Whether the complexity of the task chooses among the members of a family. */
  readonly complexity_swap: boolean;
}

export type Proposal =
  | { readonly kind: 'load'; readonly id: string; readonly evict: readonly string[]; readonly reason: string }
  | { readonly kind: 'unload'; readonly id: string; readonly reason: string }
  | {
      readonly kind: 'swap';
      readonly id: string;
      readonly to: string;
      readonly reason: string;
      /** `id` fails, and has its place back when it can be loaded again. */
      readonly stand_in?: boolean;
    };

/** Sources that speak for a capability; a capability that is itself the name of a source speaks for that. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  vision: ['camera'],
  audio: ['audio'],
  language: ['goal', 'speech'],
};
/** How much each ground counts; they add up to 1. */
const USED_WEIGHT = 0.35;
const GOAL_WEIGHT = 0.3;
const SALIENCE_WEIGHT = 0.2;
const RECENCY_WEIGHT = 0.15;
/** A model that was not asked for this long is half as recent. */
const HALF_RECENT_MS = 60_000;
/** Salience of its sources that wakes a resting model. */
const WAKING_SALIENCE = 0.5;
/** How far the complexity must lie beyond what a model is good for before another takes over. */
const COMPLEXITY_MARGIN = 0.1;
/** Share of its value that a model keeps in REST and DREAM, and in a CRISIS if it cannot see. */
const RESTING_SHARE = 0.25;
const CRISIS_SHARE = 0.5;

const resting = ({ state }: Demand): boolean => state === 'REST' || state === 'DREAM';

/** The largest salience of the sources that speak for a model, 0..1. */
function salienceFor(model: Pick<ModelFacts, 'capabilities'>, { salience }: Demand): number {
  const sources = model.capabilities.flatMap((capability) => SOURCES[capability] ?? [capability]);
  return Math.min(1, Math.max(0, ...sources.map((source) => salience.get(source) ?? 0)));
}

function idle_s(model: ModelFacts, now_ms: number): number {
  return model.last_used_ms === null ? Number.POSITIVE_INFINITY : (now_ms - model.last_used_ms) / 1000;
}

/** What a model is worth now, 0..1: whether a plugin uses it, goal, salience, how lately it was asked for, state. */
export function worthOf(model: ModelFacts, demand: Demand): number {
  const used = model.used ? 1 : 0;
  const recency = 2 ** ((-1000 * idle_s(model, demand.now_ms)) / HALF_RECENT_MS);
  const value =
    USED_WEIGHT * used +
    GOAL_WEIGHT * (demand.goal ? used : 0) +
    SALIENCE_WEIGHT * salienceFor(model, demand) +
    RECENCY_WEIGHT * recency;
  if (resting(demand) && !demand.goal) return value * RESTING_SHARE;
  if (demand.state === 'CRISIS' && !model.capabilities.includes('vision')) return value * CRISIS_SHARE;
  return value;
}

const perMb = (model: ModelFacts, demand: Demand): number =>
  worthOf(model, demand) / Math.max(1, model.memory_mb);

/** Whether the state of the mind asks for it. */
function needed(model: ModelFacts, demand: Demand): string | null {
  if (model.pinned) return 'pinned';
  if (!model.used) return null;
  if (!resting(demand)) return `a plugin uses it in ${demand.state}`;
  if (demand.goal) return 'a goal waits';
  const salience = salienceFor(model, demand);
  return salience >= WAKING_SALIENCE ? `salience ${salience.toFixed(2)} of what it looks at` : null;
}

/** Who wants room: the policy by itself, a request that waits for the model, or an operator. */
export type Asker = 'policy' | 'request' | 'operator';

const isYoung = ({ loaded_ms }: ModelFacts, { now_ms }: Demand, { dwell_s }: PolicyParameters): boolean =>
  now_ms - (loaded_ms ?? 0) < dwell_s * 1000;

/**
 * Models to unload so that `memory_mb` more fit, the least worth per MB first; null where that is not possible.
 * Pinned models stay. The policy leaves those that are worth about as much; it and requests leave those that were just
 * loaded, or two models that are asked for in turn would do nothing but be loaded. An operator may unload all others.
 */
export function roomFor(
  wanted: ModelFacts,
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
  by: Asker = 'policy',
): readonly string[] | null {
  const loaded = models.filter((model) => model.loaded && model.id !== wanted.id);
  let free_mb = parameters.ram_mb_max - loaded.reduce((sum, { memory_mb }) => sum + memory_mb, 0);
  const gpu_mb_max = parameters.gpu_mb_max || Number.POSITIVE_INFINITY;
  let free_gpu_mb = gpu_mb_max - loaded.reduce((sum, { gpu_mb }) => sum + gpu_mb, 0);
  const fits = (): boolean => free_mb >= wanted.memory_mb && free_gpu_mb >= wanted.gpu_mb;
  const evict: string[] = [];
  const own = perMb(wanted, demand);
  const candidates = loaded
    .filter(({ pinned }) => !pinned)
    .filter((model) => {
      if (by === 'operator') return true;
      if (isYoung(model, demand, parameters)) return false;
      return by === 'request' || wanted.pinned || own > parameters.hysteresis * perMb(model, demand);
    })
    .sort((a, b) => perMb(a, demand) - perMb(b, demand) || (a.id < b.id ? -1 : 1));
  for (const model of candidates) {
    if (fits()) break;
    // A model on the CPU makes no room on the GPU.
    if (free_mb >= wanted.memory_mb && model.gpu_mb === 0) continue;
    free_mb += model.memory_mb;
    free_gpu_mb += model.gpu_mb;
    evict.push(model.id);
  }
  return fits() ? evict : null;
}

/** Where a model would go: what makes room for it, and whether it has its place on the GPU. */
export interface Placement {
  readonly evict: readonly string[];
  readonly on_gpu: boolean;
}

/** As `roomFor`; a model that does not fit on the GPU runs on the CPU. Null where it fits nowhere. */
export function placeFor(
  wanted: ModelFacts,
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
  by: Asker = 'policy',
): Placement | null {
  const evict = roomFor(wanted, models, demand, parameters, by);
  if (evict !== null) return { evict, on_gpu: true };
  const beside = roomFor({ ...wanted, gpu_mb: 0 }, models, demand, parameters, by);
  return beside === null ? null : { evict: beside, on_gpu: false };
}

/** A model that nothing needs any more, with the reason; or null. */
function release(
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
): Proposal | null {
  for (const model of models) {
    if (!model.loaded || model.pinned || needed(model, demand) !== null) continue;
    const limit_s = model.used ? parameters.rest_idle_s : parameters.idle_s;
    const unused_s = idle_s(model, demand.now_ms);
    if (limit_s === 0 || unused_s < limit_s) continue;
    const why = model.used
      ? `idle for ${unused_s.toFixed(0)} s in ${demand.state}`
      : `idle, and no plugin uses it`;
    return { kind: 'unload', id: model.id, reason: why };
  }
  return null;
}

/** The largest complexity that the capabilities of a model meet now; null if unknown. */
function complexityFor(model: ModelFacts, demand: Demand): Complexity | null {
  const known = model.capabilities.flatMap((capability) => demand.complexity.get(capability) ?? []);
  return known.sort((a, b) => b.value - a.value)[0] ?? null;
}

/** The member of the family that suits: the smallest that is good enough, else the one that is good for most. */
function suited(members: readonly ModelFacts[], complexity: number): ModelFacts | undefined {
  const order = [...members].sort((a, b) => a.complexity_max - b.complexity_max || (a.id < b.id ? -1 : 1));
  return order.find(({ complexity_max }) => complexity_max >= complexity) ?? order.at(-1);
}

/** Another of its family where a used model fails, or the task asks for more, or for less. */
function exchange(
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
): Proposal | null {
  const { complexity_swap } = parameters;
  for (const model of models) {
    if (!model.loaded || !model.used || model.pinned || model.family === '') continue;
    const others = models.filter(
      ({ id, family, faulty }) => family === model.family && id !== model.id && !faulty,
    );
    const complexity = complexityFor(model, demand);
    if (model.faulty) {
      const other = suited(others, complexity?.value ?? 1);
      if (other) return { kind: 'swap', id: model.id, to: other.id, reason: 'it fails', stand_in: true };
      continue;
    }
    if (isYoung(model, demand, parameters) || demand.state === 'CRISIS' || resting(demand)) continue;
    const home = others.find(({ id }) => id === model.stands_in_for);
    if (home && !complexity_swap)
      return { kind: 'swap', id: model.id, to: home.id, reason: 'it may work again' };
    if (!complexity_swap || complexity === null) continue;
    const { value, why } = complexity;
    const harder = value > model.complexity_max + COMPLEXITY_MARGIN;
    const other = suited([model, ...others], harder ? value : value + COMPLEXITY_MARGIN);
    if (!other || other.id === model.id) continue;
    const smaller = other.complexity_max < model.complexity_max;
    if (harder || smaller) {
      const good = `${other.id} is good for ${other.complexity_max.toFixed(2)}`;
      const reason = `complexity ${value.toFixed(2)} (${why}), ${good}`;
      return { kind: 'swap', id: model.id, to: other.id, reason };
    }
  }
  return null;
}

/** What goes where the hosts have grown beyond the budget: the least worth per MB; null where all fit, or one is alone. */
function relief(
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
): Proposal | null {
  const loaded = models.filter((model) => model.loaded);
  const taken_mb = loaded.reduce((sum, { memory_mb }) => sum + memory_mb, 0);
  if (taken_mb <= parameters.ram_mb_max || loaded.length < 2) return null;
  const [least] = loaded
    .filter((model) => !model.pinned && !isYoung(model, demand, parameters))
    .sort((a, b) => perMb(a, demand) - perMb(b, demand) || (a.id < b.id ? -1 : 1));
  if (!least) return null;
  const reason = `the hosts use ${taken_mb.toFixed(0)} MB (allowed ${parameters.ram_mb_max.toFixed(0)})`;
  return { kind: 'unload', id: least.id, reason };
}

/** The next thing to do with the models, or null. One at a time: what follows is decided on what then is. */
export function propose(
  models: readonly ModelFacts[],
  demand: Demand,
  parameters: PolicyParameters,
): Proposal | null {
  const over = relief(models, demand, parameters);
  if (over) return over;
  const present = new Set(
    models.filter(({ loaded, family }) => loaded && family !== '').map(({ family }) => family),
  );
  const missing = models
    .filter((model) => !model.loaded && !model.faulty && !present.has(model.family))
    .filter((model) => needed(model, demand) !== null)
    .sort((a, b) => perMb(b, demand) - perMb(a, demand) || (a.id < b.id ? -1 : 1));
  for (const model of missing) {
    const place = placeFor(model, models, demand, parameters);
    if (place === null) continue;
    return { kind: 'load', id: model.id, evict: place.evict, reason: needed(model, demand) ?? '' };
  }
  return exchange(models, demand, parameters) ?? release(models, demand, parameters);
}
