/** Where two values of an area lie furthest apart. */
export interface Largest {
  readonly path: string;
  readonly a: number;
  readonly b: number;
  readonly cycle: number;
}

const DEPTH_MAX = 32;

/** The numbers at the same place of two values of JSON that lie furthest apart, and further than `known`. */
export function largerOf(known: Largest | null, a: unknown, b: unknown, cycle: number): Largest | null {
  let largest = known;
  for (const [path, mine, theirs] of pairs(a, b, '', 0)) {
    const before = largest === null ? 0 : Math.abs(largest.a - largest.b);
    if (Math.abs(mine - theirs) > before) largest = { path, a: mine, b: theirs, cycle };
  }
  return largest;
}

function* pairs(a: unknown, b: unknown, path: string, depth: number): Generator<[string, number, number]> {
  if (typeof a === 'number' && typeof b === 'number') yield [path, a, b];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > DEPTH_MAX) return;
  const theirs = b as Readonly<Record<string, unknown>>;
  // How old a source is says nothing of what is made of it, and would outweigh all else.
  for (const [key, value] of Object.entries(a))
    if (key !== 'age_ms') yield* pairs(value, theirs[key], path === '' ? key : `${path}.${key}`, depth + 1);
}
