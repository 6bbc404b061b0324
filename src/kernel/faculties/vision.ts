import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import type { VisionAnswer, VisionTask } from '../../contracts/vision.js';
import { cellIn } from '../../robot/camera.js';
import type { Visibility } from '../beliefs.js';
import { sameAspect } from '../camera-state.js';
import type { Doubt, Faculty } from '../faculty.js';
import type { Situation } from '../situation.js';

/** With nothing to watch, one refinement per this interval keeps the beliefs current, ms. */
const BACKGROUND_EVERY_MS = 500;
/** Interval while the arm moves for a goal, a crisis has to clear, or something was noticed, ms. */
const WATCH_EVERY_MS = 150;

/** Need of vision for goal steps that do not look: enough to notice that the target was moved. */
const BACKGROUND_NEED = 0.3;

/** Runs vision on the newest frame, and fuses its answers into the beliefs. */
export class VisionFaculty implements Faculty {
  readonly plugin = 'vision';
  private answered_ms: number | null = null;
  private asked_ms: number | null = null;
  /** Body mask of the image being processed. */
  private asked_cells: Float32Array | null = null;
  /** Whether the gripper was measured to hold something at that time. */
  private asked_holding = false;
  private finished_ms: number | null = null;

  offer(situation: Situation, running: boolean): JobOffer | null {
    const task = this.task(situation);
    if (task === null) return null;
    if (!running && this.answered_ms !== null && task.stamp_ms <= this.answered_ms) return null;
    const looking = situation.need?.need?.kind === 'look';
    const failing = situation.active_faults.failing(this.plugin);
    if (!running && (!looking || failing) && this.finished_ms !== null) {
      const watched =
        situation.goals.active !== null ||
        situation.held !== null ||
        situation.attention.alert(situation.now_ms);
      // At rest vision does not run merely to keep up, so that its model can be unloaded.
      if (situation.resting && !watched && !situation.goals.busy) return null;
      if (situation.now_ms - this.finished_ms < (watched ? WATCH_EVERY_MS : BACKGROUND_EVERY_MS)) return null;
    }
    if (!running) {
      this.asked_ms = task.stamp_ms;
      this.asked_cells = situation.camera_state.robot_mask;
      this.asked_holding = situation.holding && situation.opening !== null;
    }
    return {
      plugin: this.plugin,
      resource: 'vision',
      sources: ['camera'],
      task,
      goal_need: looking ? 1 : BACKGROUND_NEED,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  doubts({ camera, vision_confidence, vision_conflict }: Situation): readonly Doubt[] {
    if (camera === null || vision_confidence === null) return [];
    const uncertainty = 1 - vision_confidence;
    return [{ source: camera.source, uncertainty, disagreement: vision_conflict }];
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished) return;
    this.finished_ms = situation.now_ms;
    this.answered_ms = this.asked_ms;
    const answer = result.report.best as VisionAnswer | undefined;
    if (result.report.status === 'cancelled') return;
    situation.noteRefinement(this.plugin, result.report.fault);
    if (answer === undefined || result.report.status === 'failed') return;
    const weight = Math.min(1, result.trust);
    const { min_area_px } = situation.parameters.vision;
    const visible = visibility(situation, this.asked_cells);
    const large = answer.objects.filter((seen) => seen.area_px >= min_area_px);
    situation.outside_workspace = large.filter((seen) => !inWorkspace(seen.position_m, situation));
    const objects = large.filter(
      (seen) =>
        inWorkspace(seen.position_m, situation) &&
        // A held object is seen at the gripper; it is not on the table behind it.
        (!this.asked_holding || visible(seen.position_m)),
    );
    situation.vision_conflict = situation.beliefs.integrate({ ...answer, objects }, weight, visible);
    situation.benign_change.moved_objects.noteSighting(
      { ...answer, objects },
      situation.beliefs.all,
      situation.calm,
    );
    situation.vision_ms = answer.stamp_ms;
    situation.vision_confidence = answer.confidence;
  }

  /** No task without a fresh frame, a camera model and a pose: positions would be guesses. */
  private task(situation: Situation): VisionTask | null {
    const { camera, camera_model, camera_pose, parameters } = situation;
    if (camera === null || camera_model === null || camera_pose === null || situation.camera_stale)
      return null;
    if (!sameAspect(camera_model, camera.frame)) return null;
    return {
      frame: camera.frame,
      stamp_ms: camera.stamp_ms,
      camera: camera_model,
      camera_pose,
      table_height_m: parameters.robot.table_height_m,
      object_height_m: parameters.robot.object_height_m,
    };
  }
}

function inWorkspace(position_m: readonly number[], { parameters }: Situation): boolean {
  const { workspace_min_m, workspace_max_m } = parameters.robot;
  return position_m.every(
    (value, axis) => value >= (workspace_min_m[axis] ?? 0) && value <= (workspace_max_m[axis] ?? 0),
  );
}

/**
 * A place is visible if it is in the processed image, and its cell was not covered by the body or what it
 * held.
 */
function visibility(situation: Situation, cells: Float32Array | null): Visibility {
  const { camera, body, camera_model, camera_pose } = situation;
  if (camera === null || body === null || camera_model === null || camera_pose === null) return () => true;
  if (cells === null) return () => true;
  const { grid } = camera;
  return (position_m) => {
    const pixel = body.project(position_m, camera_model, camera_pose);
    const cell = pixel === null ? null : cellIn(pixel, camera_model, grid);
    return cell !== null && (cells[cell] ?? 0) > 0.5;
  };
}
