import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import { RESOURCES } from '../contracts/irp.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { checkPlugin } from '../irp/index.js';
import type { Extension } from './compose.js';

const call = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function');

const text = z.string().min(1).max(500);

/** What a module must export as `extension(parameters)`; what it declares is checked as the runner checks it. */
const shape = z.object({
  plugin: z.looseObject({
    id: z.string().min(1).max(64),
    declaration: z.object({
      state_space: text,
      noise_model: text,
      energy: text,
      coherence_contribution: text,
    }),
    resource: z.enum(RESOURCES),
    cost: z.object({ init_atp: z.number(), step_atp: z.number() }),
    limits: z.looseObject({ max_steps: z.number(), deadline_ms: z.number() }),
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
 * @throws SageError SAGE_608 for a module that cannot be loaded or returns something else, SAGE_607 for a plugin whose
 * declaration is impossible.
 */
export async function loadExtensions(parameters: Parameters): Promise<readonly Extension[]> {
  const loaded: Extension[] = [];
  for (const path of parameters.node.plugins) {
    try {
      const file = isAbsolute(path) ? path : resolve(process.cwd(), path);
      if (!existsSync(file)) throw new Error('no such file');
      const module: { extension?: unknown } = await import(pathToFileURL(file).href);
      if (typeof module.extension !== 'function') throw new Error('it exports no function "extension"');
      const made: unknown = module.extension(parameters);
      const checked = shape.safeParse(made);
      if (!checked.success) throw new Error(z.prettifyError(checked.error));
      if (checked.data.plugin.id !== checked.data.faculty.plugin)
        throw new Error('plugin.id and faculty.plugin differ');
      const extension = made as Extension;
      checkPlugin(extension.plugin);
      loaded.push(extension);
    } catch (thrown) {
      if (thrown instanceof SageError) throw thrown;
      throw new SageError('SAGE_608', path, messageOf(thrown), { cause: thrown });
    }
  }
  return loaded;
}
