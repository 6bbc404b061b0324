import { resolve } from 'node:path';
import type { Parameters } from '../../contracts/parameters/index.js';
import { loadParameters } from '../config.js';

/** Of commands that ask the running node alone. */
export interface LiveOptions {
  readonly json?: boolean;
}

export interface ModelsOptions extends LiveOptions {
  readonly config: readonly string[];
  readonly folder?: string;
}

/** The folder and settings that the options name. A folder of the command line begins where the command is called. */
export function modelSettings({ config, folder }: ModelsOptions): Parameters['models'] {
  const { models } = loadParameters(config);
  return folder === undefined ? models : { ...models, folder: resolve(folder) };
}
