/** 16-bit floats (IEEE 754 binary16), the inputs and outputs of models exported in half precision. */

const words = new Uint32Array(1);
const number = new Float32Array(words.buffer);

/** Converts one number to binary16, rounded to nearest, ties to even; overflow becomes infinite. */
function halfOf(value: number): number {
  number[0] = value;
  const bits = words[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | rounded(size - 0x38000000, 13);
  // Subnormal: make the leading one explicit and shift by the missing exponent. Below 2^-25 nothing is left.
  const short = 126 - (size >>> 23);
  return short > 24 ? sign : sign | rounded(0x800000 | (size & 0x7fffff), short);
}

/** `bits` shifted right by `by`, rounded to nearest, ties to even. */
function rounded(bits: number, by: number): number {
  const down = bits >>> by;
  const rest = bits & ((1 << by) - 1);
  const tie = 1 << (by - 1);
  return rest > tie || (rest === tie && (down & 1) === 1) ? down + 1 : down;
}

/** Converts numbers to binary16, rounded to nearest. */
export function toHalf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = halfOf(values[i]!);
  return halves;
}

function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Converts binary16 to numbers; exact. */
export function fromHalf(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = numberOf(halves[i]!);
  return values;
}
