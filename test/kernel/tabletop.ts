import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/env.mjs';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import type { CameraReading } from '../../src/contracts/observation.js';
import type { SeenObject } from '../../src/contracts/vision.js';

/** The simulated arm's description. */
export const urdf = readFileSync(join(projectRoot, 'config/urdf/tabletop-arm.urdf'), 'utf8');
/** Parameters of the tabletop robot. */
export const parameters = loadParameters([tabletopConfig()]);

/** For minds that must not ask for a model. */
export const noInference: InferencePort = {
  run: () => Promise.reject(new Error('no model in this test')),
  read: () => Promise.reject(new Error('no model in this test')),
  free: () => {},
};

/** A picture without pixels, of which the embedding alone is looked at. */
export function picture(now_ms: number, embedding?: Float32Array): CameraReading {
  const { grid_rows: rows, grid_columns: columns } = parameters.camera;
  const frame = { width: 640, height: 480, step: 1920, encoding: 'rgb8' as const, data: new Uint8Array(0) };
  return {
    kind: 'camera',
    source: 'camera',
    stamp_ms: now_ms,
    received_ms: now_ms,
    frame: { ...frame, frame_id: '' },
    embedding: embedding ?? new Float32Array(rows * columns * 3),
    grid: { rows, columns, channels: 3 },
  };
}

/** A block as vision sees it. */
export function seen(colour: string, x: number, y: number, confidence = 0.9): SeenObject {
  return {
    kind: 'block',
    colour,
    hsv: [0, 1, 1],
    position_m: [x, y, 0.02],
    yaw_rad: 0,
    size_m: 0.04,
    area_px: 80,
    centroid_px: [320, 240],
    confidence,
  };
}
