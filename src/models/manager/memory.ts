import { readFile, stat } from 'node:fs/promises';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { bytesOfAll, fileOf, type GraphDeclaration, type ModelManifest } from '../manifest.js';

/** A host with next to no model, MB; Node with onnxruntime-node, measured by `sage models probe` of a model of 4 numbers. */
const HOST_MB = 98;
/** Memory of a loaded model against its file: weights, their optimised copy, and what runs need. */
const MEMORY_PER_FILE = 3;

/** Resident memory of a process, MB; null where the system does not tell (no /proc, or the process is gone). */
export async function residentMb(pid: number | null): Promise<number | null> {
  if (pid === null) return null;
  try {
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
    return kb === undefined ? null : (Number(kb) * 1024) / 1e6;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException | null)?.code;
    // A process that ends meanwhile reads as one of these.
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw new Error(`/proc/${pid}/status: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Why a host with this much memory, MB, is ended; null where it may have it. @param where what it was started for */
export function tooLarge(
  where: string,
  mb: number | null,
  { host_mb_max }: Pick<Parameters['models'], 'host_mb_max'>,
): SageError | null {
  if (mb === null || mb <= host_mb_max) return null;
  return new SageError('SAGE_514', where, `its host uses ${mb.toFixed(0)} MB (allowed ${host_mb_max})`);
}

/**
 * What runs take beside the weights, against the inputs and outputs that have a known size, in float32: the layers in
 * between are larger than the picture. Set by `sage models probe vision-refiner`: 90 MB for a picture of 640 × 480.
 */
const MEMORY_PER_INPUT = 24;
const MEMORY_PER_OUTPUT = 2;
const FLOAT_BYTES = 4;

/**
 * What a model that was never measured on this machine will take, MB: an estimate from the size of its files and of what
 * goes in and out.
 */
export function estimateMb(manifest: ModelManifest): number {
  return HOST_MB + weightsMb(manifest) + runsMb(manifest);
}

/** The part of it that runs take; of several graphs the largest, since one runs at a time. */
export function runsMb({ graphs, adapter }: ModelManifest): number {
  const size = adapter?.size ?? [1, 1];
  const elements = ({ shape }: GraphDeclaration['inputs'][number]): number =>
    shape.reduce<number>((all, dim) => all * (typeof dim === 'number' ? dim : 1), 1) *
    (shape.length === 4 && shape.some((dim, i) => i > 0 && typeof dim === 'string')
      ? size[0]! * size[1]!
      : 1);
  const all = (values: GraphDeclaration['inputs']): number =>
    values.reduce((sum, value) => sum + elements(value), 0);
  const each = Object.values(graphs).map(
    ({ inputs, outputs }) => MEMORY_PER_INPUT * all(inputs) + MEMORY_PER_OUTPUT * all(outputs),
  );
  return (FLOAT_BYTES * (adapter?.batch ?? 1) * Math.max(0, ...each)) / 1e6;
}

/** The part of it that the model takes, without its host. */
export function weightsMb(manifest: ModelManifest): number {
  const bytes = Object.keys(manifest.graphs).reduce(
    (sum, graph) => sum + bytesOfAll(fileOf(manifest, graph)),
    0,
  );
  return (MEMORY_PER_FILE * bytes) / 1e6;
}

/** Of a folder with a manifest in it: changes whenever a file of it does. Empty where there is no such folder. */
export async function signatureOf(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeMs, size } = await stat(path);
        return `${path}:${mtimeMs}:${size}`;
      } catch {
        // A file that is just being replaced; the next look sees the new one.
        return `${path}:gone`;
      }
    }),
  );
  return parts.join('\n');
}
