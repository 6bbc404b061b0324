import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Parameters } from '../contracts/parameters/index.js';
import { bytesOfAll, type ModelFile } from './manifest.js';

/** How a model host is started. Another one may stand here, if it speaks the same frames. */
export interface HostLaunch {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Memory of tensors is collected on the thread that runs them: helpers of the collector would compete with it for the
 * cores, and with the cycle. Two busy hosts on two cores run an eighth more this way.
 */
const NODE_FLAGS = ['--single-threaded-gc'];

/** Node 20 has `ArrayBuffer.prototype.transfer` behind a flag, which later versions need not and may not know. */
const TRANSFER_FLAGS = 'transfer' in ArrayBuffer.prototype ? [] : ['--harmony-rab-gsab-transfer'];

/**
 * The host in Node. From `dist/` it is compiled JavaScript; run from the sources (tests, `tsx`), the child needs the
 * same loader as its parent.
 */
export function nodeHost(): HostLaunch {
  const compiled = !import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`./host/main.${compiled ? 'js' : 'ts'}`, import.meta.url));
  const loader = compiled ? [] : ['--import', createRequire(import.meta.url).resolve('tsx')];
  return { command: process.execPath, args: [...NODE_FLAGS, ...TRANSFER_FLAGS, ...loader, main] };
}

/** The host in Python, from the sources in any case: it is not compiled. */
export function pythonHost(python: string): HostLaunch {
  const main = fileURLToPath(new URL('../../src/models/host/host.py', import.meta.url));
  return { command: python || process.env.SAGE_PYTHON_ORT || 'python3', args: ['-u', main] };
}

/** The host that the parameters ask for. */
export function hostLaunch({ host, python }: Pick<Parameters['models'], 'host' | 'python'>): HostLaunch {
  return host === 'python' ? pythonHost(python) : nodeHost();
}

/** Whether loading a model may mean that TensorRT builds an engine for it. */
export function buildsEngines(parameters: Parameters['models'], known: readonly string[]): boolean {
  return parameters.providers.includes('tensorrt') && known.includes('tensorrt');
}

/**
 * Time that files may take to load, ms, in a host that knows these providers: they have to be read, and hashed, whole.
 * @param files with the bytes of each, and of the weights beside it
 */
export function loadLimitMs(
  parameters: Parameters['models'],
  known: readonly string[],
  files: readonly Pick<ModelFile, 'bytes' | 'data'>[],
): number {
  const { load_timeout_ms, load_mb_per_s, tensorrt_build_s } = parameters;
  const bytes = files.reduce((sum, file) => sum + bytesOfAll(file), 0);
  const reading_ms = Math.ceil(bytes / 1000 / load_mb_per_s);
  return load_timeout_ms + reading_ms + (buildsEngines(parameters, known) ? 1000 * tensorrt_build_s : 0);
}

type ProviderOptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Settings of execution providers, by the names that onnxruntime has for them; for those that are asked for. The host in
 * Node cannot pass them on.
 */
export function providerOptions(parameters: Parameters['models']): ProviderOptions {
  if (!parameters.providers.includes('tensorrt')) return {};
  const { tensorrt_cache, tensorrt_fp16, tensorrt_workspace_mb } = parameters;
  const flag = (on: boolean): string => (on ? 'True' : 'False');
  return {
    tensorrt: {
      trt_fp16_enable: flag(tensorrt_fp16),
      trt_max_workspace_size: String(Math.round(tensorrt_workspace_mb * 1024 * 1024)),
      trt_engine_cache_enable: flag(tensorrt_cache !== ''),
      ...(tensorrt_cache === '' ? {} : { trt_engine_cache_path: tensorrt_cache }),
    },
  };
}

/** What to do where no host comes up. */
export function hostRemedy({ host }: Pick<Parameters['models'], 'host'>): string {
  return host === 'python'
    ? 'models.python must name a Python with numpy and onnxruntime'
    : 'run npm run setup';
}
