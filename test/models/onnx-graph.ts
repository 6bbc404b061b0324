/** What the tests look at in an ONNX file, read from its protobuf encoding (onnx.proto, fields by their numbers). */
export interface OnnxGraph {
  readonly opset: number;
  readonly operators: readonly { readonly name: string; readonly domain: string; readonly kernel: number }[];
  /** Inputs that are no weights, and outputs: name and shape; an open dimension is −1. */
  readonly values: ReadonlyMap<string, readonly number[]>;
}

type Field = { readonly number: number; readonly value: number; readonly bytes: Uint8Array };

/** The fields of one protobuf message: varints as `value`, what has a length as `bytes`. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const none = new Uint8Array(0);
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) fields.push({ number, value: varint(), bytes: none });
    else {
      const length = wire === 2 ? varint() : wire === 5 ? 4 : 8;
      fields.push({ number, value: 0, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const all = (fields: readonly Field[], number: number) => fields.filter((field) => field.number === number);
const textOf = (fields: readonly Field[], number: number): string =>
  text(all(fields, number)[0]?.bytes ?? new Uint8Array(0));

function shapeOf(value: readonly Field[]): readonly number[] {
  const inside = (fields: readonly Field[], number: number): Field[] =>
    all(fields, number).flatMap(({ bytes }) => fieldsOf(bytes));
  const shape = inside(inside(inside(value, 2), 1), 2);
  return all(shape, 1).map(({ bytes }) => all(fieldsOf(bytes), 1)[0]?.value ?? -1);
}

/** Number of axes of a convolution's kernel; 0 where a node has none. */
function kernelOf(node: readonly Field[]): number {
  for (const { bytes } of all(node, 5)) {
    const attribute = fieldsOf(bytes);
    if (textOf(attribute, 1) === 'kernel_shape') return all(attribute, 8).length;
  }
  return 0;
}

export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const model = fieldsOf(bytes);
  const graph = fieldsOf(all(model, 7)[0]!.bytes);
  const opsets = all(model, 8).map((field) => fieldsOf(field.bytes));
  const nodes = all(graph, 1).map((field) => fieldsOf(field.bytes));
  const weights = new Set(all(graph, 5).map((field) => textOf(fieldsOf(field.bytes), 8)));
  const values = [...all(graph, 11), ...all(graph, 12)].map((field) => fieldsOf(field.bytes));
  return {
    opset: Math.max(...opsets.map((fields) => all(fields, 2)[0]?.value ?? 0)),
    operators: nodes.map((node) => ({
      name: textOf(node, 4),
      domain: textOf(node, 7),
      kernel: kernelOf(node),
    })),
    values: new Map(
      values
        .map((value) => [textOf(value, 1), shapeOf(value)] as const)
        .filter(([name]) => !weights.has(name)),
    ),
  };
}
