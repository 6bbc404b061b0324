import { Command, CommanderError } from 'commander';
import { type Fault, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  bytesOfAll,
  discoverManifests,
  estimateMb,
  keepProbe,
  type ModelManifest,
  modelFolder,
  noManifest,
  type Probe,
  type Pulled,
  probeFile,
  probeKey,
  probeModel,
  pullModel,
  readProbes,
  verifyModel,
} from '../../models/index.js';
import { splitRosArguments } from '../arguments.js';
import { HELP } from '../help.js';
import { EXIT, errorJson, print, printJson, report } from '../output.js';
import { addModel, defineAdd } from './models-add.js';
import { type BlocksOptions, listBlocks } from './models-blocks.js';
import { askLive, listLive } from './models-live.js';
import { type LiveOptions, type ModelsOptions, modelSettings } from './models-options.js';
import { probeLine, table } from './models-text.js';
import { megabytes, ProgressLines } from './pull-progress.js';
import { collect } from './up-options.js';

/** `sage models`: the models in the folder, and those of a running node. */
export async function runModels(argv: readonly string[]): Promise<number> {
  const { own, ros } = splitRosArguments(argv);
  let code: number = EXIT.done;
  const done = (result: number): void => {
    code = result;
  };
  const program = new Command('sage models')
    .description('Manage the models in the model folder and those of a running node.')
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({ writeErr: () => {} });
  defineOffline(program, ros, done);
  defineLive(program, ros, done);
  try {
    await program.parseAsync([...own], { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return EXIT.done;
    const names = program.commands.map((command) => command.name()).join(', ');
    const detail =
      thrown.code === 'commander.help'
        ? `no command given; choose one of ${names}`
        : thrown.message.replace(/^error: /, '').replace(/\.$/, '');
    const named = program.commands.find((command) => command.name() === own[0]);
    const where = named === undefined ? 'sage models' : `sage models ${named.name()}`;
    throw new SageError('SAGE_901', where, detail, { cause: thrown });
  }
}

/** What every subcommand has. */
function bare(command: Command, example: string): Command {
  return command
    .option('--json', 'print one line of JSON')
    .addHelpText('after', `\nExample: ${example}`)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** What those have that look into the folder themselves. */
function common(command: Command, example: string): Command {
  return bare(command, example)
    .option('--config <file>', 'configuration file with the models.* parameters; repeatable', collect, [])
    .option('--folder <folder>', 'folder of manifests (default: models.folder)');
}

function defineOffline(program: Command, ros: readonly string[], done: (code: number) => void): void {
  common(program.command('list'), 'sage models list --live')
    .description('List the models, or with --live what the running node has loaded and why.')
    .option('--live', 'ask the running node')
    .action(async (options: ModelsOptions & { live?: boolean }) => {
      done(options.live ? await listLive(options, ros) : list(options));
    });
  common(program.command('verify'), 'sage models verify vision-refiner')
    .description('Check model files against their manifests.')
    .argument('[id...]', 'model ids (default: all)')
    .action(async (ids: string[], options: ModelsOptions) => done(await verify(ids, options)));
  common(program.command('probe'), 'sage models probe vision-refiner --json')
    .description('Measure memory and latency on this machine; the memory budget uses the results.')
    .argument('[id...]', 'model ids (default: all)')
    .action(async (ids: string[], options: ModelsOptions) => done(await probe(ids, options)));
  common(program.command('blocks'), 'sage models blocks')
    .description('Show which models each perception.block setting would run, and their memory.')
    .option('--load', 'load the models and measure their memory instead of estimating it')
    .action(async (options: BlocksOptions) => done(await listBlocks(options)));
  common(program.command('pull'), 'sage models pull my-large-model')
    .description('Download files that manifests name by url; resumes interrupted downloads.')
    .argument('[id...]', 'model ids (default: all)')
    .action(async (ids: string[], options: ModelsOptions) => done(await pull(ids, options)));
  defineAdd(
    common(program.command('add'), 'sage models add resnet18.onnx --classes imagenet.txt --imagenet'),
  ).action(async (file: string, options: ModelsOptions) => done(await addModel(file, options)));
}

function defineLive(program: Command, ros: readonly string[], done: (code: number) => void): void {
  const ask = async (action: 'load' | 'unload' | 'swap', id: string, to: string, options: LiveOptions) =>
    done(await askLive(action, id, to, options, ros));
  bare(program.command('load'), 'sage models load my-model')
    .description('Load a model in the running node.')
    .argument('<id>', 'model id')
    .action((id: string, options: LiveOptions) => ask('load', id, '', options));
  bare(program.command('unload'), 'sage models unload my-model')
    .description('Unload a model in the running node.')
    .argument('<id>', 'model id')
    .action((id: string, options: LiveOptions) => ask('unload', id, '', options));
  bare(program.command('swap'), 'sage models swap vision-refiner vision-refiner-coarse')
    .description('Make the running node use one model in place of another.')
    .argument('<id>', 'model to replace')
    .argument('<to>', 'model to use instead')
    .action((id: string, to: string, options: LiveOptions) => ask('swap', id, to, options));
}

/**
 * Does something with the models named, or all of the folder, in turn. A model that fails, or a manifest that is none, is
 * told of on standard error and does not keep the others.
 * @returns what failed
 * @throws SageError SAGE_512, SAGE_501, SAGE_503 of one that was named
 */
async function withEach(
  ids: readonly string[],
  settings: Parameters['models'],
  act: (manifest: ModelManifest, folder: string) => Promise<void>,
): Promise<readonly object[]> {
  const folder = modelFolder(settings.folder);
  const found = discoverManifests(folder);
  const { manifests } = found;
  for (const id of ids) if (!manifests.some((each) => each.id === id)) throw noManifest(folder, id, found);
  const failed: object[] = [];
  const tell = (error: SageError): void => {
    failed.push(errorJson(error));
    report(error, false);
  };
  for (const manifest of manifests) {
    if (ids.length > 0 && !ids.includes(manifest.id)) continue;
    try {
      await act(manifest, folder);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      tell(thrown);
    }
  }
  if (ids.length === 0) for (const fault of found.faults) tell(SageError.of(fault));
  return failed;
}

const exitOf = (failed: readonly object[]): number => (failed.length === 0 ? EXIT.done : EXIT.failed);

function list(options: ModelsOptions): number {
  const settings = modelSettings(options);
  const folder = modelFolder(settings.folder);
  const { manifests, faults } = discoverManifests(folder);
  const probes = new Map(readProbes(probeFile(settings)).map((each) => [each.key, each]));
  const rows = manifests.map((manifest) => ({
    id: manifest.id,
    version: manifest.version,
    task: manifest.task,
    licence: manifest.licence,
    family: manifest.family ?? '',
    capabilities: manifest.capabilities ?? [],
    adapter: manifest.adapter?.kind ?? '',
    bytes: manifest.files.reduce((sum, file) => sum + bytesOfAll(file), 0),
    probe: probes.get(probeKey(manifest, settings)) ?? null,
    estimate_mb: estimateMb(manifest),
  }));
  if (options.json) printJson({ folder, models: rows, faults });
  else {
    const texts = rows.map((row) => [
      row.id,
      row.version,
      row.task,
      megabytes(row.bytes),
      row.probe === null ? `~${row.estimate_mb.toFixed(0)} MB, not measured` : probeLine(row.probe),
    ]);
    print(table(['model', 'version', 'task', 'files', 'on this machine'], texts));
    for (const { code, where, text } of faults) print(`${code} ${where}: ${text}`);
  }
  return faults.length === 0 ? EXIT.done : EXIT.failed;
}

async function verify(ids: readonly string[], options: ModelsOptions): Promise<number> {
  const settings = modelSettings(options);
  const results: { readonly id: string; readonly ok: boolean; readonly faults: readonly Fault[] }[] = [];
  const failed = await withEach(ids, settings, async (manifest, folder) => {
    const faults = await verifyModel(folder, manifest);
    results.push({ id: manifest.id, ok: faults.length === 0, faults });
    if (options.json) return;
    const told = faults.map(({ code, where, text }) => `${code} ${where}: ${text}`).join('; ');
    print(`${manifest.id}: ${told || 'all files match the manifest'}`);
  });
  const good = failed.length === 0 && results.every(({ ok }) => ok);
  if (options.json) printJson({ ok: good, models: results, failed });
  return good ? EXIT.done : EXIT.failed;
}

async function probe(ids: readonly string[], options: ModelsOptions): Promise<number> {
  const settings = modelSettings(options);
  const file = probeFile(settings);
  const probes: Probe[] = [];
  const failed = await withEach(ids, settings, async (manifest) => {
    const measured = await probeModel(manifest, settings);
    keepProbe(file, measured);
    probes.push(measured);
    if (!options.json) print(`${manifest.id}: ${probeLine(measured)}`);
  });
  if (options.json) printJson({ probes, file, failed });
  return exitOf(failed);
}

async function pull(ids: readonly string[], options: ModelsOptions): Promise<number> {
  const lines = new ProgressLines(process.stderr);
  const results: { readonly id: string; readonly files: readonly Pulled[] }[] = [];
  // Models may share files.
  const told = new Set<string>();
  const failed = await withEach(ids, modelSettings(options), async (manifest, folder) => {
    const files = await pullModel(folder, manifest, (progress) => lines.tell(progress));
    results.push({ id: manifest.id, files });
    for (const { path, state } of files) {
      if (!options.json && !told.has(path)) print(`${path}: ${state}`);
      told.add(path);
    }
  });
  if (options.json) printJson({ models: results, failed });
  return exitOf(failed);
}
