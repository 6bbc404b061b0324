import type { Decision } from '../../contracts/decision.js';
import type { LogInput } from '../../contracts/log.js';
import type { LogChange, LogEntry } from '../log-reader.js';

/** What came into a cycle: a difference here is a cause. */
export const CAUSES = ['parameters', 'models', 'lifecycle', 'inputs', 'completions'] as const;
/** What a cycle made of it: a difference here is an effect. */
export const EFFECTS = [
  'salience',
  'state',
  'plan',
  'budget',
  'trust',
  'goal',
  'decision',
  'action',
] as const;
export type Cause = (typeof CAUSES)[number];
export type Effect = (typeof EFFECTS)[number];
export type Area = Cause | Effect;

/** Part of a cycle as a value to compare: lists become objects by name, so that a difference names its place. */
export function areaOf(entry: LogEntry, area: Area): unknown {
  const { cycle } = entry;
  switch (area) {
    case 'parameters':
      return byName(changesOf(entry, 'parameter'), ({ path }) => path);
    case 'models':
      return byName(
        changesOf(entry, 'model'),
        ({ event, replaced, model }) => `${event} ${replaced || model}`,
      );
    case 'lifecycle':
      return changesOf(entry, 'lifecycle').map(({ state }) => state);
    case 'inputs':
      return {
        now_ms: cycle.now_ms,
        ...byName(entry.inputs, inputName(entry.inputs)),
        source_faults: cycle.source_faults,
        dropped: cycle.dropped,
      };
    case 'completions':
      return byName(entry.jobs, ({ job_id }) => job_id);
    case 'salience':
      return byName(cycle.salience, ({ source }) => source);
    case 'state':
      return { state: cycle.state, reason: cycle.state_reason, energy: cycle.energy };
    case 'plan':
      return byName(cycle.commands, ({ kind, job_id }) => `${kind} ${job_id}`);
    case 'budget':
      return Object.fromEntries(
        Object.entries(cycle.ledger).map(([name, matp]) => [
          name.replace('_matp', '_atp'),
          (matp ?? 0) / 1000,
        ]),
      );
    case 'trust':
      return cycle.trust;
    case 'goal':
      return { goal: cycle.goal, events: entry.goals };
    case 'decision':
      return entry.decision === null ? null : telling(entry.decision.decision);
    case 'action':
      return entry.actions;
  }
}

function changesOf<K extends LogChange['kind']>(
  { changes }: LogEntry,
  kind: K,
): readonly Extract<LogChange, { kind: K }>[] {
  return changes.filter((change): change is Extract<LogChange, { kind: K }> => change.kind === kind);
}

/** What a decision says most with stands first, so that a difference there is the one reported. */
function telling({ action, state, goal, rejected, faults, reason, ...rest }: Decision): object {
  const { stamp_ms, decision_id, image_stamp_ms, ...others } = rest;
  return { action, state, goal, rejected, faults, reason, ...others, image_stamp_ms, stamp_ms, decision_id };
}

/** Reasons, and the texts of faults: what they say for people stands beside them as a code, a kind or a number. */
const WORDS = /(^|\.)(reason|(faults|rejected)\.\d+\.text)$/;
/** What was done and what for: words that mean something, but for the numbers in them. */
const DEEDS = /(^|\.)(action|purpose)$/;
const NUMBER = /-?\d+(\.\d+)?(e[+-]?\d+)?/g;

/** Whether two texts of an effect mean the same although they read differently. */
export function sameMeaning(path: string, a: string, b: string): boolean {
  if (WORDS.test(path)) return true;
  return DEEDS.test(path) && a.replaceAll(NUMBER, '#') === b.replaceAll(NUMBER, '#');
}

/** Of several readings of a source, each by its stamp: one that is missing then stands for itself alone. */
function inputName(inputs: readonly LogInput[]): (input: LogInput) => string {
  const counts = new Map<string, number>();
  const plain = ({ source, type }: LogInput) => (source === type ? source : `${source} ${type}`);
  for (const input of inputs) counts.set(plain(input), (counts.get(plain(input)) ?? 0) + 1);
  return (input) => {
    const name = plain(input);
    return counts.get(name) === 1 ? name : `${name} at ${(input.stamp_ms / 1000).toFixed(3)} s`;
  };
}

/** Several of a name are numbered. */
function byName<T>(items: readonly T[], name: (item: T) => string): Record<string, T> {
  const named: Record<string, T> = {};
  for (const item of items) {
    const base = name(item);
    let key = base;
    for (let count = 2; Object.hasOwn(named, key); count++) key = `${base} ${count}`;
    named[key] = item;
  }
  return named;
}
