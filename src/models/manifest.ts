import { z } from 'zod';
import { adapterSchema } from '../contracts/adapter.js';
import { SageError } from '../contracts/errors.js';
import { TENSOR_TYPES } from '../contracts/inference.js';
import { MODALITIES, type Modality } from '../contracts/modality.js';
import { ONCE } from '../contracts/parse-once.js';

/** Largest file that a manifest may name: what ONNX can hold without external data (protobuf's limit). */
export const MODEL_BYTES_MAX = 2 ** 31 - 1;

const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;

const nameSchema = z
  .string()
  .max(128)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore');

/**
 * Below the manifest's own folder: no absolute path, no `..`, no backslash. Links in the file system are followed,
 * since `colcon build --symlink-install` makes them and the hash decides what is loaded anyway.
 */
const pathSchema = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'a path below the manifest folder');

/** Largest file of weights beside a graph. */
const DATA_BYTES_MAX = 2 ** 36;
/** Files of weights beside a graph at most. */
export const DATA_FILES_MAX = 16;

const urlSchema = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .optional()
  .describe('where sage models pull downloads a file too large for the repository');
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');

/** Weights that lie in a file of their own, as the graph names it. */
const dataSchema = z.strictObject({
  path: pathSchema,
  sha256: sha256Schema,
  bytes: z.int().min(1).max(DATA_BYTES_MAX),
  url: urlSchema,
});

const fileSchema = z.strictObject({
  name: nameSchema.describe('the graph in this file'),
  path: pathSchema,
  sha256: sha256Schema,
  bytes: z.int().min(1).max(MODEL_BYTES_MAX),
  precision: z.enum(PRECISIONS).default('fp32'),
  url: urlSchema,
  data: z
    .array(dataSchema)
    .max(DATA_FILES_MAX)
    .optional()
    .describe('weights in separate files (ONNX external data), in the folder of the graph'),
});

/** One input or output. A dimension is a number, or a name where the graph leaves it open. */
const valueSchema = z.strictObject({
  name: z.string().min(1).max(256),
  dtype: z.enum(TENSOR_TYPES),
  shape: z.array(z.union([z.int().min(0), z.string().min(1).max(64)])).max(8),
  meaning: z.string().max(2000).optional(),
  normalisation: z.string().max(2000).optional(),
  internal: z
    .boolean()
    .optional()
    .describe('passed only between graphs of this model; nothing else reads it, so its shape is free'),
});

const graphSchema = z.strictObject({
  inputs: z.array(valueSchema).min(1).max(64),
  outputs: z.array(valueSchema).min(1).max(64),
});

const record = z.record(z.string(), z.unknown());
const words = z.array(z.string().min(1).max(64)).max(1000);
/** ImageNet-21k has 21,843 classes; its names are lists of synonyms. */
const classesSchema = z.array(z.string().min(1).max(256)).max(32_768);

/** `models/<id>.json`: what a model is, which files it consists of, and what they must contain. */
export const manifestSchema = z
  .strictObject({
    id: nameSchema,
    version: z.string().min(1).max(64),
    task: z.string().min(1).max(128).describe('what the model does, e.g. segmentation-refiner'),
    licence: z.string().min(1).max(128).describe('SPDX identifier'),
    status: z.string().max(64).optional().describe('released, or preliminary'),
    description: z.string().max(4000).optional(),
    capabilities: words.optional().describe('tags to look up a model by'),
    files: z.array(fileSchema).min(1).max(64).describe('one per graph and precision'),
    graphs: z.record(nameSchema, graphSchema),
    family: nameSchema.optional().describe('models of one family have the same inputs and outputs'),
    complexity_max: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('within its family: suited to tasks up to this complexity'),
    carries: nameSchema
      .optional()
      .describe(
        'space of the state kept in the host; models that share it can continue from each other’s state',
      ),
    modalities: z
      .partialRecord(z.enum(MODALITIES), z.string().min(1).max(256))
      .optional()
      .describe('input for each modality'),
    adapter: adapterSchema.optional().describe('how it becomes a plugin, see docs/bring-your-own-model.md'),
    classes: classesSchema.optional(),
    opset: z.int().min(1).max(100).optional(),
    operators: words.optional(),
    steps: record.optional().describe('refiners: number of steps in training'),
    tolerance: record.optional().describe('deviation of the export from the trained network'),
    training: record.optional(),
    metrics: record.optional(),
  })
  .check((context) => {
    const { files, graphs } = context.value;
    const complain = (path: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [path], message });
    const kinds = files.map((file) => `${file.name} ${file.precision}`);
    if (new Set(kinds).size < kinds.length) complain('files', 'a graph has two files of the same precision');
    for (const file of files) {
      if (!Object.hasOwn(graphs, file.name)) complain('files', `"${file.name}" is not one of the graphs`);
    }
    const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
    for (const { path, data = [] } of files) {
      if (data.some((each) => folderOf(each.path) !== folderOf(path)))
        complain('files', `the external data of ${path} must be in its folder`);
    }
    for (const [modality, input] of Object.entries(context.value.modalities ?? {})) {
      const known = Object.values(graphs).some(({ inputs }) => inputs.some(({ name }) => name === input));
      if (!known) complain('modalities', `${modality}: no input named "${input}"`);
    }
    for (const name of Object.keys(graphs)) {
      if (!files.some((file) => file.name === name)) complain('graphs', `"${name}" has no file`);
    }
  });

