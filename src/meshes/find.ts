import { statSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Search paths for the meshes of a description. */
export interface MeshPlaces {
  /** Folders that contain packages, or are packages, in order of precedence. */
  readonly folders: readonly string[];
  /** Folder of the URDF, for relative names; null if the description did not come from a file. */
  readonly beside: string | null;
}

/** A mesh file, or the places where it was searched. */
export type FoundMesh = { readonly path: string } | { readonly path: null; readonly looked: string };

/** Parents of the URDF searched for its package, at most. */
const DEPTH_MAX = 8;
/** Searched places listed in a message, at most. */
const TOLD_MAX = 3;

/**
 * Search paths from the parameter `robot.mesh_paths`, then from the environment set by a workspace's
 * `setup.bash`: the share folders of AMENT_PREFIX_PATH, and ROS_PACKAGE_PATH.
 */
export function placesOf(
  mesh_paths: readonly string[],
  beside: string | null,
  env: Readonly<Record<string, string | undefined>> = process.env,
): MeshPlaces {
  const listed = (name: string): string[] => (env[name] ?? '').split(delimiter).filter((path) => path !== '');
  return {
    folders: [
      ...mesh_paths,
      ...listed('AMENT_PREFIX_PATH').map((prefix) => join(prefix, 'share')),
      ...listed('ROS_PACKAGE_PATH'),
    ],
    beside,
  };
}

/** Resolves a mesh name in a URDF: package://, file://, absolute, or relative. No network access. */
export function findMesh(name: string, places: MeshPlaces): FoundMesh {
  const tried = candidates(name, places);
  const path = tried.find(isFile);
  if (path !== undefined) return { path };
  if (tried.length === 0) return { path: null, looked: nowhere(name) };
  const told = tried.slice(0, TOLD_MAX).join(', ');
  const more = tried.length > TOLD_MAX ? ` and ${tried.length - TOLD_MAX} more` : '';
  return { path: null, looked: `looked for ${told}${more}` };
}

function nowhere(name: string): string {
  if (/^https?:/.test(name)) return 'nothing is read over the network';
  return name.startsWith('package:')
    ? 'neither robot.mesh_paths nor AMENT_PREFIX_PATH nor ROS_PACKAGE_PATH names a folder'
    : 'relative to the URDF, which did not come from a file, and robot.mesh_paths names no folder';
}

function candidates(name: string, { folders, beside }: MeshPlaces): readonly string[] {
  const own = /^(?:package|model):\/\/([^/]+)\/+(.+)$/.exec(name);
  if (own !== null) {
    const [, owner = '', rest = ''] = own;
    const inFolders = folders.flatMap((folder) => [
      join(folder, owner, rest),
      ...(basename(folder) === owner ? [join(folder, rest)] : [join(folder, 'share', owner, rest)]),
    ]);
    const above = ancestors(beside).filter((folder) => basename(folder) === owner);
    return [...inFolders, ...above.map((folder) => join(folder, rest))];
  }
  if (name.startsWith('file:')) return local(name);
  if (/^[a-z]+:\/\//i.test(name)) return [];
  if (isAbsolute(name)) return [name];
  return [...(beside === null ? [] : [beside]), ...folders].map((folder) => join(folder, name));
}

/** Path of a file:// URI; many have a slash too many or too few. */
function local(name: string): readonly string[] {
  const path = `/${name.replace(/^file:\/*/, '')}`;
  try {
    return [...new Set([fileURLToPath(`file://${path}`), path])];
  } catch {
    // A name with a stray per cent sign is taken literally.
    return [path];
  }
}

function ancestors(folder: string | null): readonly string[] {
  const found: string[] = [];
  for (let at = folder; at !== null && found.length < DEPTH_MAX && at !== dirname(at); at = dirname(at))
    found.push(at);
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
