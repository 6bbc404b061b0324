import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import {
  LOG_FORMAT,
  LOG_VERSIONS_READ,
  type LogAction,
  type LogCycle,
  type LogDecision,
  type LogEnd,
  type LogGoal,
  type LogHeader,
  type LogInput,
  type LogJob,
  type LogLifecycle,
  type LogModelEvent,
  type LogNote,
  type LogParameter,
  type LogRecord,
  logHeaderSchema,
  logModelEventSchema,
  logRecordSchema,
} from '../contracts/log.js';
import { lookOf } from './mistaken.js';
import { textLines } from './text-file.js';

/** Longest line that is read, characters: a robot description of 8 MB with what JSON adds to it. */
export const LINE_MAX = 32_000_000;
/** How the first line of a log begins. */
const HEADER_LINE = '{"kind":"header"';
/** How a line begins that says what was done with a model. */
const MODEL_LINE = '{"kind":"model"';

/** What changed before a cycle, beside what came in. */
export type LogChange = LogParameter | LogModelEvent | LogLifecycle;

/** One cycle of a log with all that belongs to it. */
export interface LogEntry {
  readonly cycle: LogCycle;
  /** In the order in which they came. */
  readonly changes: readonly LogChange[];
  readonly inputs: readonly LogInput[];
  readonly jobs: readonly LogJob[];
  readonly decision: LogDecision | null;
  readonly goals: readonly LogGoal[];
  readonly actions: readonly LogAction[];
  readonly notes: readonly LogNote[];
}

export interface LogReaderOptions {
  /** Continues past unreadable lines and a missing end; each is reported to `onFault`. */
  readonly best_effort?: boolean;
  readonly onFault?: (fault: Fault) => void;
  /** The last line may be missing: a recorder that ended before the run leaves it out. */
  readonly open_end?: boolean;
}

