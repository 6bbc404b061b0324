import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Capsule } from '../robot/robot-model.js';

/** Links whose capsules are cached; a robot has about twenty with meshes. */
const KEPT_MAX = 1000;

const point = z.tuple([z.number(), z.number(), z.number()]);
const kept = z.array(z.object({ a: point, b: point, radius_m: z.number().positive() }));

/** Cache of fitted capsules, by the hash of their inputs. */
export interface ShapeCache {
  get(sha256: string): readonly Capsule[] | null;
  put(sha256: string, capsules: readonly Capsule[]): void;
}

/** The cache folder of this machine. */
export const shapeFolder = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sage', 'shapes');

/**
 * One file per link in a folder. If the folder cannot be read or written, everything is fitted again each
 * time.
 */
export function shapeCache(folder: string): ShapeCache {
  const fileOf = (sha256: string): string => join(folder, `${sha256}.json`);
  return {
    get(sha256) {
      try {
        return kept.parse(JSON.parse(readFileSync(fileOf(sha256), 'utf8')));
      } catch {
        // Missing or foreign: it is fitted again, which takes a fraction of a second.
        return null;
      }
    },
    put(sha256, capsules) {
      try {
        mkdirSync(folder, { recursive: true });
        prune(folder);
        const own = `${fileOf(sha256)}.${process.pid}`;
        writeFileSync(own, JSON.stringify(capsules));
        renameSync(own, fileOf(sha256));
      } catch {
        // A read-only folder only costs the next start some time.
      }
    },
  };
}

/** Makes room by deleting the oldest half. */
function prune(folder: string): void {
  const names = readdirSync(folder);
  if (names.length < KEPT_MAX) return;
  const age = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const oldest = names.map((name) => ({ name, at: age(name) })).sort((a, b) => a.at - b.at);
  for (const { name } of oldest.slice(0, KEPT_MAX / 2)) rmSync(join(folder, name), { force: true });
}
