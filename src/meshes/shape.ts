import type { Worker } from 'node:worker_threads';
import { type Fault, fault, SageError } from '../contracts/errors.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { addFitted, isFitted, type MeshPart, meshLinks, namesMeshes } from '../robot/fitted-shapes.js';
import { parseUrdf } from '../robot/urdf.js';
import { startWorker } from '../threads/start-worker.js';
import { shapeFolder } from './cache.js';
import { findMesh, type MeshPlaces, placesOf } from './find.js';
import type { LinkFiles, MeshFile } from './fit-link.js';
import type { FitResult, FitSetup } from './fit-thread.js';
import { answered, answerMemory, awaitAnswer } from './thread-answer.js';

/** A description with the shapes of its meshes, and what went wrong with the others. */
export interface Shaped {
  readonly urdf: string;
  /** One fault for all links with assumed capsules; null if there are none. */
  readonly fault: Fault | null;
}

export interface ShapeOptions {
  readonly robot: Pick<Parameters['robot'], 'mesh_paths' | 'read_meshes'>;
  /** Folder of the URDF, if it came from a file. */
  readonly beside?: string;
}

/** Timeout, ms; reading and fitting take a second or two for most robots. */
const LONGEST_MS = 60_000;
/** Descriptions kept in memory: normally one, unless the robot is changed. */
const REMEMBERED_MAX = 4;

const remembered = new Map<string, Shaped>();

/** Fits synchronously, blocking the caller. An unparsable description is returned unchanged. */
export function shaped(urdf: string, options: ShapeOptions): Shaped {
  const task = taskOf(urdf, options);
  if ('done' in task) return task.done;
  const { memory, worker } = startFit(task);
  worker.unref();
  awaitAnswer(memory, LONGEST_MS);
  void worker.terminate();
  return conclude(task, memory);
}

/** The same without blocking: immediate if there is nothing to read, otherwise asynchronous. */
export function shapedSoon(urdf: string, options: ShapeOptions): Shaped | Promise<Shaped> {
  const task = taskOf(urdf, options);
  if ('done' in task) return task.done;
  const { memory, worker } = startFit(task);
  return new Promise((resolve) => {
    const limit = setTimeout(() => void worker.terminate(), LONGEST_MS);
    // The answer that a failing thread left counts; the rest falls back as if not found.
    worker.once('error', () => void worker.terminate());
    worker.once('exit', () => {
      clearTimeout(limit);
      resolve(conclude(task, memory));
    });
  });
}

interface Task {
  readonly key: string;
  readonly urdf: string;
  readonly setup: Omit<FitSetup, 'out'>;
}

function startFit({ setup }: Task): { readonly memory: SharedArrayBuffer; readonly worker: Worker } {
  const memory = answerMemory();
  const worker = startWorker<FitSetup>(import.meta.url, 'fit-thread', { ...setup, out: memory });
  return { memory, worker };
}

function taskOf(urdf: string, { robot, beside }: ShapeOptions): Task | { readonly done: Shaped } {
  // Parsing a description takes longer than a hundred cycles of a replay, so only do it if there is a mesh.
  if (!robot.read_meshes || isFitted(urdf) || !namesMeshes(urdf)) return { done: { urdf, fault: null } };
  const places = placesOf(robot.mesh_paths, beside ?? null);
  const links = linksOf(urdf, places);
  const lost = links.flatMap(lossOf);
  if (lost.length === links.length) return { done: { urdf, fault: told(lost) } };
  const key = JSON.stringify([links, urdf]);
  const known = remembered.get(key);
  if (known !== undefined) return { done: known };
  return { key, urdf, setup: { links, folder: shapeFolder() } };
}

function linksOf(urdf: string, places: MeshPlaces): readonly LinkFiles[] {
  try {
    const fileOf = ({ filename, scale, origin }: MeshPart): MeshFile => ({
      name: filename,
      found: findMesh(filename, places),
      scale,
      origin: [...origin],
    });
    return meshLinks(parseUrdf(urdf)).map(({ link, choices }) => ({
      link,
      choices: choices.map((parts) => parts.map(fileOf)),
    }));
  } catch (thrown) {
    // The consumer of the description reports what is wrong with it.
    if (thrown instanceof SageError) return [];
    throw thrown;
  }
}

/** Why none of a link's alternatives is complete. */
function lossOf({ link, choices }: LinkFiles): readonly Fault[] {
  const gaps = choices.map((files) => files.find(({ found }) => found.path === null));
  const [gap] = gaps;
  if (gap === undefined || gaps.includes(undefined)) return [];
  const looked = gap.found.path === null ? gap.found.looked : '';
  return [fault('SAGE_305', `link "${link}"`, `${gap.name}: ${looked}`)];
}

function conclude({ key, urdf, setup }: Task, memory: SharedArrayBuffer): Shaped {
  const result = answered<FitResult>(memory);
  const late = `reading the meshes of ${setup.links.length} links failed, or took longer than ${LONGEST_MS / 1000} s`;
  const faults = result?.faults ?? [fault('SAGE_306', 'robot_description', late)];
  const done = { urdf: addFitted(urdf, result?.fitted ?? []), fault: told(faults) };
  remembered.set(key, done);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
  return done;
}

/** Merges faults: the first in full, the others by their links. */
function told(faults: readonly Fault[]): Fault | null {
  const [first] = faults;
  if (first === undefined) return null;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more links)` : '';
  const detail = first.text.slice(first.text.indexOf(': ') + 2);
  const text = `${first.where}: ${detail}${more}; taken as capsules of robot.link_radius_m`;
  return fault(first.code, 'robot_description', text);
}
