import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Fault } from '../contracts/errors.js';
import { fault, messageOf, SageError } from '../contracts/errors.js';
import { fitCapsules } from '../robot/fit/fit-capsules.js';
import { unreadable } from '../robot/fit/stl.js';
import { concatenated } from '../robot/fit/surface.js';
import type { FittedLink } from '../robot/fitted-shapes.js';
import { applyPoint } from '../robot/transform.js';
import type { ShapeCache } from './cache.js';
import type { FoundMesh } from './find.js';
import { MESH_BYTES_MAX, readMesh } from './read.js';

/** Capsules per link at most, because plans may check every pair of them in each posture. */
const CAPSULES_MAX = 5;
/** Increment when the fit of the same meshes changes, to invalidate the cache. */
const EDITION = 1;

/** A mesh of a link and its file. */
export interface MeshFile {
  readonly name: string;
  readonly found: FoundMesh;
  readonly scale: readonly [number, number, number];
  /** Pose in the link, the first three rows of the matrix. */
  readonly origin: readonly number[];
}

export interface LinkFiles {
  readonly link: string;
  readonly choices: readonly (readonly MeshFile[])[];
}

/** The capsules of a link, or why it has none. */
type LinkFit = { readonly fitted: FittedLink } | { readonly fitted: null; readonly fault: Fault };

/** Fits capsules to the first alternative whose files can all be read. */
export async function fitLink({ link, choices }: LinkFiles, cache: ShapeCache): Promise<LinkFit> {
  let first: Fault | null = null;
  for (const files of choices) {
    try {
      return { fitted: await fitFiles(link, files, cache) };
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      first ??= thrown.toFault();
    }
  }
  return { fitted: null, fault: first ?? fault('SAGE_305', `link "${link}"`, 'has no meshes') };
}

async function fitFiles(link: string, files: readonly MeshFile[], cache: ShapeCache): Promise<FittedLink> {
  const contents: Uint8Array[] = [];
  for (const { name, found } of files) {
    if (found.path === null) throw new SageError('SAGE_305', `link "${link}"`, `${name}: ${found.looked}`);
    contents.push(await bytesOf(found.path, name));
  }
  const sha256 = hashOf(files, contents);
  const kept = cache.get(sha256);
  if (kept !== null) return { link, capsules: kept, sha256 };
  const parts: Float64Array[] = [];
  for (const [index, file] of files.entries())
    parts.push(placed(await readMesh(contents[index]!, file.name), file));
  const capsules = fitCapsules(concatenated(parts), { capsules_max: CAPSULES_MAX });
  cache.put(sha256, capsules);
  return { link, capsules, sha256 };
}

async function bytesOf(path: string, name: string): Promise<Uint8Array> {
  try {
    const { size } = statSync(path);
    if (size > MESH_BYTES_MAX)
      throw unreadable(name, `${size} bytes long, at most ${MESH_BYTES_MAX} are read`);
    return await readFile(path);
  } catch (thrown) {
    throw thrown instanceof SageError ? thrown : unreadable(name, messageOf(thrown), thrown);
  }
}

function hashOf(files: readonly MeshFile[], contents: readonly Uint8Array[]): string {
  const parts = files.map(({ name, scale, origin }, index) => {
    const sha256 = createHash('sha256').update(contents[index]!).digest('hex');
    return [name.split('.').at(-1)?.toLowerCase(), sha256, scale, origin];
  });
  return createHash('sha256')
    .update(JSON.stringify([EDITION, CAPSULES_MAX, parts]))
    .digest('hex');
}

/** Triangles in the frame of the link, m. */
function placed(triangles: Float64Array, { scale, origin }: MeshFile): Float64Array {
  const pose = Float64Array.from(origin);
  const moved = new Float64Array(triangles.length);
  for (let at = 0; at < triangles.length; at += 3) {
    const [x, y, z] = [triangles[at]!, triangles[at + 1]!, triangles[at + 2]!];
    moved.set(applyPoint(pose, [x * scale[0], y * scale[1], z * scale[2]]), at);
  }
  return moved;
}
