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
