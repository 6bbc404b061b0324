import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_FORMAT, LOG_VERSION, type LogHeader, type LogModel } from '../../contracts/log.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { discoverManifests, modelFolder } from '../../models/index.js';
import { encodeValue } from '../../replay/log-value.js';
import { packageRoot } from '../root.js';

/**
 * Groups that say how and where SAGE runs, not what it decides: inference threads, folders, time-outs, the simulated
 * world. They may differ between two runs whose logs are the same; what models are is told by their hashes.
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
    source: inputs.source,
    costs: inputs.costs,
    inputs: inputs.inputs,
    ...(inputs.clock === undefined ? {} : { clock: inputs.clock }),
    seed: inputs.parameters.kernel.seed,
    config_hash: createHash('sha256').update(JSON.stringify(parameters)).digest('hex'),
    parameters,
    models: modelsOf(inputs.parameters),
    plugins: [...inputs.plugins],
    bag: inputs.bag,
    topics: inputs.topics,
  };
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

function modelsOf(parameters: Parameters): LogModel[] {
  const { manifests } = discoverManifests(modelFolder(parameters.models.folder));
  return manifests.map(({ id, version: of, files }) => ({
    id,
    version: of,
    sha256: Object.fromEntries(
      files
        .map(({ name, precision, sha256 }) => [`${name}.${precision}`, sha256] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }));
}

function version(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return String((JSON.parse(text) as { version: string }).version);
}
