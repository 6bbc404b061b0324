import type { LogBuild, LogHeader, LogModel } from '../../contracts/log.js';
import type { LogEntry, LogReaderOptions } from '../log-reader.js';
import { openRun } from '../open-run.js';
import { type Area, areaOf, CAUSES, type Cause, EFFECTS, type Effect, sameMeaning } from './areas.js';
import { type Difference, firstDifference, type SameMeaning } from './difference.js';
import { type Largest, largerOf } from './largest.js';
import { type Outcome, OutcomeTally } from './outcome.js';

/** How one area differs over the whole of two logs. */
export interface AreaSummary {
  readonly area: Area;
  /** In how many of the cycles that both have. */
  readonly cycles: number;
  readonly first_cycle: number;
  /** Seconds after the first clock reading. */
  readonly first_s: number;
  readonly first: Difference;
  /** Where its numbers lie furthest apart; null where none do. */
  readonly largest: Largest | null;
}

/** The first cycle in which something came out differently. */
export interface Divergence {
  readonly cycle: number;
  readonly time_s: number;
  readonly effects: readonly (Difference & { readonly area: Effect })[];
}

/** What came in differently, up to the first cycle that came out differently. */
export interface Lead {
  readonly kind: 'header' | Cause;
  /** Null for what stands in the header. */
  readonly cycle: number | null;
  readonly difference: Difference;
}

export interface LogComparison {
  readonly a: string;
  readonly b: string;
  /** The code of each, null where its log does not name it; not counted as a difference. */
  readonly build_a: LogBuild | null;
  readonly build_b: LogBuild | null;
  /** Nothing at all differs. */
  readonly equal: boolean;
  /** The same number of cycles, and nothing came out that means something else, whatever came in. */
  readonly same_outcome: boolean;
  readonly cycles_a: number;
  readonly cycles_b: number;
  readonly outcome_a: Outcome;
  readonly outcome_b: Outcome;
  /** Null where nothing came out differently in the cycles that both have. */
  readonly divergence: Divergence | null;
  /** What may have led there, the first first; empty where nothing that is in the logs explains it. */
  readonly leads: readonly Lead[];
  readonly areas: readonly AreaSummary[];
  /** Areas in cycles where they read differently and mean the same: a reason that names another threshold. */
  readonly wordings: readonly AreaSummary[];
}

export interface CompareOptions extends LogReaderOptions {
  /** Numbers may differ by so much, absolute or relative; default 0. */
  readonly tolerance?: number;
}

/** Areas for which the distance is reported. */
const MEASURED: ReadonlySet<Area> = new Set(['salience', 'state', 'budget', 'trust']);
/** Leads that are kept; a changed profile alone changes a dozen parameters. */
const LEADS_MAX = 50;

/**
 * Compares two logs of runs cycle by cycle, in bounded memory: where they first part, what came in differently until
 * then, and what differs after it. @throws SageError SAGE_902, SAGE_1021, SAGE_1022 of either log
 */
export async function compareLogs(
  a: string,
  b: string,
  options: CompareOptions = {},
): Promise<LogComparison> {
  const [left, right] = [await openRun(a, options), await openRun(b, options)];
  try {
    const comparer = new Comparer(options.tolerance ?? 0);
    comparer.headers(left.header, right.header);
    const [mine, theirs] = [left.entries(), right.entries()];
    let [one, other] = await Promise.all([mine.next(), theirs.next()]);
    while (one.done !== true || other.done !== true) {
      comparer.take(one.done === true ? null : one.value, other.done === true ? null : other.value);
      [one, other] = await Promise.all([mine.next(), theirs.next()]);
    }
    return comparer.result(a, b);
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

/** Parameters by path. */
function flat(parameters: LogHeader['parameters']): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(parameters).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => [`${group}.${name}`, value] as const),
    ),
  );
}

type Summaries = Map<Area, { -readonly [K in keyof AreaSummary]: AreaSummary[K] }>;

/** What times of completions are: those that a replay takes from a live run are the ones measured there. */
const timing = ({ costs }: LogHeader): string => (costs === 'recorded' ? 'measured' : costs);

class Comparer {
  private readonly counts: { a: number; b: number } = { a: 0, b: 0 };
  private readonly areas: Summaries = new Map();
  private readonly wordings: Summaries = new Map();
  private readonly leads: Lead[] = [];
  private readonly outcomes = { a: new OutcomeTally(), b: new OutcomeTally() };
  private divergence: Divergence | null = null;
  private begin_ms: number | null = null;
  private readonly builds: { build_a: LogBuild | null; build_b: LogBuild | null } = {
    build_a: null,
    build_b: null,
  };

  constructor(private readonly tolerance: number) {}

