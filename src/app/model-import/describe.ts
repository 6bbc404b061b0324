import { ADAPTER_KINDS, type AdapterDeclaration, type AdapterValue } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import {
  externalDataOf,
  foreignFormat,
  type GraphDeclaration,
  type ModelManifest,
  type ModelTrial,
  metadataOf,
  parseManifest,
  type TrialFile,
} from '../../models/index.js';
import { type Beside, besideOf } from './beside.js';
import { namesIn } from './class-names.js';
import { firstFeed, understood } from './first-look.js';
import {
  type AdapterKind,
  detectionForm,
  embeddingOf,
  isProbabilities,
  kindOf,
  type Seen,
  valuesOf,
} from './guess.js';
import { headsOf, rawLevels } from './heads.js';
import { constantsOf, named, pictureOf, pictureSize, pinned, unstacked } from './inputs.js';
import { inWords } from './words.js';

type ToldAdapter = Partial<Omit<AdapterDeclaration, 'kind'>>;

/** What the user says of a model; the rest is looked for in the file, beside it, and in what it answers. */
export interface Told {
  readonly id: string;
  readonly licence: string;
  readonly kind?: AdapterKind;
  readonly classes?: readonly string[];
  /** The input that takes a sound; the others' first takes a picture. */
  readonly sound?: string;
  readonly adapter: ToldAdapter;
}

/** A manifest, and what it was made of in words. */
export interface Described {
  readonly manifest: ModelManifest;
  readonly found: readonly string[];
}

/** What is known of a model before it is run. */
interface Known {
  readonly file: TrialFile;
  readonly told: Told;
  readonly beside: Beside;
  readonly metadata: ReadonlyMap<string, string>;
  readonly classes: readonly string[];
  readonly vision: AdapterValue | null;
  readonly size: readonly [number, number] | null;
  readonly channels_last: boolean;
}

/** What is made of its outputs. */
interface Meaning {
  readonly kind: AdapterKind;
  readonly adapter: ToldAdapter;
  readonly classes: readonly string[];
  /** The output that says most. */
  readonly output: Tensor;
}

/** Pixels as YOLOX has them. */
const YOLOX_PIXELS = { scale: 1, channels: 'bgr' } as const;

/**
 * Writes the manifest of an exported model from what its file, what lies beside it, and its first answer say.
 * @param bytes what stands in the file
 * @throws SageError SAGE_510 no model, or one that does not run; SAGE_517 one that no adapter understands; SAGE_901 where
 * it does not show what kind it is; SAGE_505, SAGE_506 where it fails or takes too long.
 */
export async function describeModel(
  file: TrialFile,
  bytes: Uint8Array,
  told: Told,
  trial: ModelTrial,
): Promise<Described> {
  const metadata = readMetadata(file.path, bytes);
  const beside = besideOf(file.path);
  const graph = named(await trial.inspect(file));
  const { classes, named_by } = classesOf(told, metadata, beside);
  const vision = pictureOf(graph, told.sound);
  const wanted = told.adapter.size ?? sizeOf(metadata) ?? beside.size;
  const { size, channels_last } = vision ? pictureSize(vision, wanted) : { size: null, channels_last: false };
  const known: Known = { file, told, beside, metadata, classes, vision, size, channels_last };
  const constants = {
    // Where the size is not known this is refused below, for that.
    ...constantsOf(graph, [vision?.name, told.sound], size ?? [1, 1]),
    ...told.adapter.constants,
  };
  const own: ToldAdapter = { ...beside.pixels, ...told.adapter, constants };
  const first = draftOf(
    known,
    { ...graph, inputs: pinned(graph.inputs, vision, size, constants) },
    {
      kind: 'embedding',
      ...own,
    },
  );
  requireFed(first, graph);
  const feed = firstFeed(first);
  await trial.load(file, first.graphs.main!);
  const names = graph.outputs.map(({ name }) => name);
  const { tensors, unread, run_ms } = await trial.run(feed, names);
  const meaning = meaningOf(known, graph, tensors, unread);
  const adapter = { kind: meaning.kind, ...beside.pixels, ...meaning.adapter, ...told.adapter, constants };
  const rows = (name: string) => tensors[name]?.dims[0];
  const outputs = unstacked(
    graph.outputs,
    rows,
    meaning.adapter.heads !== undefined && meaning.output.dims.length < 3,
  );
  const manifest = draftOf(
    { ...known, classes: meaning.classes },
    { ...first.graphs.main!, outputs },
    adapter,
  );
  await understood(manifest, tensors);
  return { manifest, found: inWords(manifest, meaning.output, named_by, run_ms, vision) };
}

