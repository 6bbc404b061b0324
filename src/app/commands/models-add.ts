import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { messageOf, SageError } from '../../contracts/errors.js';
import { createModelHost, type ModelManifest, modelFolder, parseManifest } from '../../models/index.js';
import { EXIT, print, printJson } from '../output.js';
import { type ModelsOptions, modelSettings } from './models-options.js';

const KINDS = ['classification', 'detection', 'segmentation', 'embedding'] as const;
const LAYOUTS = ['yolov5', 'yolov8'] as const;

interface AddOptions extends ModelsOptions {
  readonly kind: (typeof KINDS)[number];
  readonly id?: string;
  readonly classes?: string;
  readonly layout?: (typeof LAYOUTS)[number];
  readonly licence: string;
  readonly tiles?: string;
  readonly things?: string;
  readonly batch?: string;
  readonly imagenet?: boolean;
  readonly replace?: boolean;
}

/** What `sage models add` takes. */
export function defineAdd(command: Command): Command {
  return command
    .description('Copy an ONNX file into the folder and write its manifest, so that it can become a plugin.')
    .argument('<file>', 'the exported model, all of its data in the file')
    .addOption(new Option('--kind <kind>', 'what kind of model it is').choices(KINDS).makeOptionMandatory())
    .option('--id <id>', 'name of the model; by default that of the file')
    .option('--classes <file>', 'names of the classes, one per line')
    .addOption(new Option('--layout <layout>', 'detection: what its output looks like').choices(LAYOUTS))
    .option('--licence <spdx>', 'licence of the model', 'NOASSERTION')
    .option('--tiles <n>', 'further looks at n × n parts of the frame, 1 to 4')
    .option('--things <n>', 'further looks at n of the things on the table at most, 0 to 16')
    .option('--batch <n>', 'looks of one step, which go to the model together, 1 to 32')
    .option('--replace', 'write over a manifest of this name')
    .option('--imagenet', 'its input is normalised with the mean and spread of ImageNet');
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Writes the manifest of an exported model. @throws SageError SAGE_901, SAGE_902, SAGE_503, SAGE_510, SAGE_903 */
export async function addModel(file: string, options: ModelsOptions): Promise<number> {
  const own = options as AddOptions;
  const folder = modelFolder(modelSettings(options).folder);
  const bytes = read(file);
  const id =
    own.id ??
    basename(file)
      .replace(/\.onnx$/i, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '-');
  const manifestPath = join(folder, `${id}.json`);
  if (existsSync(manifestPath) && !own.replace)
    throw new SageError('SAGE_901', manifestPath, 'it is there already; give --replace, or another --id');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const host = createModelHost({ parameters: modelSettings(options), manifests: [] });
  try {
    const graph = await host.inspect({ path: file, sha256, bytes: bytes.byteLength });
    const manifest = parseManifest(
      {
        id,
        version: '1',
        task: own.kind,
        licence: own.licence,
        capabilities: ['vision', own.kind],
        files: [{ name: 'main', path: `${id}/${id}.onnx`, sha256, bytes: bytes.byteLength }],
        graphs: { main: graph },
        modalities: { vision: graph.inputs[0]?.name },
        ...(own.classes === undefined ? {} : { classes: classNames(own.classes) }),
        adapter: {
          kind: own.kind,
          ...(own.layout === undefined ? {} : { layout: own.layout }),
          ...(own.tiles === undefined ? {} : { tiles: Number(own.tiles) }),
          ...(own.things === undefined ? {} : { things: Number(own.things) }),
          ...(own.batch === undefined ? {} : { batch: Number(own.batch) }),
          ...(own.imagenet ? IMAGENET : {}),
        },
      },
      `the manifest of ${file}`,
    );
    const path = keep(folder, manifest, file);
    if (options.json) printJson({ id, manifest: path, graph });
    else print(`wrote ${path}\nto have it in the loop:\n\nmodels:\n  adapters: [${id}]`);
    return EXIT.done;
  } finally {
    await host.close();
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  }
}

function classNames(file: string): string[] {
  return read(file)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function keep(folder: string, manifest: ModelManifest, file: string): string {
  const path = join(folder, `${manifest.id}.json`);
  try {
    mkdirSync(join(folder, manifest.id), { recursive: true });
    copyFileSync(file, join(folder, manifest.id, `${manifest.id}.onnx`));
    // Last, so that a running node sees the manifest only when its file is there.
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  } catch (thrown) {
    throw new SageError('SAGE_903', path, messageOf(thrown), { cause: thrown });
  }
  return path;
}
