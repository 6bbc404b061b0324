import { ADAPTER_KINDS, type AdapterDeclaration, type AdapterValue } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import { fromHalf } from '../../contracts/half.js';
import type { Tensor } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  externalDataOf,
  foreignFormat,
  type GraphDeclaration,
  type ModelManifest,
  metadataOf,
  parseManifest,
} from '../../models/index.js';
import { namesIn } from './class-names.js';
import { firstLook, inspected, type NewFile, understood } from './first-look.js';
import { type AdapterKind, detectionForm, isProbabilities, kindOf, type Seen } from './guess.js';

/** What the user says of a model; the rest is looked for in the file, and in what it answers. */
export interface Told {
  readonly id: string;
  readonly licence: string;
  readonly kind?: AdapterKind;
  readonly classes?: readonly string[];
  /** The input that takes a sound; the others' first takes a picture. */
  readonly sound?: string;
  readonly adapter: Partial<Omit<AdapterDeclaration, 'kind'>>;
}

/** A manifest, and what it was made of in words. */
export interface Described {
  readonly manifest: ModelManifest;
  readonly found: readonly string[];
}

/** Names of a first dimension along which the host may stack, see docs/model-host.md. */
const ROWS_NAMES: readonly unknown[] = ['n', 'N', 'b', 'B', 'batch', 'batch_size'];

/**
 * Writes the manifest of an exported model from what its file and its first answer say.
 * @param bytes what stands in the file
 * @throws SageError SAGE_510 no model, or one that does not run; SAGE_517 one that no adapter understands; SAGE_901 where
 * it does not show what kind it is.
 */
export async function describeModel(
  file: NewFile,
  bytes: Uint8Array,
  told: Told,
  parameters: Parameters['models'],
): Promise<Described> {
  const metadata = readMetadata(file.path, bytes);
  const graph = named(await inspected(file, parameters));
  const { classes, named_by } = classesOf(told, metadata);
  const vision = pictureOf(graph, told.sound);
  const size = told.adapter.size ?? sizeOf(metadata);
  const draft = (adapter: object, tags: readonly string[]): ModelManifest =>
    parseManifest(
      {
        id: told.id,
        version: '1',
        task: tags.at(-1),
        licence: told.licence,
        capabilities: tags,
        files: [{ name: 'main', path: `${told.id}/${told.id}.onnx`, sha256: file.sha256, bytes: file.bytes }],
        graphs: { main: vision ? { ...graph, inputs: pinned(graph.inputs, vision, size) } : graph },
        modalities: {
          ...(vision ? { vision: vision.name } : {}),
          ...(told.sound === undefined ? {} : { audio: told.sound }),
        },
        ...(classes.length === 0 ? {} : { classes }),
        adapter,
      },
      `the manifest of ${file.path}`,
    );
  const senses = [...(vision ? ['vision'] : []), ...(told.sound === undefined ? [] : ['audio'])];
  const look = await firstLook(file, draft({ kind: 'embedding', ...told.adapter }, senses), parameters);
  const seen: Seen = { ...look.output, data: floatsOf(look.output), metadata, classes };
  const kind = told.kind ?? kindOf(seen);
  if (kind === null) {
    const says = `its output [${seen.dims.join(', ')}] does not show what kind it is; give --kind ${ADAPTER_KINDS.join(', ')}`;
    throw new SageError('SAGE_901', file.path, says);
  }
  const adapter = { kind, ...guessed(kind, seen), ...told.adapter };
  const manifest = draft(adapter, [...senses, kind]);
  await understood(manifest, look.output);
  return { manifest, found: inWords(manifest, seen, named_by, look.run_ms, vision) };
}

function readMetadata(path: string, bytes: Uint8Array): ReadonlyMap<string, string> {
  const other = foreignFormat(bytes);
  if (other !== null) throw new SageError('SAGE_510', path, `it is no ONNX file; it is ${other}`);
  const external = externalDataOf(bytes, path);
  if (external !== null) {
    const told = `a part of its data lies in a second file, ${external}; docs/bring-your-own-model.md says how to make one of both`;
    throw new SageError('SAGE_510', path, told);
  }
  return metadataOf(bytes);
}

/** Dimensions that the exporter left without a name get one: a manifest has a number or a name for each. */
function named({ inputs, outputs }: GraphDeclaration): GraphDeclaration {
  const all = (values: GraphDeclaration['inputs']) =>
    values.map((value) => ({
      ...value,
      shape: value.shape.map((dim, i) => (dim === '' ? `dim${i}` : dim)),
    }));
  return { inputs: all(inputs), outputs: all(outputs) };
}