/** A manifest with this adapter. @throws SageError SAGE_503 */
function draftOf(
  { file, told, classes, vision }: Known,
  graph: GraphDeclaration,
  adapter: Partial<AdapterDeclaration> & { readonly kind: AdapterKind },
): ModelManifest {
  const senses = [...(vision ? ['vision'] : []), ...(told.sound === undefined ? [] : ['audio'])];
  return parseManifest(
    {
      id: told.id,
      version: '1',
      task: adapter.kind,
      licence: told.licence,
      capabilities: [...senses, adapter.kind],
      files: [{ name: 'main', path: `${told.id}/${told.id}.onnx`, sha256: file.sha256, bytes: file.bytes }],
      graphs: { main: graph },
      modalities: {
        ...(vision ? { vision: vision.name } : {}),
        ...(told.sound === undefined ? {} : { audio: told.sound }),
      },
      ...(classes.length === 0 ? {} : { classes }),
      adapter: tidy(adapter),
    },
    `the manifest of ${file.path}`,
  );
}

/** Without what says nothing. */
function tidy<T extends { readonly constants?: object }>({ constants, ...adapter }: T): object {
  return constants && Object.keys(constants).length > 0 ? { ...adapter, constants } : adapter;
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

/** Inputs of models that read text beside a picture. */
const TEXT = /^(input_ids|attention_mask|token_type_ids|text|texts|tokens)$/;

/** @throws SageError SAGE_517 for an input that nothing feeds, with what can be done about it */
function requireFed(manifest: ModelManifest, { inputs }: GraphDeclaration): void {
  const { id, adapter, modalities } = manifest;
  const taken = [modalities?.vision, modalities?.audio];
  for (const { name, dtype, shape } of inputs) {
    if (taken.includes(name) || Object.hasOwn(adapter?.constants ?? {}, name)) continue;
    const remedy = TEXT.test(name.toLowerCase())
      ? 'it reads text; export the part for pictures alone (of CLIP: CLIPVisionModelWithProjection)'
      : `where it is always the same give --constant ${name}=NUMBER[,NUMBER…], for a sound --sound ${name}`;
    const told = `nothing feeds the input "${name}", ${dtype} [${shape.join(', ')}]; ${remedy}`;
    throw new SageError('SAGE_517', id, told);
  }
}

/** What the outputs are. @throws SageError SAGE_517, SAGE_901, and why an output that is asked for cannot be read */
function meaningOf(
  known: Known,
  { outputs }: GraphDeclaration,
  tensors: Readonly<Record<string, Tensor>>,
  unread: Readonly<Record<string, SageError>>,
): Meaning {
  const { told, beside, classes, file } = known;
  const asked = told.kind ?? beside.kind;
  if (told.adapter.heads === undefined && told.adapter.output === undefined) {
    const found = detectorOf(known, asked, tensors);
    if (found) return found;
  }
  const name = told.adapter.heads?.boxes ?? told.adapter.output ?? outputFor(asked, outputs, tensors);
  const output = tensors[name];
  if (!output) {
    const names = outputs.map((each) => each.name).join(', ');
    throw (
      unread[name] ?? new SageError('SAGE_517', told.id, `it has no output "${name}"; there are ${names}`)
    );
  }
  const { metadata, size } = known;
  const input = size ?? [0, 0];
  const seen: Seen = { name, ...output, data: valuesOf(output), metadata, classes, input };
  const kind = asked ?? kindOf(seen);
  const raw = asked === undefined || asked === 'detection' ? rawLevels(tensors) : null;
  if (raw !== null) throw new SageError('SAGE_517', told.id, raw);
  if (kind === null) {
    const says = `its output [${seen.dims.join(', ')}] does not show what kind it is; give --kind ${ADAPTER_KINDS.join(', ')}`;
    throw new SageError('SAGE_901', file.path, says);
  }
  const chosen = name === outputs[0]?.name ? {} : { output: name };
  return { kind, adapter: { ...guessed(kind, seen), ...chosen }, classes, output };
}

/** A detector with outputs of their own for boxes and scores; null where it is none. @throws SageError SAGE_517 */
function detectorOf(
  { told, metadata, classes, size, channels_last }: Known,
  asked: AdapterKind | undefined,
  tensors: Readonly<Record<string, Tensor>>,
): Meaning | null {
  if ((asked !== undefined && asked !== 'detection') || metadata.has('task') || size === null) return null;
  if (told.adapter.layout !== undefined) return null;
  const found = headsOf(tensors, size, classes, channels_last);
  if (found === null) return null;
  if ('refused' in found) throw new SageError('SAGE_517', told.id, found.refused);
  const { heads } = found;
  const output = tensors[heads.boxes]!;
  const fit = { fit: 'stretch' } as const;
  return { kind: 'detection', adapter: { heads, ...fit }, classes: found.classes, output };
}

/** The output that is read where nobody says which. */
function outputFor(
  asked: AdapterKind | undefined,
  outputs: GraphDeclaration['outputs'],
  tensors: Readonly<Record<string, Tensor>>,
): string {
  const names = outputs.map(({ name }) => name);
  const [first = ''] = names;
  if (asked !== undefined && asked !== 'embedding') return names.includes('logits') ? 'logits' : first;
  const embedding = embeddingOf(names.filter((name) => tensors[name] !== undefined));
  const both = asked === undefined && names.includes('logits') ? 'logits' : undefined;
  return both ?? embedding ?? first;
}

function classesOf(
  { classes }: Told,
  metadata: ReadonlyMap<string, string>,
  beside: Beside,
): { readonly classes: readonly string[]; readonly named_by: string } {
  if (classes) return { classes, named_by: 'from --classes' };
  const names = metadata.get('names');
  if (names !== undefined)
    return { classes: namesIn(names, 'names in its metadata'), named_by: 'named in the file' };
  if (beside.classes) return { classes: beside.classes, named_by: `from ${beside.files[0]} beside it` };
  return { classes: [], named_by: '' };
}

/** Height and width as Ultralytics writes them: `[480, 640]`. */
function sizeOf(metadata: ReadonlyMap<string, string>): readonly [number, number] | undefined {
  const found = /^\[(\d+), *(\d+)\]$/.exec(metadata.get('imgsz') ?? '');
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/** What the adapter has to say beside its kind. */
function guessed(kind: AdapterKind, seen: Seen): ToldAdapter {
  const { dims, data, name } = seen;
  if (kind === 'detection') {
    const { extra, ...form } = detectionForm(seen);
    const pixels = form.layout === 'yolox' ? YOLOX_PIXELS : {};
    return { ...form, ...(extra === 0 ? {} : { extra }), ...pixels };
  }
  if (kind === 'embedding') return poolOf(name, dims);
  const last = kind === 'segmentation' ? Math.min(dims[1] ?? 0, dims.at(-1) ?? 0) : (data?.length ?? 0);
  return isProbabilities(seen, last) ? { softmax: false } : {};
}

/**
 * Of tokens the first, which stands for the whole picture, unless there are as many as a square has places; of maps the
 * mean.
 */
function poolOf(name: string, dims: readonly number[]): ToldAdapter {
  if (dims.length === 4 && dims.slice(2).some((dim) => dim > 1)) return { pool: 'mean' };
  const [, tokens = 1] = dims;
  if (dims.length !== 3 || tokens < 2 || !/hidden_state|token|feature/i.test(name)) return {};
  return { pool: Number.isInteger(Math.sqrt(tokens)) ? 'mean' : 'first' };
}
