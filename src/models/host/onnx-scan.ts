/**
 * Looks through an ONNX file for tensors whose data lie outside of it, without building the model.
 * Field numbers: onnx/onnx.proto3 (ONNX 1.16, Apache-2.0).
 */

import { messageOf, SageError } from '../../contracts/errors.js';
import { fieldsOf } from '../protobuf.js';

const NESTING_MAX = 16;

/** Which message lies under which field of which message; what is not listed cannot hold a tensor. */
const CHILDREN: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: {
    5: 'tensor',
    6: 'graph',
    10: 'tensor',
    11: 'graph',
    22: 'sparse',
    23: 'sparse',
  },
  sparse: { 1: 'tensor', 2: 'tensor' },
};

const DATA_LOCATION = 14;
const EXTERNAL_DATA = 13;
const EXTERNAL = 1;

function locationOf(tensor: Uint8Array): string | null {
  let external = false;
  let location = '';
  for (const field of fieldsOf(tensor)) {
    if (field.number === DATA_LOCATION && field.value === EXTERNAL) external = true;
    if (field.number !== EXTERNAL_DATA || !field.bytes) continue;
    external = true;
    const entry = [...fieldsOf(field.bytes)].map((each) =>
      each.bytes ? Buffer.from(each.bytes).toString('utf8') : '',
    );
    if (entry[0] === 'location') location = entry[1] ?? '';
  }
  return external ? location || '(unnamed)' : null;
}

function search(kind: string, bytes: Uint8Array, depth: number, found: Set<string>): void {
  if (kind === 'tensor') {
    const location = locationOf(bytes);
    if (location !== null) found.add(location);
    return;
  }
  if (depth > NESTING_MAX) throw new Error(`not a usable ONNX file: nested deeper than ${NESTING_MAX}`);
  const children = CHILDREN[kind] ?? {};
  for (const field of fieldsOf(bytes)) {
    const child = children[field.number];
    if (!child || !field.bytes) continue;
    search(child, field.bytes, child === 'graph' ? depth + 1 : depth, found);
  }
}

/**
 * The external files that the model refers to; none when all of its data are in the file.
 * @param path where the bytes came from, for the error
 * @throws SageError SAGE_510 when the bytes are not protobuf of a model's form.
 */
export function externalFilesOf(model: Uint8Array, path: string): readonly string[] {
  const found = new Set<string>();
  try {
    search('model', model, 0, found);
  } catch (thrown) {
    throw new SageError('SAGE_510', path, messageOf(thrown), { cause: thrown });
  }
  return [...found];
}
