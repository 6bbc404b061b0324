import { messageOf, SageError } from '../contracts/errors.js';
import { type Parameters, parametersSchema } from '../contracts/parameters/index.js';
import { ONCE } from '../contracts/parse-once.js';
import { yaml } from '../replay/yaml.js';
import { parameterLeaves } from './config.js';
import { checkValue } from './config-value.js';
import { nearestKey } from './nearest.js';

/**
 * Lays settings of a command line, `key=value` with the value as YAML, over parameters.
 * @throws SageError SAGE_901 no `key=value`, SAGE_101 unknown key, SAGE_102 or 104 a value that does not fit.
 */
export function withSettings(parameters: Parameters, settings: readonly string[]): Parameters {
  if (settings.length === 0) return parameters;
  const leaves = new Map(parameterLeaves().map((leaf) => [leaf.path, leaf]));
  const groups = structuredClone(parameters) as unknown as Record<string, Record<string, unknown>>;
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const key = setting.slice(0, at).trim();
    if (at <= 0) throw new SageError('SAGE_901', `--set ${setting}`, 'expected key=value');
    const leaf = leaves.get(key);
    if (leaf === undefined) {
      const near = nearestKey(key, [...leaves.keys()]);
      const hint = near === null ? '' : `; the nearest is ${near}`;
      throw new SageError('SAGE_101', `--set ${setting}`, `'${key}' is not a parameter${hint}`);
    }
    const value = settingValue(setting, setting.slice(at + 1));
    const problem = checkValue(leaf, value);
    if (problem !== null) throw new SageError(problem.code, `--set ${setting}`, problem.text);
    const [group = '', name = ''] = key.split('.');
    groups[group] = { ...groups[group], [name]: value };
  }
  return parametersSchema.parse(groups, ONCE);
}

function settingValue(setting: string, text: string): unknown {
  try {
    return yaml().parse(text);
  } catch (thrown) {
    throw new SageError('SAGE_104', `--set ${setting}`, messageOf(thrown), { cause: thrown });
  }
}
