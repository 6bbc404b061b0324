import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { generatedPages } from '../docs.js';
import { EXIT, print, printJson } from '../output.js';
import { packageRoot } from '../root.js';

/** Writes the generated pages that differ, or with `--check` only says so. @throws SageError SAGE_905 */
export async function runDocs(options: {
  readonly check?: boolean;
  readonly json?: boolean;
}): Promise<number> {
  const written = updatePages(packageRoot, options.check ?? false);
  if (options.json) printJson({ written });
  else print(written.length === 0 ? 'all pages are up to date' : `wrote ${written.join(', ')}`);
  return EXIT.done;
}

/**
 * Writes the generated pages that differ below `root`, and gives back their paths. With `check` nothing is written.
 * @throws SageError SAGE_905 with `check`, naming the pages that differ
 */
export function updatePages(root: string, check: boolean): string[] {
  const stale = generatedPages().filter((page) => textOf(join(root, page.path)) !== page.text);
  const paths = stale.map(({ path }) => path);
  if (check && stale.length > 0) {
    throw new SageError('SAGE_905', paths.join(', '), 'it does not match the schemas');
  }
  for (const page of stale) {
    mkdirSync(dirname(join(root, page.path)), { recursive: true });
    writeFileSync(join(root, page.path), page.text);
  }
  return paths;
}

/** The page as it stands; empty where there is none. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw thrown;
  }
}
