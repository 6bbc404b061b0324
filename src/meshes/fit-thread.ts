import { workerData } from 'node:worker_threads';
import { type Fault, fault, messageOf } from '../contracts/errors.js';
import type { FittedLink } from '../robot/fitted-shapes.js';
import { shapeCache } from './cache.js';
import { fitLink, type LinkFiles } from './fit-link.js';
import { answer } from './thread-answer.js';

/** Entry point of the thread that reads meshes and fits capsules: seconds of work, once per robot. */

export interface FitSetup {
  readonly links: readonly LinkFiles[];
  /** The cache folder. */
  readonly folder: string;
  readonly out: SharedArrayBuffer;
}

export interface FitResult {
  readonly fitted: readonly FittedLink[];
  readonly faults: readonly Fault[];
}

void fitAll(workerData as FitSetup);

async function fitAll({ links, folder, out }: FitSetup): Promise<void> {
  const fitted: FittedLink[] = [];
  const faults: Fault[] = [];
  try {
    const cache = shapeCache(folder);
    for (const link of links) {
      const found = await fitLink(link, cache);
      if (found.fitted !== null) fitted.push(found.fitted);
      else faults.push(found.fault);
    }
  } catch (thrown) {
    faults.push(fault('SAGE_306', 'robot_description', messageOf(thrown)));
  }
  const result: FitResult = { fitted, faults };
  answer(out, result);
}
