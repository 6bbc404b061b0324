import { fieldsOf } from './protobuf.js';

/** Field of ModelProto with pairs of key and value. Field numbers: onnx/onnx.proto3 (ONNX 1.16, Apache-2.0). */
const METADATA = 14;
const KEY = 1;
const VALUE = 2;

/**
 * What the exporter wrote beside the graph: Ultralytics names the classes there, the task and the size of the picture.
 * @throws Error when the bytes are not protobuf.
 */
export function metadataOf(model: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { number, bytes } of fieldsOf(model)) {
    if (number !== METADATA || bytes === null) continue;
    const pair = new Map([...fieldsOf(bytes)].map((field) => [field.number, field.bytes]));
    const text = (field: number): string => Buffer.from(pair.get(field) ?? []).toString('utf8');
    found.set(text(KEY), text(VALUE));
  }
  return found;
}

/** Beginnings of files that are no ONNX, as text and in hexadecimal digits, and what to do about each. */
const TEXTS: readonly (readonly [begins: RegExp, told: string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer; fetch the file with git lfs pull'],
  [/^\s*<(!doctype|html)/i, 'an HTML page, probably a login page instead of the download'],
  [/^\s*<\?xml/i, 'XML, probably an error message of a server'],
  [/^\s*[{[]/, 'JSON, probably an error message of a server'],
];
const BYTES: readonly (readonly [begins: RegExp, told: string])[] = [
  [/^504b0304/, 'a ZIP archive, such as a PyTorch checkpoint or Keras model; export it to ONNX'],
  [/^89484446/, 'HDF5, such as a Keras model; export it to ONNX'],
  [/^1f8b/, 'a gzip archive; unpack it'],
  [/^.{8}54464c33/, 'a TensorFlow Lite model; export it to ONNX'],
  [/^800[2-5]/, 'a pickle, such as a PyTorch checkpoint; export it to ONNX'],
];

/** What a file is that begins with these bytes and is no ONNX; null where that does not show. */
export function foreignFormat(bytes: Uint8Array): string | null {
  if (bytes.byteLength === 0) return 'empty';
  const begin = Buffer.from(bytes.subarray(0, 256));
  const text = TEXTS.find(([begins]) => begins.test(begin.toString('latin1')));
  return (text ?? BYTES.find(([begins]) => begins.test(begin.toString('hex'))))?.[1] ?? null;
}
