import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceRequest } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import {
  createModelManager,
  type Demand,
  type HostLaunch,
  type ModelEvent,
  type ModelHostEvent,
  type ModelManager,
  type ModelStanding,
} from '../../src/models/index.js';
import { floats, hostParameters, manifestOf, until } from './fixtures.js';

/** One more on the state of a model like `counter`, which is kept. */
export const count = (model: string, state: InferenceRequest['inputs'][string]): InferenceRequest => ({
  model,
  graph: 'step',
  inputs: { by: floats(1, 1, 1, 1), state },
  fetch: ['total'],
  keep: ['next_state'],
});

/** Nothing is asked for, unless told. */
export const demand = (more: Partial<Demand> = {}): Demand => ({
  now_ms: performance.now(),
  state: 'WAKE',
  goal: false,
  salience: new Map(),
  complexity: new Map(),
  ...more,
});

/** Adds a manifest to a folder that describes the files of another. */
export function alias(folder: string, id: string, of: string, more: object = {}): void {
  const manifest = { ...manifestOf(of), id, ...more };
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(manifest));
}

export const standing = (manager: ModelManager, id: string): ModelStanding =>
  manager.list().find((each) => each.id === id)!;

/** Tells the manager again and again what is needed, as the cycle does, until something comes of it. */
export function governed(
  manager: ModelManager,
  condition: () => boolean,
  more: Partial<Demand> = {},
): Promise<void> {
  return until(() => {
    manager.govern(demand(more));
    return condition();
  });
}

/** For a suite: starts managers, keeps what the ones of a test say, and closes them after it. */
export function managers() {
  const open: ModelManager[] = [];
  const events: ModelEvent[] = [];
  const host_events: ModelHostEvent[] = [];
  beforeEach(() => {
    events.splice(0);
    host_events.splice(0);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((manager) => manager.close()));
  });
  const start = (
    folder: string,
    used: readonly string[],
    changes: Partial<Parameters['models']> = {},
    launch?: HostLaunch,
  ): ModelManager => {
    const manager = createModelManager({
      ...(launch === undefined ? {} : { launch }),
      parameters: hostParameters({ folder, probe_file: join(folder, 'probes'), ...changes }),
      used,
      onModel: (event) => events.push(event),
      onEvent: (event) => host_events.push(event),
    });
    open.push(manager);
    return manager;
  };
  return { start, open, events, host_events };
}
