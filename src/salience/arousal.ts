const BINS = 16;

/**
 * Arousal: how much is going on in an embedding, as the normalised entropy of the histogram of its values,
 * 0..1. The histogram has 16 bins over the range of the values, none narrower than the noise floor
 * (`spread_floor`), so a constant or merely noisy embedding scores 0 and evenly spread values score 1.
 *
 * seeds/000 §3.1 takes the softmax of the values instead. That depends on their unit and scores 1 for a
 * constant or anything of small range: an empty scene would be the most arousing one.
 *
 * @param usable elements to count; others are left out (null = all)
 */
export class ArousalMeter {
  private readonly counts = new Uint32Array(BINS);

  score(embedding: ArrayLike<number>, usable: Uint8Array | null, spread_floor: number): number {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let total = 0;
    for (let index = 0; index < embedding.length; index++) {
      if (usable !== null && usable[index] === 0) continue;
      const value = embedding[index]!;
      if (value < low) low = value;
      if (value > high) high = value;
      total++;
    }
    if (total < 2 || high <= low) return 0;
    // The difference of two huge values of opposite sign overflows; a quarter of it does not.
    const scale = Number.isFinite(high - low) ? 1 : 0.25;
    const perBin = 1 / Math.max((high * scale - low * scale) / BINS, spread_floor);
    const { counts } = this;
    const base = low * scale;
    counts.fill(0);
    for (let index = 0; index < embedding.length; index++) {
      if (usable !== null && usable[index] === 0) continue;
      counts[Math.min(BINS - 1, Math.floor((embedding[index]! * scale - base) * perBin))]!++;
    }
    return this.entropy(total) / Math.log(Math.min(BINS, total));
  }

  private entropy(total: number): number {
    let entropy = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.counts[bin]!;
      if (count > 0) entropy -= (count / total) * Math.log(count / total);
    }
    return entropy;
  }
}
