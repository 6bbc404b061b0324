import { join } from 'node:path';
import { projectRoot } from '../scripts/env.mjs';

/** `npm test` runs the tests compiled (scripts/test/compile.mjs), `npx mocha` as they stand. */
const compiled = import.meta.url.endsWith('.js');

/** What Node needs to run a {@link programPath}: nothing where the tests are compiled, else tsx. */
export const loaderArguments: readonly string[] = compiled ? [] : ['--import', 'tsx'];

/**
 * The file to start for a program of the sources or the tests. It runs the way the tests themselves do, so that none of
 * them spends its time on compiling.
 * @param file from the repository's root: `src/….ts` or `test/….ts`
 */
export function programPath(file: string): string {
  if (!compiled) return join(projectRoot, file);
  const script = file.replace(/\.ts$/, '.js');
  return join(projectRoot, script.startsWith('src/') ? script.replace('src', 'dist') : `dist-test/${script}`);
}

/** Node's arguments that start such a program. */
export const programArguments = (file: string): string[] => [...loaderArguments, programPath(file)];
