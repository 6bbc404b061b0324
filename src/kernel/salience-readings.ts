import type { CameraReading } from '../contracts/observation.js';
import type { SalienceReading } from '../contracts/salience.js';
import { gripState } from './goals/grip.js';
import type { Situation } from './situation.js';

/** Scale of the joints' embedding: the follow tolerance maps to this, about eight times the spread floor. */
const TOLERANCE_EMBEDDED = 0.05;

/** What the salience scorer sees of each source in this cycle, with the robot's own actions factored out. */
export function salienceReadings(situation: Situation): readonly SalienceReading[] {
  const readings: SalienceReading[] = [];
  const camera = situation.camera;
  if (camera !== null) {
    const { embedding, weights } = withoutRobot(situation, camera);
    readings.push({
      source: camera.source,
      age_ms: situation.camera_age_ms,
      stale: situation.camera_stale,
      fresh: situation.fresh.has(camera.source),
      embedding,
      channels: camera.grid.channels,
      weights,
    });
  }
  const joints = jointsReading(situation);
  if (joints !== null) readings.push(joints);
  const sound = soundReading(situation);
  if (sound !== null) readings.push(sound);
  for (const reading of situation.embeddings.values()) {
    readings.push({
      source: reading.source,
      age_ms: Math.max(0, situation.now_ms - reading.stamp_ms),
      stale: situation.now_ms - reading.stamp_ms > situation.parameters.camera.stale_ms,
      fresh: situation.fresh.has(reading.source),
      embedding: reading.embedding,
      weights: reading.weights,
    });
  }
  return readings;
}

/**
 * The camera image without the robot's own contribution: zero weight on its body, and its moving shadow
 * removed. Unchanged while body or camera are unknown.
 */
function withoutRobot(
  situation: Situation,
  camera: CameraReading,
): { readonly embedding: Float32Array; readonly weights: Float32Array | null } {
  const { body, camera_model, camera_pose, arm, opening, parameters } = situation;
  const known = body !== null && camera_model !== null && camera_pose !== null && arm !== null;
  if (!known) situation.camera_state.robot_mask = null;
  const fresh = situation.fresh.has(camera.source);
  if (!known && fresh) situation.camera_state.illumination.observe(camera.embedding, null, situation.calm);
  if (!known || !fresh) return { embedding: camera.embedding, weights: null };
  const { rows, columns, channels } = camera.grid;
  const values = situation.valuesAt(camera.stamp_ms);
  const open = opening !== null && gripState(opening, parameters.robot) === 'open';
  const holding = situation.may_hold && !open;
  const cells = body.mask(values, camera_model, camera_pose, holding);
  situation.camera_state.robot_mask = cells;
  situation.camera_state.freeze_monitor.check(camera.embedding, arm, cells.includes(0));
  const weights = new Float32Array(rows * columns * channels);
  for (let cell = 0, at = 0; cell < cells.length; cell++) {
    const weight = cells[cell] as number;
    for (let channel = 0; channel < channels; channel++) weights[at++] = weight;
  }
  const moving = situation.armMovedAt(camera.stamp_ms);
  const { shadow, light_source } = situation.camera_state;
  const cast = light_source.update(
    { embedding: camera.embedding, cells, links: once(() => body.shadow.placed(values)) },
    () => body.shadow.ground(camera_model, camera_pose),
    camera.grid,
    moving,
    shadow.unexplained,
  );
  const embedding = shadow.removeShadow(camera.embedding, cells, camera.grid, moving, cast);
  situation.camera_state.illumination.observe(embedding, cells, situation.calm);
  return { embedding, weights };
}

/**
 * The joints' embedding is the deviation from the current plan (efference copy), not the position: moving as
 * planned is no surprise, being pushed is.
 */
function jointsReading(situation: Situation): SalienceReading | null {
  const { arm, execution, parameters } = situation;
  if (arm === null) return null;
  const embedding = new Float32Array(arm.position.length);
  if (execution !== null) {
    const scale = TOLERANCE_EMBEDDED / parameters.safety.follow_tolerance;
    const counts = situation.body?.tolerance_scales ?? [];
    const deviation = execution.deviation(arm);
    for (let joint = 0; joint < deviation.length; joint++)
      embedding[joint] = deviation[joint]! * scale * (counts[joint] ?? 1);
  }
  return {
    source: 'joints',
    age_ms: Math.max(0, situation.now_ms - arm.stamp_ms),
    stale: !situation.joints_fresh,
    fresh: situation.fresh.has('joints') || situation.fresh.has('joint_states'),
    embedding,
    weights: null,
  };
}

/** Sound without the robot's own noise; zero weight if nothing else can be separated from it. */
function soundReading(situation: Situation): SalienceReading | null {
  const { microphone, arm, now_ms } = situation;
  const { last } = microphone;
  if (last === null) return null;
  const { source, stamp_ms, embedding } = last;
  const fresh = situation.fresh.has(source);
  const speed = Math.max(0, ...(arm?.velocity ?? []).map(Math.abs));
  const motion = { speed, fingers: situation.fingers_moving };
  const others = fresh ? microphone.ego_noise.subtract(embedding, motion, now_ms) : embedding;
  return {
    source,
    age_ms: Math.max(0, now_ms - stamp_ms),
    stale: microphone.current(now_ms) === null,
    fresh,
    embedding: others ?? embedding,
    // One channel per band: sound that gets louder in all bands is not a change of light.
    channels: embedding.length,
    weights: others === null ? new Float32Array(embedding.length) : null,
  };
}

/** Memoises a computation. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
