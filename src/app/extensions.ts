import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Extension } from './compose.js';

const call = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function');

/** What a module must export as `extension(parameters)`; the plugin itself is checked again by the runner. */
const shape = z.object({
  plugin: z.looseObject({
    id: z.string().min(1).max(64),
    initState: call,
    energy: call,
    step: call,
    project: call,
    answer: call,
  }),
  faculty: z.looseObject({ plugin: z.string(), offer: call, integrate: call }),
});

/**
 * Loads the plugins that `node.plugins` names: ES modules with a function `extension(parameters)` that returns a
 * plugin and the faculty that ties it to the cycle. Relative paths begin where the node was started.
 * @throws SageError SAGE_608 for a module that cannot be loaded or returns something else.
 */
export async function loadExtensions(parameters: Parameters): Promise<readonly Extension[]> {
  const loaded: Extension[] = [];
  for (const path of parameters.node.plugins) {
    try {
      const file = isAbsolute(path) ? path : resolve(process.cwd(), path);
      const module: { extension?: unknown } = await import(pathToFileURL(file).href);
      if (typeof module.extension !== 'function') throw new Error('it exports no function "extension"');
      const made: unknown = module.extension(parameters);
      const checked = shape.safeParse(made);
      if (!checked.success) throw new Error(z.prettifyError(checked.error));
      if (checked.data.plugin.id !== checked.data.faculty.plugin)
        throw new Error('plugin.id and faculty.plugin differ');
      loaded.push(made as Extension);
    } catch (thrown) {
      throw new SageError('SAGE_608', path, messageOf(thrown), { cause: thrown });
    }
  }
  return loaded;
}
