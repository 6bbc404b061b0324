import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread: compiled, or from the sources, in tests; then it needs the same loader as this process.
 * @param beside `import.meta.url` of a module in the folder of the thread's own
 * @param name of the module that the thread begins with, without its ending
 * @param setup what the thread finds as its `workerData`
 */
export function startWorker<Setup>(beside: string, name: string, setup: Setup): Worker {
  if (!beside.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, beside), { workerData: setup });
  const loader = createRequire(beside).resolve('tsx/cjs/api');
  const entry = fileURLToPath(new URL(`./${name}.ts`, beside));
  const code = `require(${JSON.stringify(loader)}).register(); require(${JSON.stringify(entry)});`;
  return new Worker(code, { eval: true, workerData: setup });
}
