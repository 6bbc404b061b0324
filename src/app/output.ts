import { ERROR_CATALOGUE, type ErrorCode, messageOf, SageError } from '../contracts/errors.js';

/** Exit codes of every command. */
export const EXIT = {
  /** It did what was asked. */
  done: 0,
  /** It could not. */
  failed: 1,
  /** What was given to it is wrong: the command line, a file, a value. */
  badInput: 2,
} as const;

/** Codes that say that the input was wrong, not the world. */
const BAD_INPUT: ReadonlySet<ErrorCode> = new Set([
  'SAGE_101',
  'SAGE_102',
  'SAGE_103',
  'SAGE_104',
  'SAGE_807',
  'SAGE_901',
  'SAGE_902',
  'SAGE_904',
  'SAGE_1001',
  'SAGE_1002',
  'SAGE_1003',
  'SAGE_1004',
  'SAGE_1005',
  'SAGE_1006',
  'SAGE_1007',
  'SAGE_1008',
  'SAGE_1009',
  'SAGE_1021',
  'SAGE_1022',
  'SAGE_1027',
] as const);

/** Writes one line of JSON for machines. */
export function printJson(value: unknown): void {
  passing('');
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** What stands on the terminal for the moment. */
let passingText = '';

/** On a terminal: one line that is written over by the next one, and by whatever is printed; none clears it. */
export function passing(text: string): void {
  if (process.stderr.isTTY !== true || text === passingText) return;
  passingText = text;
  process.stderr.write(`\r\x1b[K${text}`);
}

/** Writes lines for people. */
export function print(text: string): void {
  passing('');
  process.stdout.write(`${text}\n`);
}

/** Says an error on one line of standard error (and as JSON on standard output when asked); returns the exit code. */
export function report(thrown: unknown, json: boolean): number {
  passing('');
  const error = thrown instanceof SageError ? thrown : null;
  const message = messageOf(thrown).replaceAll(/\s*\n\s*/g, ' ');
  process.stderr.write(`${message}\n`);
  // Anything without a code is a bug of ours; its place in the source is what we need to know.
  if (error === null && thrown instanceof Error) process.stderr.write(`${thrown.stack ?? ''}\n`);
  if (json) {
    const unknown = { code: null, where: '', text: message, hint: '' };
    printJson({ error: error === null ? unknown : errorJson(error) });
  }
  return error === null ? EXIT.failed : exitCodeOf(error);
}

/** The exit code of a command that ends with this error. */
export function exitCodeOf({ code }: SageError): number {
  return BAD_INPUT.has(code) ? EXIT.badInput : EXIT.failed;
}

/** An error as commands print it for machines. */
export function errorJson({ code, where, detail }: SageError): object {
  return { code, where, text: detail, hint: ERROR_CATALOGUE[code].hint };
}
