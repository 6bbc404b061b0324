import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_FORMAT, LOG_VERSION, type LogHeader, type LogModel } from '../../contracts/log.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { discoverManifests, type ModelManifest, modelFolder } from '../../models/index.js';
import { encodeValue } from '../../replay/log-value.js';
import { buildOf } from '../build.js';
import { packageRoot } from '../root.js';

/**
 * Groups that say how and where SAGE runs, not what it decides: inference threads, folders, time-outs, the simulated
 * world. They may differ between two runs whose logs are the same; models are identified by their hashes.
 */
const RUN_ONLY: ReadonlySet<string> = new Set(['models', 'sim']);
/** What of such a group decides all the same: the name in the log, and which files of the models compute. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  node: ['robot_id'],
  models: ['precision', 'adapters'],
};

export interface HeaderInputs {
  readonly parameters: Parameters;
  readonly plugins: readonly string[];
  readonly source: LogHeader['source'];
  readonly costs: LogHeader['costs'];
  readonly inputs: LogHeader['inputs'];
  readonly clock?: LogHeader['clock'];
  readonly bag: LogHeader['bag'];
  readonly topics: LogHeader['topics'];
}

/** The header of a run's log. */
export function headerOf(inputs: HeaderInputs): LogHeader {
  const parameters = deciding(inputs.parameters);
  return {
    kind: 'header',
    format: LOG_FORMAT,
    version: LOG_VERSION,
    sage: version(),
    build: buildOf(inputs.parameters.node.plugins),
    source: inputs.source,
    costs: inputs.costs,
    inputs: inputs.inputs,
    ...(inputs.clock === undefined ? {} : { clock: inputs.clock }),
    seed: inputs.parameters.kernel.seed,
    config_hash: hashOf(parameters),
    parameters,
    models: modelsOf(inputs.parameters),
    plugins: [...inputs.plugins],
    bag: inputs.bag,
    topics: inputs.topics,
  };
}

/** The header of a live run, whose log holds its inputs. `topics`: those that the node hears. */
export function liveHeader(
  parameters: Parameters,
  plugins: readonly string[],
  topics: LogHeader['topics'],
): LogHeader {
  return headerOf({
    parameters,
    plugins,
    source: 'live',
    costs: 'measured',
    inputs: 'values',
    bag: null,
    topics,
  });
}

/** The header with the parameters that are in force now. */
export function withParameters(header: LogHeader, inForce: Parameters): LogHeader {
  const parameters = deciding(inForce);
  return { ...header, seed: inForce.kernel.seed, config_hash: hashOf(parameters), parameters };
}

function hashOf(parameters: object): string {
  return createHash('sha256').update(JSON.stringify(parameters)).digest('hex');
}

/** The parameters that decide, in the order of their schema. */
export function deciding(parameters: Parameters): Record<string, Record<string, unknown>> {
  const kept: Record<string, Record<string, unknown>> = {};
  for (const [group, values] of Object.entries(parameters)) {
    const own = KEPT[group];
    if (RUN_ONLY.has(group) && own === undefined) continue;
    const entries = Object.entries(values).filter(([name]) => own === undefined || own.includes(name));
    kept[group] = encodeValue(Object.fromEntries(entries), group) as Record<string, unknown>;
  }
  return kept;
}

/** What models there are, by what they compute. */
export function modelsOf(parameters: Parameters): LogModel[] {
  const { manifests } = discoverManifests(modelFolder(parameters.models.folder));
  return manifests.map((manifest) => ({
    id: manifest.id,
    version: manifest.version,
    sha256: hashesOf(manifest),
    manifest: createHash('sha256').update(JSON.stringify(manifest)).digest('hex'),
  }));
}

/** sha256 of each file of a model, by graph and precision; sorted. */
export function hashesOf({ files }: Pick<ModelManifest, 'files'>): LogModel['sha256'] {
  return Object.fromEntries(
    files
      .map(({ name, precision, sha256 }) => [`${name}.${precision}`, sha256] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Of this package. */
export function version(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return String((JSON.parse(text) as { version: string }).version);
}
