import { basename, dirname, join } from 'node:path';
import { InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { TensorData, TensorType } from '../../contracts/inference.js';
import type { GraphLoad, Inspection, LoadedGraph } from '../protocol.js';
import { ELEMENT_BYTES, elementsOf, viewAs } from '../tensors.js';
import { readVerified } from '../verify.js';
import { externalFilesOf } from './onnx-scan.js';

export type Value = OrtTensor;

/** One graph that is ready to run. */
export interface LoadedSession {
  readonly session: InferenceSession;
  readonly declared: GraphLoad;
  readonly info: LoadedGraph;
}

export interface SessionOptions {
  readonly threads: number;
  readonly providers: readonly string[];
}

/** The execution providers that this build of the runtime knows. */
export function knownProviders(): string[] {
  return listSupportedBackends().map((backend) => backend.name);
}

/** A runtime value on bytes that are not copied. */
export function toValue(type: TensorType, data: TensorData, dims: readonly number[]): Value {
  return new OrtTensor(type as OrtTensor.Type, data as OrtTensor.DataType, dims);
}

type Shape = readonly (number | string)[];

/** Equal rank; a number must be met exactly, except that a manifest may pin what the graph leaves open. */
function shapeFits(declared: Shape, actual: Shape): boolean {
  return (
    declared.length === actual.length &&
    declared.every((dim, i) => dim === actual[i] || typeof actual[i] === 'string')
  );
}

function compareValues(
  graph: GraphLoad,
  side: 'inputs' | 'outputs',
  actual: readonly InferenceSession.ValueMetadata[],
): void {
  const declared = graph[side];
  const where = `${graph.path} ${side}`;
  const names = (list: readonly { readonly name: string }[]) => list.map((each) => each.name).sort();
  if (names(declared).join('\n') !== names(actual).join('\n')) {
    const told = `the graph has ${names(actual).join(', ')}; the manifest says ${names(declared).join(', ')}`;
    throw new SageError('SAGE_508', where, told);
  }
  for (const value of declared) {
    const own = actual.find((each) => each.name === value.name);
    if (!own?.isTensor) throw new SageError('SAGE_508', where, `"${value.name}" is not a tensor`);
    if (own.type !== value.dtype || !shapeFits(value.shape, own.shape)) {
      const is = `${own.type} [${own.shape.join(', ')}]`;
      const told = `"${value.name}" is ${is}; the manifest says ${value.dtype} [${value.shape.join(', ')}]`;
      throw new SageError('SAGE_508', where, told);
    }
  }
}

interface Opened {
  readonly session: InferenceSession;
  readonly provider: string;
  readonly refused: LoadedGraph['refused'];
}

/** Tries the providers one by one (a list of several fails as a whole), the CPU last even where it is not named. */
async function open(graph: GraphLoad, options: SessionOptions): Promise<Opened> {
  const bytes = readVerified(graph.path, graph);
  const externalData = readData(graph, bytes);
  const refused: { provider: string; reason: string }[] = [];
  const providers = [...new Set([...options.providers, 'cpu'])];
  for (const provider of providers) {
    try {
      const session = await InferenceSession.create(bytes, {
        executionProviders: [provider],
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(externalData.length === 0 ? {} : { externalData }),
      });
      return { session, provider, refused };
    } catch (thrown) {
      refused.push({ provider, reason: messageOf(thrown).slice(0, 500) });
    }
  }
  const told = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ');
  throw new SageError('SAGE_510', graph.path, told);
}

/** One run on zeros, so that the first real run is not the slow one. Skipped where a dimension is open. */
async function warmUp(graph: GraphLoad, session: InferenceSession): Promise<number> {
  const feeds: Record<string, Value> = {};
  for (const { name, dtype, shape } of graph.inputs) {
    const dims = shape.filter((dim) => typeof dim === 'number');
    if (dims.length < shape.length) return 0;
    const bytes = new Uint8Array(elementsOf(dims) * ELEMENT_BYTES[dtype]);
    feeds[name] = toValue(dtype, viewAs(dtype, bytes), dims);
  }
  const began_ms = performance.now();
  try {
    await session.run(feeds);
  } catch (thrown) {
    throw new SageError('SAGE_510', graph.path, `the warm-up run failed: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  return performance.now() - began_ms;
}

/**
 * The weights that lie in files of their own, by the names that the graph has for them. It may refer to those alone that
 * it is loaded with, which are in the same folder.
 * @throws SageError SAGE_501, SAGE_502, SAGE_510
 */
function readData({ path, data = [] }: Pick<GraphLoad, 'path' | 'data'>, graph: Buffer) {
  return externalFilesOf(graph, path).map((location) => {
    const file = data.find((each) => each.path === join(dirname(path), location));
    if (!file || basename(location) !== location) {
      throw new SageError('SAGE_510', path, `it refers to external data: ${location}`);
    }
    return { path: location, data: readVerified(file.path, file) };
  });
}

/**
 * What a graph takes and gives, without keeping it loaded.
 * @throws SageError SAGE_501 missing, SAGE_502 altered, SAGE_510 the runtime refuses it.
 */
export async function inspectGraph(
  file: Pick<GraphLoad, 'path' | 'sha256' | 'bytes' | 'data'>,
  options: SessionOptions,
): Promise<Inspection> {
  const graph = { name: 'main', ...file, inputs: [], outputs: [] };
  const { session } = await open(graph, { ...options, providers: ['cpu'] });
  try {
    const plain = (values: readonly InferenceSession.ValueMetadata[]): Inspection['inputs'] =>
      values.flatMap((value) =>
        value.isTensor
          ? [{ name: value.name, dtype: value.type as TensorType, shape: [...value.shape] }]
          : [],
      );
    return { inputs: plain(session.inputMetadata), outputs: plain(session.outputMetadata) };
  } finally {
    await session.release();
  }
}

/**
 * Reads, verifies, opens and warms up one graph.
 * @throws SageError SAGE_501 missing, SAGE_502 altered, SAGE_508 other inputs or outputs than declared, SAGE_510 the
 * runtime refuses it or its data are not all in the file.
 */
export async function loadGraph(graph: GraphLoad, options: SessionOptions): Promise<LoadedSession> {
  const began_ms = performance.now();
  const { session, provider, refused } = await open(graph, options);
  try {
    compareValues(graph, 'inputs', session.inputMetadata);
    compareValues(graph, 'outputs', session.outputMetadata);
    const load_ms = performance.now() - began_ms;
    const warm_up_ms = await warmUp(graph, session);
    return {
      session,
      declared: graph,
      info: { name: graph.name, provider, refused: [...refused], load_ms, warm_up_ms },
    };
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}
