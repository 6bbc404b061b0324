import { createRequire } from 'node:module';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import { bounded, finite, readStl, unreadable } from '../robot/fit/stl.js';

/** Limits on what is read from one file. */
export const MESH_BYTES_MAX = 64 * 1024 * 1024;
const MESH_TRIANGLES_MAX = 400_000;

/** The part of assimpjs used here, which has no types. */
interface Assimp {
  readonly FileList: new () => { AddFile(name: string, content: Uint8Array): void };
  ConvertFileList(
    list: unknown,
    format: 'assjson',
  ): {
    IsSuccess(): boolean;
    FileCount(): number;
    GetErrorCode(): string;
    GetFile(index: number): { GetContent(): Uint8Array };
  };
}

const mesh = z.object({ vertices: z.array(z.number()), faces: z.array(z.array(z.number())) });
const matrix = z.array(z.number()).length(16);
interface Node {
  readonly transformation: number[];
  readonly meshes?: number[] | undefined;
  readonly children?: Node[] | undefined;
}
const node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    transformation: matrix,
    meshes: z.array(z.number()).optional(),
    children: z.array(node).optional(),
  }),
);
const scene = z.object({ rootnode: node, meshes: z.array(mesh).default([]) });

let loaded: Promise<Assimp> | null = null;

/**
 * Triangles of a mesh file, nine numbers each, in m if the file states its unit (COLLADA), otherwise
 * unscaled. Like RViz and MoveIt, ignores the up axis of a COLLADA file.
 * @param name its extension selects the format: STL is parsed here, all others by assimp
 * @throws SageError SAGE_306
 */
export async function readMesh(bytes: Uint8Array, name: string): Promise<Float64Array> {
  if (bytes.length > MESH_BYTES_MAX)
    throw unreadable(name, `${bytes.length} bytes long, at most ${MESH_BYTES_MAX} are read`);
  if (isPointer(bytes)) throw unreadable(name, 'is a pointer of Git LFS: run git lfs pull in its repository');
  if (/\.stl$/i.test(name)) return readStl(bytes, name, MESH_TRIANGLES_MAX);
  loaded ??= (createRequire(import.meta.url)('assimpjs') as () => Promise<Assimp>)();
  return finite(converted(await loaded, bytes, name), name);
}

function isPointer(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 40)).toString('latin1').startsWith('version https://git-lfs');
}

function converted(assimp: Assimp, bytes: Uint8Array, name: string): Float64Array {
  try {
    const files = new assimp.FileList();
    files.AddFile(name.split('/').at(-1) ?? name, bytes);
    const result = assimp.ConvertFileList(files, 'assjson');
    if (!result.IsSuccess() || result.FileCount() === 0) throw unreadable(name, result.GetErrorCode());
    const text = new TextDecoder().decode(result.GetFile(0).GetContent());
    return trianglesOf(scene.parse(JSON.parse(text)), name);
  } catch (thrown) {
    throw thrown instanceof SageError ? thrown : unreadable(name, messageOf(thrown), thrown);
  }
}

function trianglesOf({ rootnode, meshes }: z.infer<typeof scene>, name: string): Float64Array {
  const triangles: number[] = [];
  const walk = ({ meshes: own = [], children = [] }: Node, at: readonly number[]): void => {
    for (const index of own) {
      const { vertices, faces } = meshes[index] ?? { vertices: [], faces: [] };
      for (const face of faces) {
        // Points and lines have no surface; everything else has been triangulated.
        if (face.length !== 3) continue;
        bounded(triangles.length / 9 + 1, name, MESH_TRIANGLES_MAX);
        for (const corner of face) triangles.push(...moved(at, vertices, 3 * corner));
      }
    }
    for (const child of children) walk(child, product(at, child.transformation));
  };
  walk(rootnode, unitOf(rootnode.transformation));
  return Float64Array.from(triangles);
}

/** Of the root transform, which rotates the up axis to y and applies the unit, only the scale. */
function unitOf(root: readonly number[]): readonly number[] {
  const scale = Math.hypot(root[0]!, root[4]!, root[8]!);
  return [scale, 0, 0, 0, 0, scale, 0, 0, 0, 0, scale, 0, 0, 0, 0, 1];
}

function product(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((_, index) => {
    const [row, column] = [index - (index % 4), index % 4];
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + k]! * b[4 * k + column]!, 0);
  });
}

function moved(m: readonly number[], from: readonly number[], at: number): [number, number, number] {
  const [x, y, z] = [from[at] ?? Number.NaN, from[at + 1] ?? Number.NaN, from[at + 2] ?? Number.NaN];
  const row = (k: number): number => m[k]! * x + m[k + 1]! * y + m[k + 2]! * z + m[k + 3]!;
  return [row(0), row(4), row(8)];
}
