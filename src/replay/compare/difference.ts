/** The first place in which two values of JSON differ. */
export interface Difference {
  /** As `salience.camera.surprise`; empty where the values themselves differ. */
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

const DEPTH_MAX = 32;

/** Whether two texts at a path mean the same. */
export type SameMeaning = (path: string, a: string, b: string) => boolean;

interface Measure {
  readonly tolerance: number;
  readonly same: SameMeaning;
}

const letterByLetter: SameMeaning = () => false;

/**
 * Compares two values of JSON, keys in any order. Numbers are equal when they differ by at most `tolerance`, absolute
 * or relative to the larger; 0 asks for the same number. Texts are equal where they are, or where `same` says so.
 */
export function firstDifference(
  a: unknown,
  b: unknown,
  tolerance: number,
  same: SameMeaning = letterByLetter,
): Difference | null {
  return compare(a, b, { tolerance, same }, '', 0);
}

function compare(a: unknown, b: unknown, measure: Measure, path: string, depth: number): Difference | null {
  if (Object.is(a, b)) return null;
  if (typeof a === 'number' && typeof b === 'number') {
    const allowed = measure.tolerance * Math.max(1, Math.abs(a), Math.abs(b));
    return Math.abs(a - b) <= allowed ? null : { path, a, b };
  }
  if (typeof a === 'string' && typeof b === 'string' && measure.same(path, a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > DEPTH_MAX) {
    return { path, a, b };
  }
  if (Array.isArray(a) !== Array.isArray(b)) return { path, a, b };
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inner = path === '' ? key : `${path}.${key}`;
    const found = compare(left[key], right[key], measure, inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
