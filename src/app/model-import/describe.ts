import { basename } from 'node:path';
import type { AdapterDeclaration, AdapterValue } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import {
  type GraphDeclaration,
  graphLoad,
  type LoadedFile,
  type LoadedGraph,
  type ModelManifest,
  type ModelTrial,
  metadataOf,
  parseManifest,
} from '../../models/index.js';
import { type Beside, besideOf } from './beside.js';
import { namesIn } from './class-names.js';
import { firstFeed, understood } from './first-look.js';
import type { AdapterKind } from './guess.js';
import { constantsOf, named, pictureOf, pictureSize, pinned, unstacked } from './inputs.js';
import { type Known, meaningOf, type ToldAdapter } from './meaning.js';
import { inWords } from './words.js';

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
  /** How its graph was loaded. */
  readonly loaded: readonly LoadedGraph[];
}

/**
 * Writes the manifest of an exported model from what its file, what lies beside it, and its first answer say.
 * @param bytes what stands in the file, which is of no other format
 * @throws SageError SAGE_510 no model, or one that does not run; SAGE_517 one that no adapter understands; SAGE_901 where
 * it does not show what kind it is; SAGE_505, SAGE_506 where it fails or takes too long.
 */
export async function describeModel(
  file: LoadedFile,
  bytes: Uint8Array,
  told: Told,
  trial: ModelTrial,
): Promise<Described> {
  const metadata = metadataOf(bytes);
  const beside = besideOf(file.path);
  const graph = named(await trial.inspect(file));
  const { classes, named_by } = classesOf(told, metadata, beside);
  const vision = pictureOf(graph, told.sound);
  const wanted = told.adapter.size ?? sizeOf(metadata) ?? beside.size;
  const { size, channels_last } = vision ? pictureSize(vision, wanted) : { size: null, channels_last: false };
  const known: Known = {
    id: told.id,
    path: file.path,
    kind: told.kind ?? beside.kind,
    adapter: told.adapter,
    metadata,
    classes,
    size,
    channels_last,
  };
  const draft: Draft = { file, told, classes, vision };
  const constants = {
    // Where the size is not known this is refused below, for that.
    ...constantsOf(graph, [vision?.name, told.sound], size ?? [1, 1]),
    ...told.adapter.constants,
  };
  const own: ToldAdapter = { ...beside.pixels, ...told.adapter, constants };
  const first = draftOf(
    draft,
    { ...graph, inputs: pinned(graph.inputs, vision, size, constants) },
    {
      kind: 'embedding',
      ...own,
    },
  );
  requireFed(first, graph);
  const feed = firstFeed(first);
  const loaded = await trial.load([graphLoad('main', file, first.graphs.main!)]);
  const names = graph.outputs.map(({ name }) => name);
  const { tensors, unread, run_ms } = await trial.run('main', feed, names);
  const meaning = meaningOf(known, graph, tensors, unread);
  const adapter = { kind: meaning.kind, ...beside.pixels, ...meaning.adapter, ...told.adapter, constants };
  const rows = (name: string) => tensors[name]?.dims[0];
  const outputs = unstacked(
    graph.outputs,
    rows,
    meaning.adapter.heads !== undefined && meaning.output.dims.length < 3,
  );
  const manifest = draftOf(
    { ...draft, classes: meaning.classes },
    { ...first.graphs.main!, outputs },
    adapter,
  );
  await understood(manifest, tensors);
  // Ultralytics scales by 255 alone; Hugging Face says it beside the file.
  const unsaid = !metadata.has('task') && Object.keys(beside.pixels).length === 0 && !told.adapter.mean;
  const found = inWords(manifest, meaning.output, named_by, run_ms, vision, unsaid);
  return { manifest, found, loaded };
}

/** What a manifest is made of beside graph and adapter. */
interface Draft {
  readonly file: LoadedFile;
  readonly told: Told;
  readonly classes: readonly string[];
  readonly vision: AdapterValue | null;
}

/** A manifest with this adapter. @throws SageError SAGE_503 */
function draftOf(
  { file, told, classes, vision }: Draft,
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
      files: [storedFile(told.id, file)],
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

/** Where a file and the weights beside it go in the folder of models. The graph knows the latter by their names. */
function storedFile(id: string, { sha256, bytes, data = [] }: LoadedFile): object {
  const beside = data.map((each) => ({ ...each, path: `${id}/${basename(each.path)}` }));
  return {
    name: 'main',
    path: `${id}/${id}.onnx`,
    sha256,
    bytes,
    ...(beside.length === 0 ? {} : { data: beside }),
  };
}

/** Without what says nothing. */
function tidy<T extends { readonly constants?: object }>({ constants, ...adapter }: T): object {
  return constants && Object.keys(constants).length > 0 ? { ...adapter, constants } : adapter;
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
      ? 'it takes text; export only the vision part (for CLIP: CLIPVisionModelWithProjection)'
      : `if it is constant, pass --constant ${name}=NUMBER[,NUMBER…]; if it takes audio, --sound ${name}`;
    const told = `no data source for the input "${name}", ${dtype} [${shape.join(', ')}]; ${remedy}`;
    throw new SageError('SAGE_517', id, told);
  }
}

function classesOf(
  { classes }: Told,
  metadata: ReadonlyMap<string, string>,
  beside: Beside,
): { readonly classes: readonly string[]; readonly named_by: string } {
  if (classes) return { classes, named_by: 'from --classes' };
  const names = metadata.get('names');
  if (names !== undefined)
    return { classes: namesIn(names, 'class names in its metadata'), named_by: 'named in the file' };
  if (beside.classes)
    return { classes: beside.classes, named_by: `from ${beside.files[0]} in the same folder` };
  return { classes: [], named_by: '' };
}

/** Height and width as Ultralytics writes them: `[480, 640]`. */
function sizeOf(metadata: ReadonlyMap<string, string>): readonly [number, number] | undefined {
  const found = /^\[(\d+), *(\d+)\]$/.exec(metadata.get('imgsz') ?? '');
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}
