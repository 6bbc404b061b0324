import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** How a model host is started. Another one may stand here, if it speaks the same frames. */
export interface HostLaunch {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The host in Node. From `dist/` it is compiled JavaScript; run from the sources (tests, `tsx`), the child needs the
 * same loader as its parent.
 */
export function nodeHost(): HostLaunch {
  const compiled = !import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`./host/main.${compiled ? 'js' : 'ts'}`, import.meta.url));
  const loader = compiled ? [] : ['--import', createRequire(import.meta.url).resolve('tsx')];
  return { command: process.execPath, args: [...loader, main] };
}
