import { ACTING_ERRORS } from './errors/acting.js';
import { BAGS_ERRORS } from './errors/bags.js';
import { CONFIGURATION_ERRORS } from './errors/configuration.js';
import { DESCRIPTION_ERRORS } from './errors/description.js';
import { GOALS_ERRORS } from './errors/goals.js';
import { MODELS_ERRORS } from './errors/models.js';
import { PROCESS_ERRORS } from './errors/process.js';
import { REFINEMENT_ERRORS } from './errors/refinement.js';
import { SENSING_ERRORS } from './errors/sensing.js';
import { TOOLS_ERRORS } from './errors/tools.js';

/**
 * The one catalogue of errors a user can meet, one file per family. A code never changes its meaning once released.
 */
export const ERROR_CATALOGUE = {
  ...CONFIGURATION_ERRORS,
  ...SENSING_ERRORS,
  ...DESCRIPTION_ERRORS,
  ...GOALS_ERRORS,
  ...MODELS_ERRORS,
  ...REFINEMENT_ERRORS,
  ...ACTING_ERRORS,
  ...PROCESS_ERRORS,
  ...TOOLS_ERRORS,
  ...BAGS_ERRORS,
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/**
 * An error a user can meet: a code of the catalogue, what was wrong, and where.
 * `message` reads `SAGE_205 source stale: camera: 812 ms old (allowed 300). Check that …`.
 */
export class SageError extends Error {
  override readonly name = 'SageError';
  readonly detail: string;
  constructor(
    readonly code: ErrorCode,
    readonly where: string,
    detail: string,
    options?: { cause?: unknown },
  ) {
    const told = withoutPlace(detail, where);
    super(
      `${code} ${ERROR_CATALOGUE[code].title}: ${where}: ${told.replace(/[.\s]+$/, '')}. ${capitalised(ERROR_CATALOGUE[code].hint)}`,
      options,
    );
    this.detail = told;
  }

  /** The error for a fault; `better` replaces its place where that is known more precisely now. */
  static of({ code, where, text }: Fault, better?: string): SageError {
    const title = `${ERROR_CATALOGUE[code].title}: `;
    return new SageError(code, better ?? where, text.startsWith(title) ? text.slice(title.length) : text);
  }

  /** The error as plain data, for diagnostics and decision records. */
  toFault(): Fault {
    return {
      code: this.code,
      where: this.where,
      text: `${ERROR_CATALOGUE[this.code].title}: ${this.detail}`,
    };
  }
}

/** An error as data: what diagnostics, decision records and rejections carry. */
export interface Fault {
  readonly code: ErrorCode;
  readonly where: string;
  readonly text: string;
}

/** Builds a fault without throwing, for the places where bad input is expected and contained. */
export function fault(code: ErrorCode, where: string, detail: string): Fault {
  return { code, where, text: `${ERROR_CATALOGUE[code].title}: ${detail}` };
}

/** Strips a path that only repeats the place from a file system message: `ENOENT: no such file or directory, open 'a'`. */
function withoutPlace(detail: string, where: string): string {
  const [, told, path] = /^E[A-Z]+: ([^,]+), \w+(?: '(.*)')?$/.exec(detail) ?? [];
  return told === undefined || (path !== undefined && path !== where) ? detail : told;
}

/** The hint as a sentence of its own; a command or parameter at its start stays as it is. */
function capitalised(hint: string): string {
  return /^[a-z]+[ ,]/.test(hint) ? hint.charAt(0).toUpperCase() + hint.slice(1) : hint;
}

/** Whether a result is a fault. */
export function isFault(value: object): value is Fault {
  return 'code' in value;
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
