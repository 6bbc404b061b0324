/**
 * Shares of a budget in proportion to weights (trust), each at least `floor`, adding up to 1. Where the
 * floors alone exceed the whole, all shares are equal. Source: seeds/000 §3.2, which applied the floor
 * without rescaling the rest and so allotted 3 plugins 2.5 times the budget.
 * @param weights ≥ 0; anything that is not a positive number counts as 0
 */
export function allocateShares(weights: readonly number[], floor: number): number[] {
  const count = weights.length;
  if (count === 0) return [];
  const least = Math.min(floor, 1 / count);
  const clean = weights.map((weight) => (weight > 0 && Number.isFinite(weight) ? weight : 0));
  const floored = new Set<number>();
  // Each round fixes at least one more share at the floor, so there are at most `count` rounds.
  for (let round = 0; round <= count; round++) {
    const rest = 1 - floored.size * least;
    const sum = clean.reduce((total, weight, index) => (floored.has(index) ? total : total + weight), 0);
    const shares = clean.map((weight, index) => {
      if (floored.has(index)) return least;
      return sum > 0 ? (weight / sum) * rest : rest / (count - floored.size);
    });
    const below = shares.findIndex((share, index) => !floored.has(index) && share < least);
    if (below === -1 || floored.size === count - 1) return shares;
    shares.forEach((share, index) => {
      if (share < least && floored.size < count - 1) floored.add(index);
    });
  }
  return clean.map(() => 1 / count);
}

/**
 * Splits an integer amount by shares into integer parts, each within its capacity. What one cannot take goes
 * to the others by their shares; what nobody can take is not handed out. Ties go to the first.
 * @param shares ≥ 0; those with 0 get nothing
 */
export function splitWhole(
  amount: number,
  shares: readonly number[],
  capacities: readonly number[],
): number[] {
  const parts = shares.map(() => 0);
  const room = (index: number) => Math.max(0, Math.floor(capacities[index]!)) - parts[index]!;
  let left = Math.max(0, Math.floor(amount));
  // Each round either hands out everything or fills at least one capacity.
  for (let round = 0; round <= shares.length && left > 0; round++) {
    const open = shares.flatMap((share, index) => (share > 0 && room(index) > 0 ? [index] : []));
    const sum = open.reduce((total, index) => total + shares[index]!, 0);
    if (open.length === 0) break;
    const wanted = wholeParts(
      left,
      open.map((index) => shares[index]! / sum),
    );
    open.forEach((index, place) => {
      const part = Math.min(wanted[place]!, room(index));
      parts[index]! += part;
      left -= part;
    });
  }
  return parts;
}

/** Largest-remainder rounding: integers that add up to the amount exactly. */
function wholeParts(amount: number, shares: readonly number[]): number[] {
  const parts = shares.map((share) => Math.floor(amount * share));
  let left = amount - parts.reduce((sum, part) => sum + part, 0);
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: amount * share - parts[index]! }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    parts[index]!++;
    left--;
  }
  // Shares that sum to slightly more than 1 may hand out too much; take it back from the last ones.
  for (let index = parts.length - 1; left < 0 && index >= 0; index--) {
    const back = Math.min(parts[index]!, -left);
    parts[index]! -= back;
    left += back;
  }
  return parts;
}
