import type { Fault } from '../../contracts/errors.js';
import type { ModelHostHealth, ModelHostState } from '../api.js';
import type { ModelManifest } from '../manifest.js';
import type { ModelHealth } from '../model-state.js';
import type { ModelFacts } from './policy.js';
import type { Resident } from './resident.js';
import type { ModelEvent, ModelStanding } from './types.js';

interface StandingInputs {
  readonly manifest: ModelManifest;
  readonly resident: Resident | null;
  readonly facts: ModelFacts;
  readonly memory: { readonly mb: number; readonly measured: boolean };
  readonly value: number;
  /** The last thing done with it. */
  readonly last: ModelEvent | undefined;
  /** The last swap that put the model that answers for it in its place. */
  readonly seated: ModelEvent | undefined;
  /** The model that its requests go to. */
  readonly answered_by: string;
  /** Models whose requests come to it. */
  readonly answers_for: readonly string[];
  /** Why it could not be loaded for the mind. */
  readonly refused: Fault | undefined;
}

/** One row of the list of models. */
export function standingOf(inputs: StandingInputs): ModelStanding {
  const { manifest, resident, facts, memory, value, last, refused } = inputs;
  const health = resident?.host.health() ?? null;
  const runs = resident?.runs() ?? { count: 0, p50_ms: null, p99_ms: null };
  const found = health?.fault ?? refused ?? null;
  const state = resident === null ? (found ? 'failed' : 'unloaded') : (health?.models[0]?.state ?? 'loading');
  return {
    id: manifest.id,
    version: manifest.version,
    task: manifest.task,
    family: manifest.family ?? '',
    state,
    used: facts.used,
    pinned: facts.pinned,
    provider: health?.provider ?? '',
    memory_mb: resident?.rss_mb ?? memory.mb,
    memory_measured: resident?.rss_mb != null || memory.measured,
    load_ms: resident?.load_ms ?? 0,
    run_p50_ms: runs.p50_ms,
    run_p99_ms: runs.p99_ms,
    runs: runs.count,
    value,
    reason: placeOf(inputs) ?? last?.reason ?? resident?.reason ?? (facts.used ? NOT_NEEDED : NOT_USED),
    note: noteOf(health?.models[0], resident),
    fault: found,
  };
}

const NOT_NEEDED = 'not needed now';
const NOT_USED = 'no plugin uses it';

/** Which model answers in its place, or in whose place it answers, since when and why; null where neither is so. */
function placeOf({
  manifest,
  resident,
  last,
  seated,
  answered_by,
  answers_for,
}: StandingInputs): string | null {
  const told = (what: string, begun: ModelEvent | undefined, reason = begun?.reason): string =>
    `${what}${begun === undefined ? '' : ` since ${new Date(begun.at_ms).toTimeString().slice(0, 8)}`}: ${reason}`;
  if (answered_by !== manifest.id)
    return told(`replaced by ${answered_by}`, seated, seated?.reason ?? 'swapped');
  if (resident !== null)
    return answers_for.length === 0
      ? null
      : told(`in the place of ${answers_for.join(', ')}`, seated, last?.reason);
  const gone = last?.kind === 'swap' && last.fault === null && last.model !== manifest.id;
  return gone ? told(`replaced by ${last.model}`, last) : null;
}

/** What an operator would wonder about: why a load takes so long, and why it is not the provider that was asked for. */
function noteOf(model: ModelHealth | undefined, resident: Resident | null): string {
  if (model === undefined || resident === null) return '';
  if (model.state === 'loading') {
    const told = `loading for ${Math.round((performance.now() - resident.started_ms) / 1000)} s`;
    return resident.builds ? `${told}; TensorRT may be building its engine, which takes minutes` : told;
  }
  if (resident.on_cpu) return 'on the CPU until its next load: it did not fit into models.gpu_mb_max';
  const refused = model.graphs.flatMap((graph) => graph.refused);
  return [...new Set(refused.map(({ provider, reason }) => `${provider}: ${reason}`))].join('; ');
}

/** The worst state of several hosts. */
function stateOf(states: readonly ModelHostState[], closed: boolean): ModelHostState {
  if (closed) return 'closed';
  if (states.includes('waiting')) return 'waiting';
  return states.includes('starting') ? 'starting' : 'ready';
}

/** All hosts taken together. */
export function fleetHealth(
  residents: readonly Resident[],
  own: readonly Fault[],
  closed: boolean,
): ModelHostHealth {
  const healths = residents.map(({ host }) => host.health());
  const faults = [...own, ...healths.flatMap((health) => health.faults)];
  const distinct = (words: readonly string[]): string[] =>
    [...new Set(words.filter((word) => word !== ''))].sort();
  const sum = (of: (health: ModelHostHealth) => number): number =>
    healths.reduce((total, health) => total + of(health), 0);
  return {
    state: stateOf(
      healths.map(({ state }) => state),
      closed,
    ),
    pid: healths[0]?.pid ?? null,
    runtime: distinct(healths.map(({ runtime }) => runtime)).join(', '),
    providers: distinct(healths.flatMap(({ providers }) => providers)),
    provider: distinct(healths.flatMap(({ provider }) => provider.split(', '))).join(', '),
    restarts: sum(({ restarts }) => restarts),
    queued: sum(({ queued }) => queued),
    slots: sum(({ slots }) => slots),
    fault: faults[0] ?? null,
    faults,
    last_loss:
      healths.find(({ state, last_loss }) => state !== 'ready' && last_loss !== null)?.last_loss ?? null,
    models: healths.flatMap(({ models }) => models),
  };
}
