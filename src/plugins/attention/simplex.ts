/** Weights without a positive finite sum carry no information: fall back to uniform. */
function spreadEvenly(weights: Float64Array): Float64Array {
  return weights.fill(1 / weights.length);
}

/**
 * Projects non-negative weights onto the probability simplex by Kullback-Leibler divergence, i.e. divides
 * them by their sum. Negative values and NaN count as 0. Works in place and returns the array. Source:
 * Bregman projection of the entropic mirror map (Beck and Teboulle 2003, §5).
 */
export function projectOntoSimplex(weights: Float64Array): Float64Array {
  let sum = 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    if (weight > 0) sum += weight;
    else weights[index] = 0;
  }
  if (!(sum > 0) || sum === Number.POSITIVE_INFINITY) return spreadEvenly(weights);
  for (let index = 0; index < weights.length; index++) weights[index] = weights[index]! / sum;
  return weights;
}

/** Shannon entropy of a distribution, nats. */
export function entropyOf(shares: Float64Array): number {
  let entropy = 0;
  for (const share of shares) if (share > 0) entropy -= share * Math.log(share);
  return Math.max(0, entropy);
}

/** Kullback-Leibler divergence KL(shares ‖ target), nats, ≥ 0; `target` must be positive wherever `shares` is. */
export function divergence(shares: Float64Array, target: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < shares.length; index++) {
    const share = shares[index]!;
    if (share > 0) sum += share * Math.log(share / target[index]!);
  }
  return Math.max(0, sum);
}
