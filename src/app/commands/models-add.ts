import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ADAPTER_KINDS, DETECTION_LAYOUTS, type DetectionLayout } from '../../contracts/adapter.js';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  DATA_FILES_MAX,
  externalFilesOf,
  fingerprint,
  foreignFormat,
  keepProbe,
  type LoadedFile,
  MODEL_BYTES_MAX,
  type ModelManifest,
  ModelTrial,
  manifestSchema,
  modelFolder,
  probeFile,
  probeLoaded,
} from '../../models/index.js';
import { classNames } from '../model-import/class-names.js';
import { type Described, describeModel, type Told } from '../model-import/describe.js';
import type { AdapterKind } from '../model-import/guess.js';
import { EXIT, print, printJson } from '../output.js';
import { type ModelsOptions, modelSettings } from './models-options.js';
import { probeLine } from './models-text.js';
import { wholeNumber } from './up-options.js';

interface AddOptions extends ModelsOptions {
  readonly kind?: AdapterKind;
  readonly id?: string;
  readonly classes?: string;
  readonly layout?: DetectionLayout;
  readonly output?: string;
  readonly size?: readonly [number, number];
  readonly sound?: string;
  readonly licence: string;
  readonly tiles?: number;
  readonly things?: number;
  readonly batch?: number;
  readonly constant: Readonly<Record<string, number[]>>;
  readonly imagenet?: boolean;
  readonly replace?: boolean;
}

/** What `sage models add` takes. */
export function defineAdd(command: Command): Command {
  return command
    .description('Copy an ONNX file into the model folder and write its manifest.')
    .argument('<file>', 'ONNX model; external weight files are expected next to it')
    .addOption(new Option('--kind <kind>', 'kind of model (default: detected)').choices(ADAPTER_KINDS))
    .option('--id <id>', 'model id (default: the file name)')
    .option('--classes <file>', 'class names: one per line, or YAML or JSON')
    .addOption(
      new Option('--layout <layout>', 'detection: output layout (default: detected)').choices(
        DETECTION_LAYOUTS,
      ),
    )
    .option('--output <name>', 'output to read (default: the first)')
    .option('--size <rows>x<columns>', 'image size, if the graph leaves it open', pictureSize)
    .option('--sound <input>', 'input that takes sound')
    .option(
      '--constant <input>=<numbers>',
      'constant input, e.g. orig_size=640,640; repeatable',
      constant,
      {},
    )
    .option('--licence <spdx>', 'licence of the model, as an SPDX id', 'NOASSERTION')
    .option('--tiles <n>', 'also run on n × n tiles of the frame, 1 to 4', wholeNumber(1, 4))
    .option('--things <n>', 'also run on up to n objects on the table, 0 to 16', wholeNumber(0, 16))
    .option('--batch <n>', 'crops per step, sent to the model together, 1 to 32', wholeNumber(1, 32))
    .option('--replace', 'overwrite an existing manifest')
    .option('--imagenet', 'normalise the input with the ImageNet mean and standard deviation');
}

