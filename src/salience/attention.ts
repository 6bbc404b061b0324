/** Gain of salience in a matrix of attention scores. Source: seeds/000 §2.3. */
const BIAS_STRENGTH = 0.5;

/** Softmax, safe for any finite input. An empty list gives an empty list. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * Adds the salience of each column to attention scores: scores[r][c] + strength · weights[c]. Missing weights
 * count as 0. Source: seeds/000 §2.3.
 */
export function biasScores(
  scores: readonly (readonly number[])[],
  weights: readonly number[],
  strength = BIAS_STRENGTH,
): number[][] {
  return scores.map((row) => row.map((score, column) => score + strength * (weights[column] ?? 0)));
}

/** Indices of the k largest values, in descending order; ties keep their order, NaN is skipped. */
export function topK(values: readonly number[], k: number): number[] {
  return values
    .map((_, index) => index)
    .filter((index) => !Number.isNaN(values[index]!))
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, Math.max(0, k));
}
