/** One field of a message: a whole number, or the bytes of what has a length. */
export interface Field {
  readonly number: number;
  readonly value: number;
  /** Set for length-delimited fields. */
  readonly bytes: Uint8Array | null;
}

/** Reads a base-128 varint; numbers beyond 2^53 lose low bits, which only field values of no interest here have. */
function varint(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new Error('not a valid ONNX file: it ends inside a number');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw new Error('not a valid ONNX file: a number of more than ten bytes');
}

/**
 * The fields of a message in the encoding of protobuf, which ONNX files are of; shared, not copied.
 * @throws Error when the bytes are none.
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.byteLength) {
    const [key, afterKey] = varint(bytes, at);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) {
      const [value, next] = varint(bytes, afterKey);
      yield { number, value, bytes: null };
      at = next;
    } else if (wire === 2) {
      const [length, start] = varint(bytes, afterKey);
      if (start + length > bytes.byteLength) {
        throw new Error('not a valid ONNX file: it ends inside a field');
      }
      yield { number, value: 0, bytes: bytes.subarray(start, start + length) };
      at = start + length;
    } else if (wire === 1 || wire === 5) {
      at = afterKey + (wire === 1 ? 8 : 4);
    } else {
      throw new Error(`not a valid ONNX file: wire type ${wire}`);
    }
  }
}
