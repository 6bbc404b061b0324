/** Longest text that is compared letter by letter; anything longer is no slip of the pen. */
const COMPARED_MAX = 128;
const SLIP_SHARE = 4;

/** Letters to insert, remove, replace or swap with their neighbour to turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, COMPARED_MAX);
  const to = b.slice(0, COMPARED_MAX);
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[to.length]!;
}

/** The candidate nearest to `word`, the first of equals; null where there is none to choose from. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let best_distance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

/** The nearest candidate that `word` may be a slip of: at most a fourth of its letters differ. Null where there is none. */
export function similar(word: string, candidates: Iterable<string>): string | null {
  const found = nearest(word, candidates);
  if (found === null) return null;
  const distance = editDistance(word.toLowerCase(), found.toLowerCase());
  return distance <= word.length / SLIP_SHARE ? found : null;
}

/**
 * The known parameter nearest to an unknown key. A key that only lacks its group (`base_frame` for
 * `robot.base_frame`) counts as near, because that is the usual slip.
 */
export function nearestKey(key: string, known: readonly string[]): string | null {
  const name = key.slice(key.lastIndexOf('.') + 1);
  const sameName = known.filter((path) => path.slice(path.lastIndexOf('.') + 1) === name);
  return nearest(key, sameName.length > 0 ? sameName : known);
}
