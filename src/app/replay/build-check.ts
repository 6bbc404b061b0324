import { type Fault, fault } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { span } from '../../contracts/readable.js';
import { buildOf } from '../build.js';
import { modelsInUse } from '../model-demand.js';
import { modelsOf, version } from './log-header.js';
import type { RecordedRun } from './recorded-run.js';

/** A recording that begins this long after the first cycle has missed nothing that is learned, ms. */
const LATE_MS = 500;
const SHORT = 10;

/** What differs from the run being replayed: the code, or models that it uses (SAGE_1028). */
export function buildWarnings(
  before: LogHeader,
  parameters: Parameters,
  exchanged: readonly string[],
): Fault[] {
  const now = { sage: version(), build: buildOf(parameters.node.plugins) };
  const code =
    before.sage === now.sage && before.build?.code === now.build.code
      ? []
      : [fault('SAGE_1028', 'code', `${codeOf(before)} then, ${codeOf(now)} now`)];
  return [...code, ...modelWarnings(before, parameters, exchanged)];
}

function codeOf({ sage, build }: Pick<LogHeader, 'sage' | 'build'>): string {
  if (build === undefined) return `SAGE ${sage}, build not named in its log`;
  const commit = build.commit === null ? '' : `commit ${build.commit.slice(0, SHORT)}, `;
  return `SAGE ${sage} (${commit}code ${build.code.slice(0, SHORT)})`;
}

function modelWarnings(before: LogHeader, parameters: Parameters, exchanged: readonly string[]): Fault[] {
  const here = new Map(modelsOf(parameters).map((model) => [model.id, model]));
  const then = new Map(before.models.map((model) => [model.id, model]));
  return [...new Set([...modelsInUse(parameters), ...exchanged])].flatMap((id) => {
    const [mine, theirs] = [here.get(id), then.get(id)];
    if (theirs === undefined) return [];
    if (mine === undefined) return [fault('SAGE_1028', `model ${id}`, `${theirs.version} then, none now`)];
    const same =
      JSON.stringify(mine.sha256) === JSON.stringify(theirs.sha256) &&
      (theirs.manifest === undefined || mine.manifest === theirs.manifest);
    if (same) return [];
    const versions =
      mine.version === theirs.version ? mine.version : `${theirs.version} then, ${mine.version}`;
    return [fault('SAGE_1028', `model ${id}`, `${versions} now, with other files or another manifest`)];
  });
}

/** Plugins of the user that ran then and do not now, or the other way round (SAGE_1028). */
export function pluginWarnings(before: LogHeader | null, plugins: readonly string[]): Fault[] {
  if (before === null) return [];
  const missing = before.plugins.filter((id) => !plugins.includes(id));
  const more = plugins.filter((id) => !before.plugins.includes(id));
  return [
    ...missing.map((id) =>
      fault('SAGE_1028', `plugin ${id}`, 'it was loaded in the run; load it with node.plugins'),
    ),
    ...more.map((id) => fault('SAGE_1028', `plugin ${id}`, 'it was not loaded in the run')),
  ];
}

/** Whether a bag holds the whole of a run (SAGE_1029): what the mind learned before it is not in it. */
export function partWarnings({ begun_ms, again_ms }: RecordedRun, begin_ms: number): Fault[] {
  const late_ms = begin_ms - begun_ms;
  const late =
    late_ms <= LATE_MS
      ? []
      : [
          fault(
            'SAGE_1029',
            'run',
            `${span(late_ms)} after its first cycle; trust, habituation, memories, beliefs and energy start from scratch here`,
          ),
        ];
  const again = again_ms.map((at_ms) => {
    const after = span(at_ms - begun_ms);
    return fault(
      'SAGE_1029',
      'run',
      `its node was started again ${after} later; this replay carries on without a restart`,
    );
  });
  return [...late, ...again];
}
