import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { type DocsPage, generatedPages } from '../docs.js';
import { EXIT, print, printJson } from '../output.js';
import { packageRoot } from '../root.js';

/**
 * Writes the generated pages that differ. With `check` nothing is written.
 * @throws SageError SAGE_905 with `check`, naming the pages that differ
 */
export async function runDocs(
  options: { readonly check?: boolean; readonly json?: boolean },
  root = packageRoot,
): Promise<number> {
  const stale = generatedPages().filter((page) => textOf(join(root, page.path)) !== page.text);
  if (options.check && stale.length > 0) {
    throw new SageError('SAGE_905', paths(stale), 'what the schemas say now is not on the page');
  }
  for (const page of stale) {
    mkdirSync(dirname(join(root, page.path)), { recursive: true });
    writeFileSync(join(root, page.path), page.text);
  }
  if (options.json) printJson({ written: options.check ? [] : stale.map(({ path }) => path) });
  else print(stale.length === 0 ? 'all pages are up to date' : `wrote ${paths(stale)}`);
  return EXIT.done;
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

function paths(pages: readonly DocsPage[]): string {
  return pages.map(({ path }) => path).join(', ');
}
