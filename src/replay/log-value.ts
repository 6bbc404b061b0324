import { SageError } from '../contracts/errors.js';

/** Deepest nesting that is followed; an answer of a plugin is a few levels deep. */
const DEPTH_MAX = 32;

const TYPED = {
  $f32: Float32Array,
  $f64: Float64Array,
  $u8: Uint8Array,
  $i32: Int32Array,
  $u32: Uint32Array,
} as const;
type Tag = keyof typeof TYPED;

/**
 * A value as JSON that reads back exactly. What JSON has no word for is an object with one key: `$num` for NaN, the
 * infinities and -0, `$big` for a bigint, `$f32`, `$f64`, `$u8`, `$i32`, `$u32` for the bytes of typed arrays in base64
 * (little-endian), `$map` and `$set`.
 * Keys whose value is undefined are left out, as JSON does. @throws SageError SAGE_1023 for a function, or nesting
 * without end: such an answer of a plugin cannot be kept.
 */
export function encodeValue(value: unknown, where: string): unknown {
  return encode(value, where, 0);
}

function encode(value: unknown, where: string, depth: number): unknown {
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $num: nameOf(value) };
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) {
    return value;
  }
  if (typeof value === 'bigint') return { $big: value.toString() };
  if (typeof value !== 'object' || depth > DEPTH_MAX) {
    const what = typeof value === 'object' ? 'it is nested without end' : `a ${typeof value} cannot be kept`;
    throw new SageError('SAGE_1023', where, what);
  }
  const inside = (item: unknown): unknown => encode(item, where, depth + 1);
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : inside(item)));
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [inside(key), inside(item)]) };
  if (value instanceof Set) return { $set: [...value].map(inside) };
  for (const [tag, type] of Object.entries(TYPED)) {
    if (value instanceof type) return { [tag]: base64(value) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item)]));
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
}

function nameOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The inverse of {@link encodeValue}. */
export function decodeValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeValue);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && first[0].startsWith('$')) {
    const [tag, inner] = first;
    if (tag === '$num') return Number(inner);
    if (tag === '$big') return BigInt(String(inner));
    if (tag in TYPED) {
      // Copied, so that the bytes lie where elements of any size may begin.
      const bytes = Uint8Array.from(Buffer.from(String(inner), 'base64'));
      return new TYPED[tag as Tag](bytes.buffer);
    }
    const items = Array.isArray(inner) ? inner.map(decodeValue) : [];
    if (tag === '$map') return new Map(items as [unknown, unknown][]);
    if (tag === '$set') return new Set(items);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, decodeValue(item)]));
}
