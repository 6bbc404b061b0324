import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Decision, decisionSchema } from '../../contracts/decision.js';
import { messageOf, SageError } from '../../contracts/errors.js';
import { explainDecision } from '../explain.js';
import { EXIT, print, printJson } from '../output.js';

/** Largest input that is read, characters: some twenty thousand records. */
const INPUT_MAX = 64_000_000;

/** Explains every record of a file, or of standard input for `-`. @throws SageError SAGE_902, SAGE_904 */
export async function runExplain(file: string, options: { readonly json?: boolean }): Promise<number> {
  const records = parseRecords(await readInput(file), file === '-' ? 'standard input' : file);
  if (options.json) for (const record of records) printJson(record);
  else print(records.map(explainDecision).join('\n\n'));
  return EXIT.done;
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
    if (text.length > INPUT_MAX) throw new SageError('SAGE_904', 'standard input', 'it is longer than 64 MB');
  }
  return text;
}

/**
 * One record as JSON over any number of lines, or one record per line. `---`, with which `ros2 topic echo` ends a
 * message, is skipped.
 */
export function parseRecords(text: string, where: string): Decision[] {
  const whole = parseJson(text);
  if (whole !== undefined) return [asDecision(whole, where)];
  const lines = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `${where}:${index + 1}` }));
  const records = lines
    .filter(({ line }) => line !== '' && line !== '---')
    .map(({ line, where: place }) => asDecision(parseJson(line), place));
  if (records.length === 0) throw new SageError('SAGE_904', where, 'it holds no record');
  return records;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whether this was meant to be JSON at all only the caller can tell.
    return undefined;
  }
}

function asDecision(value: unknown, where: string): Decision {
  if (value === undefined) throw new SageError('SAGE_904', where, 'it is not JSON');
  // `ros2 topic echo --field record_json` gives the record as a quoted text where the shell did not unquote it.
  const record = typeof value === 'string' ? parseJson(value) : value;
  const parsed = decisionSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new SageError('SAGE_904', where, z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
}
