import { upperMedian } from './order-statistics.js';

const ITERATIONS = 6;
/** Tuning constant of Tukey's biweight: errors beyond this many spreads have no weight. */
const CUT = 4.685;

/**
 * Coefficients of a linear model by iteratively reweighted least squares; up to a third of the observations
 * may be outliers. Null if the system is underdetermined.
 * @param rows features of each observation
 * @param floor smallest meaningful spread of the errors
 */
export function robustFit(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  floor: number,
): readonly number[] | null {
  let weights: readonly number[] = values.map(() => 1);
  let fit: readonly number[] | null = null;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    fit = weighted(rows, values, weights);
    if (fit === null) return null;
    const coefficients = fit;
    const errors = rows.map((row, index) => Math.abs(values[index]! - dot(row, coefficients)));
    const spread = errors.length === 0 ? 0 : 1.4826 * upperMedian(Float64Array.from(errors), errors.length);
    const cut = CUT * Math.max(spread, floor);
    weights = errors.map((error) => (error < cut ? (1 - (error / cut) ** 2) ** 2 : 0));
  }
  return fit;
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Weighted least squares by the normal equations. */
function weighted(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  weights: readonly number[],
): readonly number[] | null {
  const n = rows[0]?.length ?? 0;
  const system = Array.from({ length: n }, () => new Float64Array(n + 1));
  for (const [index, row] of rows.entries()) {
    const weight = weights[index]!;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) system[i]![j]! += weight * row[i]! * row[j]!;
      system[i]![n]! += weight * row[i]! * values[index]!;
    }
  }
  return solved(system, n);
}

/** Gauss-Jordan elimination with pivoting; null if the system is singular. */
function solved(system: readonly Float64Array[], n: number): readonly number[] | null {
  const rows = [...system];
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let k = i + 1; k < n; k++) if (Math.abs(rows[k]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    const top = rows[i]!;
    if (!(Math.abs(top[i]!) > 1e-9)) return null;
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]! / top[i]!;
      for (let j = i; j <= n; j++) rows[k]![j]! -= factor * top[j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
