import { z } from 'zod';
import { type Decision, decisionLineSchema } from '../contracts/decision.js';
import { messageOf, SageError } from '../contracts/errors.js';
import {
  type LogCycle,
  logCycleSchema,
  logLifecycleSchema,
  logModelEventSchema,
  logParameterSchema,
} from '../contracts/log.js';
import { beginsRun, jsonOf, LINE_MAX, type LogChange, requireVersion } from '../replay/log-reader.js';
import { lookOf } from '../replay/mistaken.js';
import { linesInBag } from '../replay/open-run.js';
import { textLines } from '../replay/text-file.js';

/** A moment of a log: on the clock of the run, after its start, at a time of day (UTC), or a cycle. */
export interface LogMoment {
  readonly kind: 'clock' | 'after' | 'day' | 'cycle';
  /** Seconds (since midnight for a time of day), or the number of the cycle. */
  readonly value: number;
}

const DAY_MS = 86_400_000;
/** Changes before one cycle that are reported; a whole configuration has fewer. */
const CHANGES_MAX = 1000;
const CHANGES: Readonly<Record<string, z.ZodType<LogChange>>> = {
  parameter: logParameterSchema,
  model: logModelEventSchema,
  lifecycle: logLifecycleSchema,
};

/**
 * Reads `42.1` (the clock of the run, s), `+3.5` (after its start, s) or `14:02:33.5` (time of day, UTC), also with the
 * unit behind it, as pages and texts have it.
 * @throws SageError SAGE_901
 */
export function parseMoment(asked: string): LogMoment {
  const text = asked.trim().replace(/ ?(s|UTC)$/, '');
  const day = /^([01]?\d|2[0-3]):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(text);
  if (day !== null) {
    const [, hours, minutes, seconds] = day.map(Number);
    return { kind: 'day', value: hours! * 3600 + minutes! * 60 + seconds! };
  }
  const value = Number(text);
  if (!/^\+?\d+(\.\d+)?$/.test(text) || !Number.isFinite(value)) {
    const told = `"${asked}" is not a time; use +3.5 (s after the start), 14:02:33 (UTC) or 42.1 (s on the clock of the run)`;
    throw new SageError('SAGE_901', '--at', told);
  }
  return { kind: text.startsWith('+') ? 'after' : 'clock', value };
}

/** What a log says of one of its moments. */
export interface FoundMoment {
  /** The decision that held: the last one up to it. */
  readonly decision: Decision;
  /** The last cycle up to it; null in a file of decisions alone. */
  readonly cycle: LogCycle | null;
  /** What had changed since the start, the last of each: parameters, models, the lifecycle. */
  readonly changes: readonly LogChange[];
  /** The first decision after it; null where there is none. */
  readonly next: Decision | null;
  /** The clock of the run at its start and at the moment, ms. */
  readonly begin_ms: number;
  readonly until_ms: number;
  /** Whether the log ends before the moment. */
  readonly beyond: boolean;
}

/**
 * The decisions of a log, in order: lines of JSON, of which those of kind `decision` hold one; others are passed over.
 * Memory is bounded by the longest line. A last line that was cut off by a crash is left out.
 * @throws SageError SAGE_902 no such file, SAGE_904 with the line that cannot be read
 */
export async function* decisionsOf(file: string): AsyncGenerator<Decision> {
  for await (const { decision } of linesOf(file)) if (decision !== null) yield decision;
}

/** A line that is a cycle or a decision, or says what changed before the next cycle. */
interface LogLine {
  readonly change?: LogChange;
  readonly cycle: LogCycle | null;
  readonly decision: Decision | null;
}

async function* linesOf(file: string): AsyncGenerator<LogLine> {
  let waiting: { readonly text: string; readonly line: number } | null = null;
  let line = 0;
  try {
    for await (const text of textsOf(file)) {
      line += 1;
      if (line === 1 && beginsRun(text)) requireVersion(jsonOf(text), file);
      if (text.trim() === '') continue;
      if (waiting !== null) yield* lineIn(waiting.text, `${file}:${waiting.line}`);
      waiting = { text, line };
    }
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  }
  if (waiting !== null && jsonOf(waiting.text) !== undefined)
    yield* lineIn(waiting.text, `${file}:${waiting.line}`);
}

function textsOf(file: string): AsyncIterable<string> {
  if (lookOf(file) === 'bag') return linesInBag(file, { best_effort: true });
  return textLines(file, LINE_MAX);
}

/**
 * The decision that held at a moment, and the cycle of then.
 * @throws SageError SAGE_901, SAGE_902, SAGE_904, SAGE_1021 of another version, SAGE_1022 with its lines in disorder
 */
