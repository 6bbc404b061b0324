import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package: the one that holds src/, dist/, config/ and launch/. */
export const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
