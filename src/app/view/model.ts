import type { MetabolicStateName } from '../../contracts/metabolism.js';
import type { NodeReady, NodeStatus } from '../../contracts/status.js';
import { changes, type Note } from './notes.js';

/** Statuses kept for the history of the energy: one minute at ten a second. */
const HISTORY_MAX = 600;
const NOTES_MAX = 200;
const PLUGINS_MAX = 16;
/** Energies kept per refinement. */
const ENERGIES_MAX = 64;

/** A process that the bring-up started, as the view names it. */
export interface ProcessView {
  readonly name: string;
  readonly state: 'starting' | 'running' | 'ended';
  readonly detail: string;
}

/** A plugin's refinement under way, or the last one that was seen. */
export interface PluginView {
  readonly plugin: string;
  readonly running: boolean;
  readonly steps: number;
  readonly initial: number | null;
  readonly energy: number | null;
  /** Energies of this refinement as they were seen, the oldest first. */
  readonly energies: readonly number[];
  readonly seen_ms: number;
}

/** Everything the view shows. Times in ms since the bring-up began. */
export interface ViewModel {
  readonly now_ms: number;
  readonly processes: readonly ProcessView[];
  readonly node: string | null;
  readonly status: NodeStatus | null;
  readonly status_ms: number;
  readonly energy_history: readonly { readonly energy: number; readonly state: MetabolicStateName }[];
  readonly plugins: readonly PluginView[];
  readonly notes: readonly (Note & { readonly at_ms: number })[];
}

export type ViewEvent =
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly message: NodeReady | NodeStatus }
  | { readonly kind: 'process'; readonly process: ProcessView }
  | { readonly kind: 'note'; readonly note: Note };

export const emptyView: ViewModel = {
  now_ms: 0,
  processes: [],
  node: null,
  status: null,
  status_ms: 0,
  energy_history: [],
  plugins: [],
  notes: [],
};

/** The view after an event. Pure; every history in it is bounded. */
export function advance(model: ViewModel, event: ViewEvent, now_ms: number): ViewModel {
  const timed = { ...model, now_ms };
  switch (event.kind) {
    case 'tick':
      return timed;
    case 'note':
      return withNotes(timed, [event.note]);
    case 'process':
      return withProcess(timed, event.process);
    case 'message':
      return withMessage(timed, event.message);
  }
}

function withNotes(model: ViewModel, notes: readonly Note[]): ViewModel {
  if (notes.length === 0) return model;
  const stamped = notes.map((note) => ({ ...note, at_ms: model.now_ms }));
  return { ...model, notes: [...model.notes, ...stamped].slice(-NOTES_MAX) };
}

function withProcess(model: ViewModel, process: ProcessView): ViewModel {
  const others = model.processes.filter(({ name }) => name !== process.name);
  const processes = [...others, process].sort((a, b) => a.name.localeCompare(b.name));
  const tone = process.state === 'ended' ? 'bad' : 'plain';
  // A detail says the state as well: `ended with code 1`.
  const text = `${process.name} ${process.detail === '' ? process.state : process.detail}`;
  return withNotes({ ...model, processes }, [{ tone, text }]);
}

function withMessage(model: ViewModel, message: NodeReady | NodeStatus): ViewModel {
  switch (message.kind) {
    case 'ready':
      return withNotes({ ...model, node: message.node }, [
        { tone: 'good', text: `ready: ${message.node} in domain ${message.domain_id}` },
      ]);
    case 'status':
      return withStatus(model, message);
  }
}

function withStatus(model: ViewModel, status: NodeStatus): ViewModel {
  const { energy, state } = status.metabolic;
  return withNotes(
    {
      ...model,
      status,
      status_ms: model.now_ms,
      energy_history: [...model.energy_history, { energy, state }].slice(-HISTORY_MAX),
      plugins: nextPlugins(model, status),
    },
    changes(model.status, status),
  );
}

function nextPlugins(model: ViewModel, status: NodeStatus): PluginView[] {
  const plugins = new Map(model.plugins.map((plugin) => [plugin.plugin, { ...plugin, running: false }]));
  for (const job of status.report.running) {
    const before = plugins.get(job.plugin);
    const goesOn = before !== undefined && job.initial === before.initial && job.steps >= before.steps;
    const past = goesOn ? before.energies : job.initial === null ? [] : [job.initial];
    const energies = job.energy === null || job.energy === past.at(-1) ? past : [...past, job.energy];
    plugins.set(job.plugin, {
      ...job,
      running: true,
      energies: energies.slice(-ENERGIES_MAX),
      seen_ms: model.now_ms,
    });
  }
  const latest = [...plugins.values()].sort((a, b) => b.seen_ms - a.seen_ms).slice(0, PLUGINS_MAX);
  return latest.sort((a, b) => a.plugin.localeCompare(b.plugin));
}