  /** Everything of the headers but what is only about the files. */
  headers(a: LogHeader, b: LogHeader): void {
    this.builds.build_a = a.build ?? null;
    this.builds.build_b = b.build ?? null;
    // The seed is a parameter as well, and told once.
    for (const part of ['sage', 'seed', 'plugins', 'bag'] as const) {
      this.lead('header', null, this.between(a[part], b[part], part));
    }
    this.lead('header', null, this.between(timing(a), timing(b), 'costs'));
    // A live run names all that it listens to, a replay what its bag had of that.
    if (a.source === 'replay' && b.source === 'replay') {
      const [mine, theirs] = [heard(a), heard(b)];
      for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)]))
        this.lead('header', null, this.between(mine[name], theirs[name], `topic for ${name}`));
    }
    const [mine, theirs] = [flat(a.parameters), flat(b.parameters)];
    const both = [...mine.keys()].filter((path) => theirs.has(path) && path !== 'kernel.seed');
    for (const path of both) this.lead('header', null, this.between(mine.get(path), theirs.get(path), path));
    // As between two versions.
    const alone = (own: typeof mine, other: typeof mine): string =>
      [...own.keys()].filter((path) => !other.has(path)).join(', ');
    const path = 'parameters that the other does not have';
    this.lead('header', null, this.between(alone(mine, theirs), alone(theirs, mine), path));
    this.models(a, b);
  }

  private models(a: LogHeader, b: LogHeader): void {
    const hashes = ({ models }: LogHeader) => Object.fromEntries(models.map((model) => [model.id, model]));
    const [mine, theirs] = [hashes(a), hashes(b)];
    // As between two versions of the log: a manifest that one does not name is no difference.
    const named = (model: LogModel | undefined, other: LogModel | undefined) =>
      model === undefined || other?.manifest !== undefined ? model : { ...model, manifest: undefined };
    for (const id of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
      const [one, other] = [mine[id], theirs[id]];
      this.lead('header', null, this.between(named(one, other), named(other, one), `model ${id}`));
    }
  }

  /** A cycle of each; null where one log has ended. */
  take(a: LogEntry | null, b: LogEntry | null): void {
    if (a !== null) this.counts.a += 1;
    if (b !== null) this.counts.b += 1;
    if (a !== null) this.outcomes.a.take(a);
    if (b !== null) this.outcomes.b.take(b);
    if (a === null || b === null) return;
    this.begin_ms ??= a.cycle.now_ms;
    const { cycle, now_ms } = a.cycle;
    const time_s = (now_ms - this.begin_ms) / 1000;
    for (const area of CAUSES) {
      const found = this.between(areaOf(a, area), areaOf(b, area), '');
      note(this.areas, area, found, cycle, time_s);
      if (this.divergence === null) this.lead(area, cycle, found);
    }
    const effects = EFFECTS.flatMap((area) => {
      const [mine, theirs] = [areaOf(a, area), areaOf(b, area)];
      const found = this.between(mine, theirs, '', sameMeaning);
      note(this.areas, area, found, cycle, time_s);
      if (found !== null) {
        if (MEASURED.has(area)) this.measure(area, mine, theirs, cycle);
        return [{ area, ...found }];
      }
      note(this.wordings, area, this.between(mine, theirs, ''), cycle, time_s);
      return [];
    });
    if (effects.length > 0) this.divergence ??= { cycle, time_s, effects };
  }

  private measure(area: Area, mine: unknown, theirs: unknown, cycle: number): void {
    const summary = this.areas.get(area);
    if (summary !== undefined) summary.largest = largerOf(summary.largest, mine, theirs, cycle);
  }

  result(a: string, b: string): LogComparison {
    const { divergence, leads, counts, outcomes } = this;
    const areas = [...CAUSES, ...EFFECTS].flatMap((area) => this.areas.get(area) ?? []);
    const wordings = EFFECTS.flatMap((area) => this.wordings.get(area) ?? []);
    const differing = areas.length + wordings.length + leads.length;
    const equal = differing === 0 && counts.a === counts.b;
    const same_outcome = divergence === null && counts.a === counts.b;
    const cycles = { cycles_a: counts.a, cycles_b: counts.b };
    const came = { outcome_a: outcomes.a.result(), outcome_b: outcomes.b.result() };
    return {
      a,
      b,
      ...this.builds,
      equal,
      same_outcome,
      ...cycles,
      ...came,
      divergence,
      leads,
      areas,
      wordings,
    };
  }

  private between(a: unknown, b: unknown, at: string, same?: SameMeaning): Difference | null {
    const found = firstDifference(a, b, this.tolerance, same);
    if (found === null) return null;
    return { ...found, path: [at, found.path].filter((part) => part !== '').join('.') };
  }

  private lead(kind: Lead['kind'], cycle: number | null, difference: Difference | null): void {
    if (difference !== null && this.leads.length < LEADS_MAX) this.leads.push({ kind, cycle, difference });
  }
}

/** The topic behind each of SAGE's names. */
function heard({ topics }: LogHeader): Readonly<Record<string, string>> {
  return Object.fromEntries(topics.map(({ name, topic }) => [name, topic]));
}

function note(
  into: Summaries,
  area: Area,
  first: Difference | null,
  first_cycle: number,
  first_s: number,
): void {
  if (first === null) return;
  const known = into.get(area);
  if (known === undefined) into.set(area, { area, cycles: 1, first_cycle, first_s, first, largest: null });
  else known.cycles += 1;
}
