import type { TensorData, TensorType } from '../contracts/inference.js';

/** Bytes per element. */
export const ELEMENT_BYTES: Readonly<Record<TensorType, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** Number of elements; a scalar has one. */
export function elementsOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The bytes of a tensor's data, shared, not copied. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A typed view on raw little-endian bytes, shared where their offset is aligned for the type.
 * `bytes.byteLength` must be a multiple of the element size.
 */
export function viewAs(type: TensorType, bytes: Uint8Array): TensorData {
  const size = ELEMENT_BYTES[type];
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = aligned;
  const count = aligned.byteLength / size;
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float16':
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, count);
  }
}

const wordsOf = ({ buffer, byteOffset, length }: Float32Array): Int32Array =>
  new Int32Array(buffer, byteOffset, length);

/** All bits of the exponent of a float32, and the lowest of them. */
const EXPONENT = 0x7f800000;
const EXPONENT_ONE = 0x00800000;

/** Without a branch per element: adding one to an exponent of all ones carries into the sign, and into no other's. */
function noneInfinite(words: Int32Array): boolean {
  let carried = 0;
  let other = 0;
  const even = words.length & ~1;
  for (let i = 0; i < even; i += 2) {
    carried |= (words[i]! & EXPONENT) + EXPONENT_ONE;
    other |= (words[i + 1]! & EXPONENT) + EXPONENT_ONE;
  }
  if (even < words.length) carried |= (words[even]! & EXPONENT) + EXPONENT_ONE;
  return (carried | other) >= 0;
}

function noneHas(words: Uint16Array, bits: number): boolean {
  for (let i = 0; i < words.length; i++) if ((words[i]! & bits) === bits) return false;
  return true;
}

/** True when every element is finite; whole numbers always are. */
export function allFinite(type: TensorType, data: TensorData): boolean {
  // All exponent bits set means infinite or not a number.
  if (type === 'float16') return noneHas(data as Uint16Array, 0x7c00);
  if (type === 'float32') return noneInfinite(wordsOf(data as Float32Array));
  if (type === 'float64') return (data as Float64Array).every(Number.isFinite);
  return true;
}
