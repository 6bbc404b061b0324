/**
 * The upper median of the first `count` values, i.e. the one at index `count >> 1` after sorting.
 * @param values without NaN; reordered in place
 * @param count at least 1
 */
export function upperMedian(values: Float64Array, count: number): number {
  return nthElement(values, count, count >> 1);
}

/**
 * The value of a given rank among the first `count` values, by Hoare's quickselect (C. A. R. Hoare, Algorithm
 * 65: Find, 1961). Reorders them in place; takes a fifth of the time of a sort.
 * @param values without NaN
 * @param place 0 ≤ place < count
 */
export function nthElement(values: Float64Array, count: number, place: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let from = low;
    let to = high;
    while (from <= to) {
      while (values[from]! < pivot) from++;
      while (values[to]! > pivot) to--;
      if (from > to) break;
      const moved = values[from]!;
      values[from++] = values[to]!;
      values[to--] = moved;
    }
    if (place <= to) high = to;
    else if (place >= from) low = from;
    else return values[place]!;
  }
  return values[place]!;
}
