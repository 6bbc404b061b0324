import { ERROR_CATALOGUE, type Fault } from '../../contracts/errors.js';

/** `warn`: SAGE runs, but not well. */
export type CheckLevel = 'ok' | 'warn' | 'fail';

/** One thing that SAGE needs, and how it stands. */
export interface Check {
  readonly name: string;
  readonly level: CheckLevel;
  /** What was found. */
  readonly found: string;
  /** What to do; empty where all is well. */
  readonly remedy: string;
}

export const ok = (name: string, found: string): Check => ({ name, level: 'ok', found, remedy: '' });

/** What a fault says fails, and the catalogue what to do. `whose` says of which of several, where that is not clear. */
export function failed(name: string, { code, where, text }: Fault, whose = ''): Check {
  const found = `${whose}${code} ${where}: ${text}`;
  return { name, level: 'fail', found, remedy: ERROR_CATALOGUE[code].hint };
}
