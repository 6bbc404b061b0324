import type { LogEntry } from '../log-reader.js';

/** What came into a cycle: a difference here is a cause. */
export const CAUSES = ['parameters', 'inputs', 'completions'] as const;
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
      return byName(entry.parameters, ({ path }) => path);
    case 'inputs':
      return {
        now_ms: cycle.now_ms,
        ...byName(entry.inputs, ({ source, type }) => (source === type ? source : `${source} ${type}`)),
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
      return cycle.ledger;
    case 'trust':
      return cycle.trust;
    case 'goal':
      return { goal: cycle.goal, events: entry.goals };
    case 'decision':
      return entry.decision?.decision ?? null;
    case 'action':
      return entry.actions;
  }
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
