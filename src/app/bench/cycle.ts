import { cpus } from 'node:os';
import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { LatestBuffers } from '../../kernel/latest-buffers.js';
import { composeMind } from '../compose.js';
import { Sample } from '../percentile.js';

/** CPU of a cycle in which no plugin is refined, ms. */
export interface CycleFigures {
  readonly cycles: number;
  readonly cpu_ms_mean: number;
  readonly wall_ms_p50: number | null;
  readonly wall_ms_p99: number | null;
  readonly cpu: string;
}

/** No plugin runs, so nothing may ask for a model. */
const noInference: InferencePort = {
  run: () => Promise.reject(new Error('a cycle without plugins must not run a model')),
  read: () => Promise.reject(new Error('a cycle without plugins must not read a slot')),
  free: () => {},
};

/**
 * Cycles with a camera and joints that deliver each time, and nothing to refine: no camera pose, so vision has
 * nothing to offer. What is measured is observation, salience with its memory, metabolism, planning and bookkeeping.
 */
export function benchCycle(parameters: Parameters, cycles: number): CycleFigures {
  const { kernel } = composeMind(parameters, noInference);
  const buffers = new LatestBuffers();
  const { grid_rows: rows, grid_columns: columns } = parameters.camera;
  const embedding = new Float32Array(rows * columns * 3);
  const wall = new Sample(cycles);
  const frame = {
    width: 640,
    height: 480,
    step: 1920,
    encoding: 'rgb8' as const,
    data: new Uint8Array(0),
    frame_id: '',
  };
  let cpu_us = 0;
  for (let index = 0; index < cycles; index++) {
    const stamp_ms = 1e6 + index * 50;
    const common = { stamp_ms, received_ms: stamp_ms };
    for (let cell = 0; cell < embedding.length; cell++)
      embedding[cell] = 0.5 + 0.3 * Math.sin(cell + index / 40);
    buffers.put({
      kind: 'camera',
      source: 'camera',
      ...common,
      frame,
      embedding: embedding.slice(),
      grid: { rows, columns, channels: 3 },
    });
    buffers.put({ kind: 'joints', source: 'joints', ...common, names: ['a'], position: [0], velocity: [0] });
    const cpuBefore = process.cpuUsage();
    const before_ms = performance.now();
    kernel.cycle({ observations: buffers.drain(), now_ms: stamp_ms, reports: [] });
    wall.add(performance.now() - before_ms);
    const used = process.cpuUsage(cpuBefore);
    cpu_us += used.user + used.system;
  }
  return {
    cycles,
    cpu_ms_mean: cpu_us / 1000 / cycles,
    wall_ms_p50: wall.percentile(0.5),
    wall_ms_p99: wall.percentile(0.99),
    cpu: cpus()[0]?.model ?? 'unknown',
  };
}