export type ModelManifest = z.infer<typeof manifestSchema>;
export type ModelFile = z.infer<typeof fileSchema>;
/** One file as it lies in the folder. */
export type StoredFile = z.infer<typeof dataSchema>;
export type GraphDeclaration = z.infer<typeof graphSchema>;
export type Precision = (typeof PRECISIONS)[number];

/**
 * Checks a manifest that was read from `where`.
 * @throws SageError SAGE_503 with the first fields that are wrong.
 */
export function parseManifest(raw: unknown, where: string): ModelManifest {
  const result = manifestSchema.safeParse(raw, ONCE);
  if (result.success) return result.data;
  const told = result.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(top level)'}: ${issue.message}`);
  throw new SageError('SAGE_503', where, told.join('; '));
}

/** Which input takes which modality. A model with an adapter that does not say looks at the camera. */
export function modalitiesOf({
  modalities,
  adapter,
  graphs,
}: Pick<ModelManifest, 'modalities' | 'adapter' | 'graphs'>): Partial<Record<Modality, string>> {
  if (modalities) return modalities;
  const [input] = Object.values(graphs)[0]?.inputs ?? [];
  return adapter && input ? { vision: input.name } : {};
}

/** The precisions that `models.precision` asks for, the most wanted first; INT8 files are made for CPUs. */
function wantedPrecisions({ precision, providers }: PrecisionChoice): readonly Precision[] {
  if (precision !== 'auto') return [precision, 'fp32'];
  const [first = 'cpu'] = providers;
  return first === 'cpu' ? ['int8', 'fp32'] : ['fp32'];
}

interface PrecisionChoice {
  readonly precision: Precision | 'auto';
  readonly providers: readonly string[];
}

/** The manifest with one file per graph: the first wanted precision that there is of it, else any. */
export function inPrecision(manifest: ModelManifest, choice: PrecisionChoice): ModelManifest {
  const wanted = wantedPrecisions(choice);
  const files = Object.keys(manifest.graphs).map((name) => {
    const own = manifest.files.filter((file) => file.name === name);
    const found = wanted.flatMap((precision) => own.find((file) => file.precision === precision) ?? []);
    return found[0] ?? fileOf(manifest, name);
  });
  return { ...manifest, files };
}

/** All files of a model: those of its graphs, and those of their weights. */
export function allFiles({ files }: Pick<ModelManifest, 'files'>): readonly StoredFile[] {
  return files.flatMap((file) => [file, ...(file.data ?? [])]);
}

/** Bytes of a file with the weights beside it. */
export const bytesOfAll = ({ bytes, data = [] }: Pick<ModelFile, 'bytes' | 'data'>): number =>
  data.reduce((sum, each) => sum + each.bytes, bytes);

/** The file of a graph, in fp32 where there is one. */
export function fileOf(manifest: ModelManifest, graph: string): ModelFile {
  const own = manifest.files.filter((file) => file.name === graph);
  const file = own.find((each) => each.precision === 'fp32') ?? own[0];
  if (!file) throw new SageError('SAGE_512', manifest.id, `it has no graph "${graph}"`);
  return file;
}
