import type { LogHeader } from '../../contracts/log.js';
import { type LogEntry, type LogReaderOptions, openLog } from '../log-reader.js';
import { type Area, areaOf, CAUSES, type Cause, EFFECTS, type Effect, sameMeaning } from './areas.js';
import { type Difference, firstDifference, type SameMeaning } from './difference.js';

/** How one area differs over the whole of two logs. */
export interface AreaSummary {
  readonly area: Area;
  /** In how many of the cycles that both have. */
  readonly cycles: number;
  readonly first_cycle: number;
  /** Seconds after the first clock reading. */
  readonly first_s: number;
  readonly first: Difference;
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
  /** Nothing at all differs. */
  readonly equal: boolean;
  /** The same number of cycles, and nothing came out that means something else, whatever came in. */
  readonly same_outcome: boolean;
  readonly cycles_a: number;
  readonly cycles_b: number;
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
  const [left, right] = [await openLog(a, options), await openLog(b, options)];
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

type Summaries = Map<Area, { -readonly [K in keyof AreaSummary]: AreaSummary[K] }>;

/** What times of completions are: those that a replay takes from a live run are the ones measured there. */
const timing = ({ costs }: LogHeader): string => (costs === 'recorded' ? 'measured' : costs);

class Comparer {
  private readonly counts: { a: number; b: number } = { a: 0, b: 0 };
  private readonly areas: Summaries = new Map();
  private readonly wordings: Summaries = new Map();
  private readonly leads: Lead[] = [];
  private divergence: Divergence | null = null;
  private begin_ms: number | null = null;

  constructor(private readonly tolerance: number) {}

  /** Everything of the headers but what is only about the files. */
  headers(a: LogHeader, b: LogHeader): void {
    for (const part of ['sage', 'seed', 'plugins', 'bag'] as const) {
      this.lead('header', null, this.between(a[part], b[part], part));
    }
    this.lead('header', null, this.between(timing(a), timing(b), 'costs'));
    for (const group of new Set([...Object.keys(a.parameters), ...Object.keys(b.parameters)])) {
      const [mine, theirs] = [a.parameters[group] ?? {}, b.parameters[group] ?? {}];
      for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
        this.lead('header', null, this.between(mine[name], theirs[name], `${group}.${name}`));
      }
    }
    const hashes = ({ models }: LogHeader) => Object.fromEntries(models.map((model) => [model.id, model]));
    const [mine, theirs] = [hashes(a), hashes(b)];
    for (const id of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
      this.lead('header', null, this.between(mine[id], theirs[id], `model ${id}`));
    }
  }

  /** A cycle of each; null where one log has ended. */
  take(a: LogEntry | null, b: LogEntry | null): void {
    if (a !== null) this.counts.a += 1;
    if (b !== null) this.counts.b += 1;
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
      if (found !== null) return [{ area, ...found }];
      note(this.wordings, area, this.between(mine, theirs, ''), cycle, time_s);
      return [];
    });
    if (effects.length > 0) this.divergence ??= { cycle, time_s, effects };
  }

  result(a: string, b: string): LogComparison {
    const { divergence, leads, counts } = this;
    const areas = [...CAUSES, ...EFFECTS].flatMap((area) => this.areas.get(area) ?? []);
    const wordings = EFFECTS.flatMap((area) => this.wordings.get(area) ?? []);
    const differing = areas.length + wordings.length + leads.length;
    const equal = differing === 0 && counts.a === counts.b;
    const same_outcome = divergence === null && counts.a === counts.b;
    const cycles = { cycles_a: counts.a, cycles_b: counts.b };
    return { a, b, equal, same_outcome, ...cycles, divergence, leads, areas, wordings };
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

function note(
  into: Summaries,
  area: Area,
  first: Difference | null,
  first_cycle: number,
  first_s: number,
): void {
  if (first === null) return;
  const known = into.get(area);
  if (known === undefined) into.set(area, { area, cycles: 1, first_cycle, first_s, first });
  else known.cycles += 1;
}
