import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import { type Decision, decisionSchema } from '../../contracts/decision.js';
import { messageOf, SageError } from '../../contracts/errors.js';
import { LOG_FORMAT } from '../../contracts/log.js';
import { jsonOf } from '../../replay/log-reader.js';
import { lookOf } from '../../replay/mistaken.js';
import { decisionsOf, type LogMoment, momentOf, parseMoment } from '../decision-log.js';
import { explainDecision } from '../explain.js';
import { explainMoment } from '../explain-moment.js';
import { EXIT, print, printJson } from '../output.js';

/** Largest input that is read, characters: some twenty thousand records. */
const INPUT_MAX = 64_000_000;

/** Time to find the running node on the graph, and for its answer, ms. */
const FIND_MS = 10_000;
const ANSWER_MS = 5000;

export interface ExplainOptions {
  readonly json?: boolean;
  /** Log of a run, as `sage replay --log` writes it, or a bag that holds one. */
  readonly log?: string;
  /** Moment of the log. */
  readonly at?: string;
  /** Cycle of the log, or of the running node; 0 = the latest decision. */
  readonly cycle?: number;
}

/**
 * Puts decision records in plain words: of a file or standard input (`-`), of a log at a moment or all of it, or, with
 * neither, the latest one of the running node.
 * @throws SageError SAGE_901, SAGE_902, SAGE_904, SAGE_806
 */
export async function runExplain(
  file: string | undefined,
  options: ExplainOptions,
  rosArgs: readonly string[] = [],
): Promise<number> {
  if (file !== undefined && options.log !== undefined)
    throw new SageError('SAGE_901', '--log', `pass it or ${file}, not both`);
  const named = options.log ?? file ?? '-';
  const look = named === '-' ? null : lookOf(named);
  const log = look === null ? options.log : named;
  const moment = momentAsked(options);
  if (log !== undefined) return explainLog(log, moment, options);
  if (options.at !== undefined || (file !== undefined && moment !== null)) {
    if (file !== undefined && file !== '-') await requireFile(file);
    const told =
      file === undefined ? 'no log given; use sage explain LOG --at +3.5' : `${file} is not a run log`;
    throw new SageError('SAGE_901', options.at === undefined ? '--cycle' : '--at', told);
  }
  if (file === undefined) return explainLive(options, rosArgs);
  const records = parseRecords(await readInput(file), file === '-' ? 'standard input' : file);
  tell(records, options);
  return EXIT.done;
}

/** @throws SageError SAGE_902 */
async function requireFile(file: string): Promise<void> {
  await stat(file).catch((thrown: unknown) => {
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  });
}

function tell(records: readonly Decision[], { json }: ExplainOptions): void {
  if (json) for (const record of records) printJson(record);
  else print(records.map(explainDecision).join('\n\n'));
}

function momentAsked({ at, cycle }: ExplainOptions): LogMoment | null {
  if (at !== undefined && cycle !== undefined)
    throw new SageError('SAGE_901', '--at', 'pass it or --cycle, not both');
  if (at !== undefined) return parseMoment(at);
  return cycle === undefined ? null : { kind: 'cycle', value: cycle };
}

async function explainLog(log: string, moment: LogMoment | null, options: ExplainOptions): Promise<number> {
  if (moment !== null) {
    const found = await momentOf(log, moment);
    if (options.json) printJson(found.decision);
    else print(explainMoment(found));
    return EXIT.done;
  }
  let count = 0;
  for await (const decision of decisionsOf(log)) {
    if (!options.json && count > 0) print('');
    tell([decision], options);
    count += 1;
  }
  if (count === 0) throw new SageError('SAGE_904', log, 'it contains no decisions');
  return EXIT.done;
}

async function explainLive(options: ExplainOptions, rosArgs: readonly string[]): Promise<number> {
  // Only here, so that records of files are read where ROS is not.
  const { callService } = await import('../../ros/service-client.js');
  const answer = await callService<{ found: boolean; text: string; record_json: string }>({
    type: 'sage/srv/Explain',
    service: 'sage/explain',
    request: { cycle: BigInt(options.cycle ?? 0) },
    rosArgs,
    find_ms: FIND_MS,
    answer_ms: ANSWER_MS,
  });
  const { found, text, record_json } = answer;
  if (options.json) printJson(found ? JSON.parse(record_json) : { found, text });
  else print(text);
  return found ? EXIT.done : EXIT.failed;
}

async function readInput(file: string): Promise<string> {
  if (file !== '-') {
    try {
      return readFileSync(file, 'utf8');
    } catch (thrown) {
      throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
    }
  }
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.length > INPUT_MAX) throw new SageError('SAGE_904', 'standard input', 'it is larger than 64 MB');
  }
  return text;
}

/**
 * One record as JSON over any number of lines, or one record per line. `---`, with which `ros2 topic echo` ends a
 * message, is skipped.
 */
export function parseRecords(text: string, where: string): Decision[] {
  const whole = jsonOf(text);
  if (whole !== undefined) return [asDecision(whole, where)];
  const lines = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `${where}:${index + 1}` }));
  const records = lines
    .filter(({ line }) => line !== '' && line !== '---')
    .map(({ line, where: place }) => asDecision(jsonOf(line), place));
  if (records.length === 0) throw new SageError('SAGE_904', where, 'it contains no records');
  return records;
}

/** The first thing that is wrong with a record; a log is no record, but has them. */
function whatIsWrong(record: unknown, error: z.ZodError): string {
  const { format } = (record ?? {}) as { readonly format?: unknown };
  if (format === LOG_FORMAT) return 'it is a run log; pass it with --log';
  const [first, ...others] = error.issues;
  const place = first === undefined || first.path.length === 0 ? '' : ` at ${first.path.join('.')}`;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${first?.message ?? 'it is not a decision record'}${place}${more}`;
}

function asDecision(value: unknown, where: string): Decision {
  if (value === undefined) throw new SageError('SAGE_904', where, 'it is not JSON');
  // `ros2 topic echo --field record_json` gives the record as a quoted text where the shell did not unquote it.
  const record = typeof value === 'string' ? jsonOf(value) : value;
  const parsed = decisionSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new SageError('SAGE_904', where, whatIsWrong(record, parsed.error));
}
