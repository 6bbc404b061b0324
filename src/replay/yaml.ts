import { oneFile } from '../contracts/one-file.js';

type Yaml = typeof import('yaml');

let loaded: Yaml | null = null;

/** The parser of YAML. Its seventy files are loaded when something is YAML, which most of what is replayed is not. */
export function yaml(): Yaml {
  loaded ??= oneFile('yaml') as Yaml;
  return loaded;
}
