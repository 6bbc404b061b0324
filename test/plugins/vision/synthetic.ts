import type { CameraModel, Pose, Vec3 } from '../../../src/contracts/geometry.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import type { VisionTask } from '../../../src/contracts/vision.js';
import { pixelRay } from '../../../src/robot/camera.js';
import { fromPose, quaternionOf, rotateVector } from '../../../src/robot/transform.js';
import { cross, subtract, unit } from '../../../src/robot/vector.js';

/** A coloured box on the table z = 0; colours 0..255 as the camera would see them fully lit. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly yaw: number;
  readonly side: number;
  readonly height: number;
  readonly rgb: readonly [number, number, number];
}

export const cube = (x: number, y: number, yaw: number, rgb: Box['rgb'] = [200, 40, 40]): Box => ({
  x,
  y,
  yaw,
  side: 0.04,
  height: 0.04,
  rgb,
});

export const camera = (width = 640, height = 480, focal = 560): CameraModel => ({
  width,
  height,
  fx: focal,
  fy: focal,
  cx: width / 2 - 0.5,
  cy: height / 2 - 0.5,
  distortion: [],
});

/** Pose of an optical frame at the given elevation (degrees above the table) and bearing, looking at a point. */
export function lookAt(target: Vec3, distance: number, elevation_deg: number, bearing_deg: number): Pose {
  const elevation = (elevation_deg * Math.PI) / 180;
  const bearing = (bearing_deg * Math.PI) / 180;
  const out = distance * Math.cos(elevation);
  const eye: Vec3 = [
    target[0] + out * Math.cos(bearing),
    target[1] + out * Math.sin(bearing),
    target[2] + distance * Math.sin(elevation),
  ];
  const forward = unit(subtract(target, eye))!;
  const aside: Vec3 = [-Math.sin(bearing), Math.cos(bearing), 0];
  const right = elevation_deg > 89 ? aside : unit(cross(forward, [0, 0, 1]))!;
  const down = cross(forward, right);
  const rows = [0, 1, 2].flatMap((k) => [right[k]!, down[k]!, forward[k]!, eye[k]!]);
  return { position_m: eye, orientation: quaternionOf(Float64Array.from(rows)) };
}

/** A box as seen from one eye: rays from there to it, in its own axes. */
class Target {
  private readonly turn: readonly [number, number];
  private readonly eye: Vec3;

  constructor(
    readonly box: Box,
    eye: Vec3,
  ) {
    this.turn = [Math.cos(box.yaw), Math.sin(box.yaw)];
    this.eye = this.local([eye[0] - box.x, eye[1] - box.y, eye[2] - box.height / 2]);
  }

  private local(v: Vec3): Vec3 {
    const [c, s] = this.turn;
    return [c * v[0] + s * v[1], -s * v[0] + c * v[1], v[2]];
  }

  /** Distance along the ray and the axis of the face that it meets; null for a miss. */
  meet(direction: Vec3): { readonly at: number; readonly axis: 0 | 1 | 2 } | null {
    const d = this.local(direction);
    const { side, height } = this.box;
    let near = Number.NEGATIVE_INFINITY;
    let far = Number.POSITIVE_INFINITY;
    let axis: 0 | 1 | 2 = 2;
    for (const k of [0, 1, 2] as const) {
      const half = k === 2 ? height / 2 : side / 2;
      const a = (-half - this.eye[k]) / d[k];
      const b = (half - this.eye[k]) / d[k];
      const first = Math.min(a, b);
      if (first > near) {
        near = first;
        axis = k;
      }
      far = Math.min(far, Math.max(a, b));
    }
    return near < far && near > 0 ? { at: near, axis } : null;
  }
}

const ROBOT_RGB: Box['rgb'] = [60, 60, 62];
/** Brightness of the faces across x, y and z. */
const SHADES = [0.78, 0.6, 1] as const;

export interface SceneOptions {
  readonly camera?: CameraModel;
  readonly pose: Pose;
  readonly boxes: readonly Box[];
  readonly table?: Box['rgb'];
  /** Multiplies every colour: the light. */
  readonly light?: Box['rgb'];
  /** Pixels of the frame that show the robot, in front of everything. */
  readonly robot?: (u: number, v: number) => boolean;
  /** Repeated 3 × 3 blurs of the probabilities, as a network's are not sharp. */
  readonly blurs?: number;
  readonly noise?: () => number;
}

export interface Scene {
  readonly task: VisionTask;
  /** What a perfect model (but for the blur) would answer: 3 × 120 × 160. */
  readonly probs: Float32Array;
}

const CELLS = 160 * 120;

function blurred(plane: Float32Array): Float32Array {
  return plane.map((_, i) => {
    let [sum, count] = [0, 0];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [x, y] = [(i % 160) + dx, Math.floor(i / 160) + dy];
        if (x < 0 || y < 0 || x >= 160 || y >= 120) continue;
        const weight = (2 - Math.abs(dx)) * (2 - Math.abs(dy));
        sum += weight * plane[y * 160 + x]!;
        count += weight;
      }
    }
    return sum / count;
  });
}

/** Renders a frame by casting a ray per pixel, with the class probabilities at a quarter of 640 × 480. */
export function render(options: SceneOptions): Scene {
  const { pose, boxes, robot, blurs = 0 } = options;
  const model = options.camera ?? camera();
  const { width, height } = model;
  const table = options.table ?? [150, 140, 130];
  const light = options.light ?? [1, 1, 1];
  const data = new Uint8Array(width * height * 3);
  const shares: Float32Array[] = [0, 1, 2].map(() => new Float32Array(CELLS));
  const scale = Math.min(640 / width, 480 / height);
  const [left, top] = [(640 - width * scale) / 2, (480 - height * scale) / 2];
  const targets = boxes.map((box) => new Target(box, pose.position_m));
  const toBase = fromPose(pose);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const direction = rotateVector(toBase, pixelRay(model, u, v));
      let nearest = Number.POSITIVE_INFINITY;
      let colour = table;
      let kind = 0;
      let shade = 1;
      for (const target of targets) {
        const hit = target.meet(direction);
        if (hit === null || hit.at >= nearest) continue;
        nearest = hit.at;
        colour = target.box.rgb;
        kind = 2;
        shade = SHADES[hit.axis];
      }
      if (robot?.(u, v)) {
        colour = ROBOT_RGB;
        kind = 1;
        shade = 1;
      }
      for (let k = 0; k < 3; k++) {
        const value = colour[k]! * light[k]! * shade + (options.noise?.() ?? 0);
        data[(v * width + u) * 3 + k] = Math.max(0, Math.min(255, Math.round(value)));
      }
      const [x, y] = [(u + 0.5) * scale + left, (v + 0.5) * scale + top];
      const cell = Math.floor(y / 4) * 160 + Math.floor(x / 4);
      shares[kind]![cell] = shares[kind]![cell]! + (scale * scale) / 16;
    }
  }
  let planes = shares;
  for (let k = 0; k < blurs; k++) planes = planes.map(blurred);
  const probs = new Float32Array(3 * CELLS);
  for (const [k, plane] of planes.entries()) probs.set(plane, k * CELLS);
  const frame: CameraFrame = { width, height, step: 3 * width, encoding: 'rgb8', data, frame_id: 'camera' };
  const task: VisionTask = {
    frame,
    stamp_ms: 1000,
    camera: model,
    camera_pose: pose,
    table_height_m: 0,
    object_height_m: 0.04,
  };
  return { task, probs };
}
