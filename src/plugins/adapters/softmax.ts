/**
 * Softmax over the classes of one position.
 * @param stride between the classes of one position in `data`
 */
export function softmaxAt(
  data: Float32Array,
  begin: number,
  classes: number,
  stride: number,
  out: Float32Array,
): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) most = Math.max(most, data[begin + k * stride]!);
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    const value = Math.exp(data[begin + k * stride]! - most);
    out[k] = value;
    sum += value;
  }
  for (let k = 0; k < classes; k++) out[k] = out[k]! / sum;
}

export const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));