export async function momentOf(file: string, moment: LogMoment): Promise<FoundMoment> {
  let begin_ms: number | null = null;
  let first: Decision | null = null;
  let cycle: LogCycle | null = null;
  let decision: Decision | null = null;
  let last = { now_ms: 0, cycle: 0 };
  const changed = new Map<string, LogChange>();
  let waiting: LogChange[] = [];
  for await (const { cycle: entered, decision: decided, change } of linesOf(file)) {
    if (change !== undefined) {
      if (waiting.length < CHANGES_MAX) waiting.push(change);
      continue;
    }
    if (entered !== null && entered.cycle <= last.cycle) {
      const told = `cycle ${entered.cycle} follows behind cycle ${last.cycle}: its lines are not in order`;
      throw new SageError('SAGE_1022', file, told);
    }
    last = { now_ms: entered?.now_ms ?? decided!.stamp_ms, cycle: entered?.cycle ?? decided!.cycle };
    begin_ms ??= last.now_ms;
    first ??= decided;
    if (isAfter(moment, begin_ms, last)) {
      if (decided === null) continue;
      if (decision === null) break;
      const until_ms = untilOf(moment, begin_ms, cycle);
      return {
        decision,
        cycle,
        changes: [...changed.values()],
        next: decided,
        begin_ms,
        until_ms,
        beyond: false,
      };
    }
    if (entered !== null) {
      for (const each of waiting) changed.set(seatOf(each), each);
      waiting = [];
    }
    cycle = entered ?? cycle;
    decision = decided ?? decision;
  }
  if (first === null || begin_ms === null) throw new SageError('SAGE_904', file, 'it contains no decisions');
  if (decision !== null) {
    const until_ms = untilOf(moment, begin_ms, cycle);
    const beyond = isBefore(moment, until_ms, last);
    return { decision, cycle, changes: [...changed.values()], next: null, begin_ms, until_ms, beyond };
  }
  const after_s = ((first.stamp_ms - begin_ms) / 1000).toFixed(3);
  const meant =
    moment.kind === 'clock' && moment.value * 1000 < begin_ms ? `; +${moment.value} is after its start` : '';
  const told = `${file}: its first decision is at +${after_s} s (${(first.stamp_ms / 1000).toFixed(3)} s)${meant}`;
  throw new SageError('SAGE_901', moment.kind === 'cycle' ? '--cycle' : '--at', told);
}

/** Where a line of a log stands. */
interface Stand {
  readonly now_ms: number;
  readonly cycle: number;
}

/** Changes of one seat take the place of each other. */
function seatOf(change: LogChange): string {
  if (change.kind === 'parameter') return change.path;
  return change.kind === 'lifecycle' ? 'lifecycle' : `model ${change.event} ${change.model}`;
}

/** Up to a microsecond: a time that was read off a page is rounded. */
function isAfter(moment: LogMoment, begin_ms: number, { now_ms, cycle }: Stand): boolean {
  return moment.kind === 'cycle' ? cycle > moment.value : now_ms > untilOf(moment, begin_ms, null) + 0.001;
}

/** Whether a line is before the moment, by more than the rounding of times that people type. */
function isBefore(moment: LogMoment, until_ms: number, { now_ms, cycle }: Stand): boolean {
  return moment.kind === 'cycle' ? cycle < moment.value : now_ms < until_ms - 1;
}

/** The moment on the clock of the run, ms. */
function untilOf({ kind, value }: LogMoment, begin_ms: number, cycle: LogCycle | null): number {
  if (kind === 'cycle') return cycle?.now_ms ?? begin_ms;
  if (kind === 'clock') return value * 1000;
  if (kind === 'after') return begin_ms + value * 1000;
  // The first such time of day from the start on.
  const midnight_ms = Math.floor(begin_ms / DAY_MS) * DAY_MS;
  const that_day_ms = midnight_ms + value * 1000;
  return that_day_ms + 1000 > begin_ms ? that_day_ms : that_day_ms + DAY_MS;
}

function* lineIn(text: string, where: string): Generator<LogLine> {
  const value = jsonOf(text);
  if (value === undefined) throw new SageError('SAGE_904', where, 'it is not JSON');
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  const schema = CHANGES[String(kind)];
  if (schema !== undefined) yield { cycle: null, decision: null, change: checked(schema, value, where) };
  if (kind === 'cycle') yield { cycle: checked(logCycleSchema, value, where), decision: null };
  if (kind === 'decision') {
    yield { cycle: null, decision: checked(decisionLineSchema, value, where).decision };
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const line = schema.safeParse(value);
  if (line.success) return line.data;
  throw new SageError('SAGE_904', where, z.prettifyError(line.error).replaceAll(/\s*\n\s*/g, ' '));
}