/** The first input that may take a picture; where none looks like it, the first that takes no sound. */
function pictureOf({ inputs }: GraphDeclaration, sound: string | undefined): AdapterValue | null {
  const others = inputs.filter(({ name }) => name !== sound);
  const picture = others.find(({ shape }) => shape.length === 4);
  return picture ?? others[0] ?? null;
}

/**
 * The inputs with the picture's size in numbers, so that the host can run the model once before it is needed. Rows along
 * a dimension with another name than those of a batch may belong together, so there is one.
 */
function pinned(
  inputs: GraphDeclaration['inputs'],
  picture: AdapterValue,
  size: readonly number[] | undefined,
): GraphDeclaration['inputs'] {
  return inputs.map((value) => {
    const { shape } = value;
    if (value.name !== picture.name || shape.length !== 4) return value;
    const sides = shape[3] === 3 && shape[1] !== 3 ? [1, 2] : [2, 3];
    const channels = sides[0] === 1 ? 3 : 1;
    const pin = (dim: number | string, i: number): number | string => {
      if (typeof dim === 'number') return dim;
      if (i === 0) return ROWS_NAMES.includes(dim) ? dim : 1;
      return i === channels ? 3 : (size?.[i - sides[0]!] ?? dim);
    };
    return { ...value, shape: shape.map(pin) };
  });
}

function classesOf(
  { classes }: Told,
  metadata: ReadonlyMap<string, string>,
): { readonly classes: readonly string[]; readonly named_by: string } {
  if (classes) return { classes, named_by: 'from --classes' };
  const names = metadata.get('names');
  if (names === undefined) return { classes: [], named_by: '' };
  return { classes: namesIn(names, 'names in its metadata'), named_by: 'named in the file' };
}

/** Height and width as Ultralytics writes them: `[480, 640]`. */
function sizeOf(metadata: ReadonlyMap<string, string>): readonly [number, number] | undefined {
  const found = /^\[(\d+), *(\d+)\]$/.exec(metadata.get('imgsz') ?? '');
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

function floatsOf({ type, data }: Tensor): Float32Array | null {
  if (type === 'float16') return fromHalf(data as Uint16Array);
  return data instanceof Float32Array ? data : null;
}

/** What the adapter has to say beside its kind. */
function guessed(kind: AdapterKind, seen: Seen): Partial<AdapterDeclaration> {
  if (kind === 'detection') {
    const { layout, extra } = detectionForm(seen);
    return extra === 0 ? { layout } : { layout, extra };
  }
  const { dims, data } = seen;
  const last = kind === 'segmentation' ? Math.min(dims[1] ?? 0, dims.at(-1) ?? 0) : (data?.length ?? 0);
  return kind !== 'embedding' && isProbabilities(seen, last) ? { softmax: false } : {};
}

/** A line each: what it gives, its classes, how it is shown a picture. */
function inWords(
  { adapter, classes = [] }: ModelManifest,
  { type, dims }: Seen,
  named_by: string,
  run_ms: number,
  vision: AdapterValue | null,
): readonly string[] {
  if (!adapter) return [];
  const gives = `gives ${type} [${dims.join(', ')}]${meaningOf(adapter, type)}`;
  const lines = [`${adapter.kind}: ${gives}; tried once, ${run_ms.toFixed(1)} ms`];
  const names = classes.length === 0 ? 'without names; give --classes' : `${classes.length}, ${named_by}`;
  if (adapter.kind !== 'embedding') lines.push(`classes: ${names}`);
  if (vision) lines.push(`picture: ${vision.dtype}, ${pixelsInWords(adapter, vision)}`);
  return lines;
}

function meaningOf({ kind, layout, extra, softmax }: AdapterDeclaration, type: string): string {
  if (kind === 'embedding') return '';
  if (kind === 'detection')
    return ` as ${layout}${extra > 0 ? `, ${extra} behind the classes passed over` : ''}`;
  if (!type.startsWith('float')) return ', numbers of classes';
  return softmax ? ', not yet probabilities' : ', probabilities';
}

function pixelsInWords({ scale, mean, channels, fit }: AdapterDeclaration, { dtype }: AdapterValue): string {
  const shifted = mean.some((value) => value !== 0) ? ', normalised with mean and std' : '';
  const range = dtype === 'uint8' ? '0 to 255' : `divided by ${scale}${shifted}`;
  return `${channels}, ${range}, ${fit}`;
}
