import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Decision, decisionLineSchema } from '../contracts/decision.js';
import { messageOf, SageError } from '../contracts/errors.js';

/** A moment of a log: on the clock of the run, or after its first decision. */
export interface LogMoment {
  readonly time_s: number;
  readonly relative: boolean;
}

/** Reads `42.1` (the clock of the run, s) or `+3.5` (after its first decision, s). @throws SageError SAGE_901 */
export function parseMoment(text: string): LogMoment {
  const time_s = Number(text);
  if (!/^\+?\d+(\.\d+)?$/.test(text) || !Number.isFinite(time_s))
    throw new SageError(
      'SAGE_901',
      '--at',
      `"${text}" is no time; say 42.1, or +3.5 after the first decision`,
    );
  return { time_s, relative: text.startsWith('+') };
}

/**
 * The decisions of a log, in order: lines of JSON, of which those of kind `decision` hold one; others are passed over.
 * Memory is bounded by the longest line. A last line that was cut off by a crash is left out.
 * @throws SageError SAGE_902 no such file, SAGE_904 with the line that cannot be read
 */
export async function* decisionsOf(file: string): AsyncGenerator<Decision> {
  let waiting: { readonly text: string; readonly line: number } | null = null;
  let line = 0;
  try {
    for await (const text of createInterface({
      input: createReadStream(file),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      line += 1;
      if (text.trim() === '') continue;
      if (waiting !== null) yield* decisionIn(waiting.text, `${file}:${waiting.line}`);
      waiting = { text, line };
    }
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  }
  if (waiting !== null && parsed(waiting.text) !== undefined)
    yield* decisionIn(waiting.text, `${file}:${waiting.line}`);
}

/** The decision that held at a moment: the last one up to it. @throws SageError SAGE_902, SAGE_904 */
export async function decisionAt(file: string, moment: LogMoment): Promise<Decision> {
  let first: Decision | null = null;
  let last: Decision | null = null;
  for await (const decision of decisionsOf(file)) {
    first ??= decision;
    const until_ms = moment.time_s * 1000 + (moment.relative ? first.stamp_ms : 0);
    // Up to a microsecond: a time that was read off a page is rounded.
    if (decision.stamp_ms > until_ms + 0.001) break;
    last = decision;
  }
  if (first === null) throw new SageError('SAGE_904', file, 'it holds no decision');
  if (last !== null) return last;
  const begins = (first.stamp_ms / 1000).toFixed(3);
  throw new SageError('SAGE_904', file, `its first decision is at ${begins} s`);
}

function* decisionIn(text: string, where: string): Generator<Decision> {
  const value = parsed(text);
  if (value === undefined) throw new SageError('SAGE_904', where, 'it is not JSON');
  if ((value as { readonly kind?: unknown } | null)?.kind !== 'decision') return;
  const line = decisionLineSchema.safeParse(value);
  if (!line.success)
    throw new SageError('SAGE_904', where, z.prettifyError(line.error).replaceAll(/\s*\n\s*/g, ' '));
  yield line.data.decision;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whether this matters only the caller can tell: a last line may be cut off.
    return undefined;
  }
}
