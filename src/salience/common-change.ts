/** Channels with fewer elements are too small to tell a common change from a local one. */
export const COMMON_MIN_ELEMENTS = 16;
/**
 * A larger change than this share of the channel's mean magnitude is no change of light: the lens is covered.
 */
const COMMON_MAX_SHARE = 0.35;
/** The common change must cut the median error to at most this share of what it was. */
const COMMON_MAX_REST = 0.5;
const ITERATIONS = 4;

export interface AffineChange {
  readonly gain: number;
  readonly offset: number;
}

const quantile = (sorted: Float64Array, share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;

function medianAbsolute(values: Float64Array): number {
  return quantile(values.map(Math.abs).sort(), 0.5);
}

/** x − (gain · m + offset), element by element. */
function residuals(expected: Float64Array, seen: Float64Array, { gain, offset }: AffineChange): Float64Array {
  return seen.map((value, index) => value - (gain * expected[index]! + offset));
}

/** Gain and offset that map the interquartile range of `expected` onto that of `seen`. */
function quantileMatch(expected: Float64Array, seen: Float64Array, floor: number): AffineChange {
  const before = Float64Array.from(expected).sort();
  const after = Float64Array.from(seen).sort();
  const range = quantile(before, 0.75) - quantile(before, 0.25);
  const gain = range > 4 * floor ? (quantile(after, 0.75) - quantile(after, 0.25)) / range : 1;
  return { gain, offset: quantile(after, 0.5) - gain * quantile(before, 0.5) };
}

/**
 * One iteratively reweighted least-squares step. Tukey's biweight keeps outliers (a local change) out of the
 * fit.
 */
function reweighted(
  expected: Float64Array,
  seen: Float64Array,
  change: AffineChange,
  floor: number,
): AffineChange {
  const errors = residuals(expected, seen, change);
  const cut = 4.685 * Math.max(1.4826 * medianAbsolute(errors), floor);
  let [sum, sumM, sumX, sumMM, sumMX] = [0, 0, 0, 0, 0];
  for (let index = 0; index < errors.length; index++) {
    const share = errors[index]! / cut;
    if (Math.abs(share) >= 1) continue;
    const weight = (1 - share * share) ** 2;
    const m = expected[index]!;
    const x = seen[index]!;
    sum += weight;
    sumM += weight * m;
    sumX += weight * x;
    sumMM += weight * m * m;
    sumMX += weight * m * x;
  }
  const varying = sumMM / sum - (sumM / sum) ** 2;
  const gain = varying > floor * floor ? (sumMX / sum - (sumM * sumX) / (sum * sum)) / varying : 1;
  return { gain, offset: (sumX - gain * sumM) / sum };
}

/**
 * Fits the change that all elements of a channel share, as gain and offset on the expected values: light,
 * exposure, a shift of level. Robust: up to a third of the elements may do something else. Null where there
 * is no common change, where it explains too little, and where it is too large to be light (a covered lens).
 * @param floor smallest error that means anything, in the unit of the values
 */
export function commonChange(expected: Float64Array, seen: Float64Array, floor: number): AffineChange | null {
  const still: AffineChange = { gain: 1, offset: 0 };
  const before = medianAbsolute(residuals(expected, seen, still));
  const matched = quantileMatch(expected, seen, floor);
  let change = medianAbsolute(residuals(expected, seen, matched)) < before ? matched : still;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    change = reweighted(expected, seen, change, floor);
  }
  if (!Number.isFinite(change.gain) || !Number.isFinite(change.offset)) return null;
  if (medianAbsolute(residuals(expected, seen, change)) > COMMON_MAX_REST * before) return null;
  let size = 0;
  let magnitude = 0;
  for (const m of expected) {
    size += Math.abs((change.gain - 1) * m + change.offset);
    magnitude += Math.abs(m);
  }
  return size <= COMMON_MAX_SHARE * magnitude ? change : null;
}
