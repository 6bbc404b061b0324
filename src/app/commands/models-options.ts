import { resolve } from 'node:path';
import type { Parameters } from '../../contracts/parameters/index.js';
import { loadParameters } from '../config.js';

export interface ModelsOptions {
  readonly json?: boolean;
  readonly config: readonly string[];
  readonly folder?: string;
}

/** The folder and settings that the options name. A folder of the command line begins where the command is called. */
export function modelSettings({ config, folder }: ModelsOptions): Parameters['models'] {
  const { models } = loadParameters(config);
  return folder === undefined ? models : { ...models, folder: resolve(folder) };
}