/** A log that is open: its header was read. */
export interface OpenLog {
  readonly path: string;
  readonly header: LogHeader;
  /** The cycles in order; can be asked for once. Bounded memory: one cycle at a time. */
  entries(): AsyncGenerator<LogEntry>;
  /** The last line, once the entries are read; null where the log was cut off. */
  readonly end: LogEnd | null;
  /** Models that took the place of others in the run: what its replay may have to run. */
  exchanged(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Opens a log and reads its header.
 * @throws SageError SAGE_902 no such file; SAGE_1021 not a log, or one of another version; from `entries` SAGE_1022
 * with the line and the last good cycle where a line cannot be read or the end is missing.
 */
export async function openLog(path: string, options: LogReaderOptions = {}): Promise<OpenLog> {
  await stat(path).catch((thrown: unknown) => {
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  });
  if (lookOf(path) === 'bag') {
    throw new SageError(
      'SAGE_1021',
      path,
      'it is a bag or a folder; sage replay BAG --log FILE makes a log from a bag',
    );
  }
  return openLines(path, () => textLines(path, LINE_MAX), options);
}

/** As {@link openLog}, on the lines of a log wherever they are. `where`: what it is called where something is wrong. */
export async function openLines(
  where: string,
  linesFrom: () => AsyncGenerator<string>,
  options: LogReaderOptions,
): Promise<OpenLog> {
  const lines = linesFrom();
  const first = await lines.next();
  if (first.done === true) throw new SageError('SAGE_1021', where, 'it is empty');
  const header = headerOf(first.value, where);
  const reader = new LogStream(where, lines, options);
  return {
    path: where,
    header,
    exchanged: () => exchangedIn(linesFrom()),
    entries: () => reader.entries(),
    get end() {
      return reader.end;
    },
    close: async () => {
      await lines.return(undefined);
    },
  };
}

/** Whether a line of a log is the first of a run. */
export function beginsRun(line: string): boolean {
  return line.startsWith(HEADER_LINE);
}

function headerOf(line: string, path: string): LogHeader {
  const raw = jsonOf(line);
  if (raw === undefined && beginsRun(line))
    throw new SageError('SAGE_1022', path, 'it is cut off in its first line');
  const { format } = (raw ?? {}) as { readonly format?: unknown };
  if (format !== LOG_FORMAT) throw new SageError('SAGE_1021', path, 'its first line is not a log header');
  requireVersion(raw, path);
  const parsed = logHeaderSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new SageError('SAGE_1021', path, oneLine(z.prettifyError(parsed.error)));
}

/** @throws SageError SAGE_1021 for the header of a log of a version that is not read here */
export function requireVersion(header: unknown, path: string): void {
  const { format, version } = (header ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (format !== LOG_FORMAT || LOG_VERSIONS_READ.some((read) => read === version)) return;
  const told = `it has version ${JSON.stringify(version)}; supported: ${LOG_VERSIONS_READ.join(' and ')}`;
  throw new SageError('SAGE_1021', path, told);
}

/** Gathers lines into cycles. */
class LogStream {
  end: LogEnd | null = null;
  private line_number = 1;
  private last_cycle = 0;

  constructor(
    private readonly path: string,
    private readonly lines: AsyncGenerator<string>,
    private readonly options: LogReaderOptions,
  ) {}

  async *entries(): AsyncGenerator<LogEntry> {
    let before = emptyBefore();
    let open: MutableEntry | null = null;
    for await (const line of this.lines) {
      this.line_number += 1;
      if (line === '') continue;
      const record = this.recordOf(line);
      if (record === null) continue;
      if (isChange(record)) before.changes.push(record);
      else if (record.kind === 'input') before.inputs.push(record);
      else if (record.kind === 'job') before.jobs.push(record);
      else if (record.kind === 'note' && open === null) before.notes.push(record);
      else if (record.kind === 'end') this.end = record;
      else if (record.kind === 'cycle') {
        if (open !== null) yield open;
        this.checkOrder(record.cycle);
        open = { cycle: record, ...before, decision: null, goals: [], actions: [] };
        before = emptyBefore();
        this.last_cycle = record.cycle;
      } else if (open !== null) addTo(open, record);
    }
    if (open !== null) yield open;
    if (this.end === null && this.options.open_end !== true) this.bad('it ends without its last line');
  }

  /** Cycles are counted without a gap; those of a file that was edited or joined from others may not be. */
  private checkOrder(cycle: number): void {
    if (this.end !== null) this.bad(`cycle ${cycle} follows behind the end of the log`);
    else if (cycle > this.last_cycle + 1)
      this.bad(`cycle ${cycle} follows: those in between were not recorded`);
    else if (cycle <= this.last_cycle) this.bad(`cycle ${cycle} follows: it comes too late`);
  }

  private recordOf(line: string): LogRecord | null {
    const raw = jsonOf(line);
    const parsed = logRecordSchema.safeParse(raw);
    if (parsed.success) return parsed.data;
    if (raw === undefined) this.bad('the line is cut off or not JSON');
    else this.bad(oneLine(z.prettifyError(parsed.error)));
    return null;
  }

  private bad(detail: string): void {
    const where = `${this.path}:${this.line_number}`;
    const told = `${detail}; it could be read up to cycle ${this.last_cycle}`;
    const error = new SageError('SAGE_1022', where, told);
    if (this.options.best_effort !== true) throw error;
    this.options.onFault?.(error.toFault());
  }
}

type MutableEntry = {
  -readonly [K in keyof LogEntry]: LogEntry[K] extends readonly (infer R)[] ? R[] : LogEntry[K];
};

/** What stands before the line of its cycle; notes only before the first one. */
function emptyBefore(): Pick<MutableEntry, 'changes' | 'inputs' | 'jobs' | 'notes'> {
  return { changes: [], inputs: [], jobs: [], notes: [] };
}

function isChange(record: LogRecord): record is LogChange {
  return record.kind === 'parameter' || record.kind === 'model' || record.kind === 'lifecycle';
}

function addTo(entry: MutableEntry, record: LogRecord): void {
  if (record.kind === 'decision') entry.decision = record;
  if (record.kind === 'goal') entry.goals.push(record);
  if (record.kind === 'action') entry.actions.push(record);
  if (record.kind === 'note') entry.notes.push(record);
}

/** What a text holds as JSON; undefined where it is none, which no schema takes. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What that means only the caller can tell: a last line may be cut off.
    return undefined;
  }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('✖ ', '')
    .replaceAll('Invalid input: ', '');
}

/** Models that took the place of others. */
async function exchangedIn(lines: AsyncGenerator<string>): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const line of lines) {
    if (!line.startsWith(MODEL_LINE)) continue;
    const parsed = logModelEventSchema.safeParse(jsonOf(line));
    if (parsed.success && parsed.data.event === 'swap') found.add(parsed.data.model);
  }
  return [...found];
}