function pictureSize(text: string): readonly [number, number] {
  const [rows = 0, columns = 0] = /^(\d+)x(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (rows >= 8 && columns >= 8 && rows <= 4096 && columns <= 4096) return [rows, columns];
  throw new InvalidArgumentError('expected rows and columns, such as 480x640');
}

function constant(text: string, before: Readonly<Record<string, number[]>>): Record<string, number[]> {
  const [, name, list] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const numbers = (list ?? '').split(',').map(Number);
  if (name === undefined || !numbers.every(Number.isFinite) || numbers.length > 16) {
    throw new InvalidArgumentError('expected an input and 1 to 16 numbers, such as orig_size=640,640');
  }
  return { ...before, [name]: numbers };
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * Writes the manifest of an exported model.
 * @throws SageError SAGE_901, SAGE_902, SAGE_903, and what `describeModel` throws.
 */
export async function addModel(file: string, options: ModelsOptions): Promise<number> {
  const own = options as AddOptions;
  const settings = modelSettings(options);
  const folder = modelFolder(settings.folder);
  const told = toldBy(file, own);
  if (!manifestSchema.shape.id.safeParse(told.id).success) {
    const from = own.id === undefined ? `cannot derive an id from ${file}; pass --id with` : 'an id has';
    throw new SageError(
      'SAGE_901',
      `--id "${told.id}"`,
      `${from} lower-case letters, digits, dot, dash and underscore`,
    );
  }
  const manifestPath = join(folder, `${told.id}.json`);
  if (existsSync(manifestPath) && !own.replace)
    throw new SageError('SAGE_901', manifestPath, 'it already exists; use --replace or another --id');
  const bytes = read(file);
  const given = { ...(await digested(file)), path: resolve(file), data: await dataOf(file, bytes) };
  const { manifest, found } = await tried(given, bytes, told, settings);
  const path = keep(folder, manifest, given);
  if (options.json) printJson({ id: told.id, manifest: path, graph: manifest.graphs.main, found });
  else
    print(
      `wrote ${path}\n  ${found.join('\n  ')}\nto use it, add to your configuration:\n\n${loopLines(told.id, options)}`,
    );
  return EXIT.done;
}

/** What the configuration needs for the model to run; with the folder, where that stands on the command line alone. */
function loopLines(id: string, options: ModelsOptions): string {
  const given = modelFolder(modelSettings(options).folder);
  const line =
    given === modelFolder(modelSettings({ config: options.config }).folder) ? '' : `  folder: ${given}\n`;
  return `models:\n${line}  adapters: [${id}]`;
}

/** What the model is, and what it takes on this machine: the resource manager counts with it from its first load. */
async function tried(
  file: LoadedFile,
  bytes: Uint8Array,
  told: Told,
  settings: Parameters['models'],
): Promise<Described> {
  const began_ms = performance.now();
  const trial = await ModelTrial.open(settings);
  const start_ms = performance.now() - began_ms;
  try {
    const { manifest, found, loaded } = await describeModel(file, bytes, told, trial);
    const load_ms = loaded.reduce((sum, graph) => sum + graph.load_ms + graph.warm_up_ms, start_ms);
    const probe = await probeLoaded(trial, manifest, settings, loaded, load_ms);
    const measured = `on this machine: ${probeLine(probe)}`;
    try {
      keepProbe(probeFile(settings), probe);
      return { manifest, loaded, found: [...found, measured] };
    } catch (thrown) {
      // A measurement that cannot be kept does not keep the model away.
      return { manifest, loaded, found: [...found, `${measured}; not saved: ${messageOf(thrown)}`] };
    }
  } finally {
    await trial.close();
  }
}

function toldBy(file: string, own: AddOptions): Told {
  const { kind, layout, output, size, sound, tiles, things, batch, licence } = own;
  const constants = Object.keys(own.constant).length > 0 ? own.constant : undefined;
  const pixels = own.imagenet ? IMAGENET : {};
  const adapter = { layout, output, size, constants, tiles, things, batch, ...pixels };
  return {
    id: own.id ?? idOf(file),
    licence,
    ...(kind === undefined ? {} : { kind }),
    ...(sound === undefined ? {} : { sound }),
    ...(own.classes === undefined ? {} : { classes: classNames(own.classes) }),
    adapter: Object.fromEntries(Object.entries(adapter).filter(([, value]) => value !== undefined)),
  };
}

/** The file's name as an id: lower-case letters, digits, dots and dashes. */
function idOf(file: string): string {
  return basename(file)
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '');
}

function read(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > MODEL_BYTES_MAX)
      throw new SageError(
        'SAGE_510',
        file,
        `${size} bytes; the limit for a graph is 2 GB; export the weights to a separate file`,
      );
    return readFileSync(file);
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  }
}

/** A file as a manifest names it. @throws SageError SAGE_902 */
async function digested(path: string): Promise<Pick<LoadedFile, 'sha256' | 'bytes'>> {
  try {
    return await fingerprint(path);
  } catch (thrown) {
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  }
}

/** The weights that lie beside a graph in files of their own. @throws SageError SAGE_510, SAGE_902 */
async function dataOf(file: string, bytes: Uint8Array): Promise<LoadedFile['data']> {
  const other = foreignFormat(bytes);
  if (other !== null) throw new SageError('SAGE_510', file, `not an ONNX file: it is ${other}`);
  const found = [];
  for (const location of externalFilesOf(bytes, file)) {
    const path = join(dirname(resolve(file)), location);
    const remedy = 'export the model again with all weights in one file';
    if (!/^\w[\w.-]*$/.test(location) || found.length >= DATA_FILES_MAX) {
      throw new SageError('SAGE_510', file, `it refers to external data: ${location}; ${remedy}`);
    }
    if (!existsSync(path)) {
      const told = `part of its data is in a second file, ${location}, which is missing; copy that file next to it`;
      throw new SageError('SAGE_510', file, told);
    }
    found.push({ path, ...(await digested(path)) });
  }
  return found.length === 0 ? undefined : found;
}

/**
 * Puts files and manifest into the folder: each is whole when it gets its name, and the manifest comes last, so that a
 * running node never sees half of it. @throws SageError SAGE_903; nothing half done stays then
 */
function keep(folder: string, manifest: ModelManifest, { path: file, data = [] }: LoadedFile): string {
  const path = join(folder, `${manifest.id}.json`);
  const own = join(folder, manifest.id);
  const copies = [
    { from: file, to: join(own, `${manifest.id}.onnx`) },
    ...data.map((each) => ({ from: each.path, to: join(own, basename(each.path)) })),
  ];
  const drafts = [...copies.map(({ to }) => `${to}.part`), `${path}.part`];
  try {
    mkdirSync(own, { recursive: true });
    for (const { from, to } of copies) copyFileSync(from, `${to}.part`);
    writeFileSync(`${path}.part`, `${JSON.stringify(manifest, null, 2)}\n`);
    for (const { to } of copies) renameSync(`${to}.part`, to);
    renameSync(`${path}.part`, path);
  } catch (thrown) {
    for (const draft of drafts) rmSync(draft, { force: true });
    throw new SageError('SAGE_903', path, messageOf(thrown), { cause: thrown });
  }
  return path;
}
