import { join } from 'node:path';
import { fileOf, type GraphDeclaration, type ModelFile, type ModelManifest } from './manifest.js';
import type { GraphLoad } from './protocol.js';
import { pathOf } from './verify.js';

/**
 * What a manifest calls a first dimension whose rows do not touch each other. Another open one, a length of time say,
 * is none: rows of several items would be mixed there.
 */
const ROWS_NAMES: readonly unknown[] = ['n', 'N', 'b', 'B', 'batch', 'batch_size'];

/** Whether a first dimension is that of a batch. */
export const isRows = (dim: number | string | undefined): boolean => ROWS_NAMES.includes(dim);

/** A file as described to a host; paths are absolute. */
export type LoadedFile = Pick<GraphLoad, 'path' | 'sha256' | 'bytes' | 'data'>;

/** A graph as requested from a host. */
export function graphLoad(
  name: string,
  { path, sha256, bytes, data }: LoadedFile,
  { inputs, outputs }: GraphDeclaration,
): GraphLoad {
  const plain = (values: GraphDeclaration['inputs']): GraphLoad['inputs'] =>
    values.map((value) => ({ name: value.name, dtype: value.dtype, shape: value.shape }));
  return {
    name,
    path,
    sha256,
    bytes,
    ...(data === undefined ? {} : { data }),
    inputs: plain(inputs),
    outputs: plain(outputs),
  };
}

/** All graphs of a model. @param folder where its manifest lies */
export function graphLoads(manifest: ModelManifest, folder: string): GraphLoad[] {
  return Object.entries(manifest.graphs).map(([name, graph]) => {
    const file = fileOf(manifest, name);
    return graphLoad(name, loadedFile(file, folder), graph);
  });
}

function loadedFile(file: ModelFile, folder: string): LoadedFile {
  const data = file.data?.map(({ path, sha256, bytes }) => ({ path: join(folder, path), sha256, bytes }));
  return { ...file, path: pathOf(folder, file), data };
}
