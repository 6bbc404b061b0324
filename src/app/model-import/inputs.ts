import type { AdapterValue } from '../../contracts/adapter.js';
import { type GraphDeclaration, isRows } from '../../models/index.js';

/** What a manifest takes as the name of a dimension. */
const NAME_MAX = 64;

/** Dimensions that the exporter left without a name get one: a manifest has a number or a name for each. */
export function named({ inputs, outputs }: GraphDeclaration): GraphDeclaration {
  const all = (values: GraphDeclaration['inputs']) =>
    values.map((value) => ({
      ...value,
      shape: value.shape.map((dim, i) =>
        typeof dim === 'number' ? dim : dim === '' ? `dim${i}` : dim.slice(0, NAME_MAX),
      ),
    }));
  return { inputs: all(inputs), outputs: all(outputs) };
}

const isPicture = ({ shape }: AdapterValue): boolean =>
  shape.length === 4 || (shape.length === 3 && (shape[0] === 3 || shape[2] === 3));

/** The first input that may take a picture; where none looks like it, the first that takes no sound. */
export function pictureOf({ inputs }: GraphDeclaration, sound: string | undefined): AdapterValue | null {
  const others = inputs.filter(({ name }) => name !== sound);
  return others.find(({ shape }) => shape.length === 4) ?? others.find(isPicture) ?? others[0] ?? null;
}

/** Where rows, columns and channels are in the shape of a picture; null where it is none. */
function axesOf({ shape }: AdapterValue) {
  if (shape.length !== 4 && shape.length !== 3) return null;
  const first = shape.length - 3;
  const last = shape.length - 1;
  const channels_last = shape[last] === 3 && shape[first] !== 3;
  return channels_last
    ? { channels: last, rows: first, columns: first + 1, channels_last }
    : { channels: first, rows: first + 1, columns: first + 2, channels_last };
}

/** Height and width of a picture where they are known, px, and where its channels are. */
export function pictureSize(
  picture: AdapterValue,
  told: readonly number[] | undefined,
): { readonly size: readonly [number, number] | null; readonly channels_last: boolean } {
  const axes = axesOf(picture);
  if (axes === null) return { size: null, channels_last: false };
  const side = (axis: number, k: number) => {
    const dim = picture.shape[axis];
    return typeof dim === 'number' ? dim : told?.[k];
  };
  const [rows, columns] = [side(axes.rows, 0), side(axes.columns, 1)];
  const size = rows === undefined || columns === undefined ? null : ([rows, columns] as const);
  return { size, channels_last: axes.channels_last };
}

/** Inputs beside the picture that exporters of detectors have, and what they are given: they count in the input's pixels. */
const KNOWN: readonly (readonly [pattern: RegExp, values: (rows: number, columns: number) => number[]])[] = [
  // RT-DETR, D-FINE, DEIM: width before height.
  [/^(orig_)?target_sizes?$/, (rows, columns) => [columns, rows]],
  // PaddleDetection; YOLOv3 of the model zoo.
  [/^(im|img|image)_(shape|size)$/, (rows, columns) => [rows, columns]],
  [/^scale_factor$/, () => [1]],
  [/^im_info$/, (rows, columns) => [rows, columns, 1]],
  // DETR of Hugging Face: every pixel counts.
  [/^pixel_mask$/, () => [1]],
];

/** Numbers for the inputs that are known to be always the same, by name. */
export function constantsOf(
  { inputs }: GraphDeclaration,
  taken: readonly (string | undefined)[],
  size: readonly [number, number],
): Readonly<Record<string, number[]>> {
  const found = inputs.flatMap(({ name }): [string, number[]][] => {
    const known = KNOWN.find(([pattern]) => pattern.test(name.toLowerCase()));
    if (taken.includes(name) || !known) return [];
    return [[name, known[1](...size)]];
  });
  return Object.fromEntries(found);
}

/**
 * The inputs with the picture's size in numbers, so that the host can run the model once before it is needed. Rows along
 * a dimension with another name than those of a batch may belong together, so there is one.
 */
export function pinned(
  inputs: GraphDeclaration['inputs'],
  picture: AdapterValue | null,
  size: readonly [number, number] | null,
  constants: Readonly<Record<string, readonly number[]>>,
): GraphDeclaration['inputs'] {
  const first = (dim: string): string | number => (isRows(dim) ? dim : 1);
  return inputs.map((value) => {
    const { name, shape } = value;
    const axes = name === picture?.name ? axesOf(value) : null;
    if (axes) {
      const batched = shape.length === 4;
      const pin = (dim: number | string, i: number): number | string => {
        if (typeof dim === 'number') return dim;
        if (batched && i === 0) return first(dim);
        if (i === axes.channels) return 3;
        return size?.[i === axes.rows ? 0 : 1] ?? dim;
      };
      return { ...value, shape: shape.map(pin) };
    }
    if (!Object.hasOwn(constants, name)) return value;
    const pin = (dim: number | string, i: number): number | string => {
      if (typeof dim === 'number') return dim;
      if (i === 0) return first(dim);
      // A mask of the picture has its rows and columns; two numbers stand in a row.
      return shape.length === 3 ? (size?.[i - 1] ?? 1) : Math.max(1, constants[name]!.length);
    };
    return { ...value, shape: shape.map(pin) };
  });
}

/**
 * The outputs with a name for their first dimension that is no batch, where there is not one row of it: boxes that are
 * found are not the rows of pictures.
 */
export function unstacked(
  outputs: GraphDeclaration['outputs'],
  rows: (name: string) => number | undefined,
  all: boolean,
): GraphDeclaration['outputs'] {
  return outputs.map((value) => {
    const [dim, ...more] = value.shape;
    if (typeof dim !== 'string' || !isRows(dim)) return value;
    return all || rows(value.name) !== 1 ? { ...value, shape: ['rows', ...more] } : value;
  });
}
