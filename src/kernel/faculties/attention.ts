import type { AttentionAnswer, AttentionTask, PatchScores } from '../../contracts/attention.js';
import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import { cellAt } from '../../robot/camera.js';
import type { Faculty } from '../faculty.js';
import type { Situation } from '../situation.js';

/** Low: everything a goal needs comes first, and attention costs next to nothing. */
const NEED = 0.1;
/** Change of a score that justifies a new refinement. */
const CHANGED = 0.1;

/** Allocates attention to the sources and the patches of the camera image, based on salience. */
export class AttentionFaculty implements Faculty {
  readonly plugin = 'attention';
  private finished_ms: number | null = null;
  private asked: AttentionTask | null = null;

  offer(situation: Situation, running: boolean): JobOffer | null {
    const { attention, now_ms, parameters } = situation;
    if (attention.sources.length === 0) return null;
    const since_ms = this.finished_ms === null ? Number.POSITIVE_INFINITY : now_ms - this.finished_ms;
    // A clock that was set back makes it due.
    if (!running && since_ms >= 0 && since_ms < parameters.attention.period_ms) return null;
    const task = running && this.asked !== null ? this.asked : taskOf(situation);
    const due = since_ms < 0 || since_ms >= parameters.attention.refresh_ms;
    if (!running && !due && this.asked !== null && !changed(this.asked, task)) return null;
    if (!running) this.asked = task;
    return {
      plugin: this.plugin,
      resource: 'vision',
      sources: [],
      task,
      goal_need: NEED,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished) return;
    const { status, fault, best } = result.report;
    if (status === 'cancelled') return;
    this.finished_ms = situation.now_ms;
    situation.noteRefinement(this.plugin, fault);
    if (best === undefined || status === 'failed') return;
    situation.attention.apply(best as AttentionAnswer, situation.now_ms);
  }
}

function taskOf(situation: Situation): AttentionTask {
  const { attention, now_ms } = situation;
  return {
    stamp_ms: now_ms,
    // Stale sources have nothing new to attend to.
    sources: attention.sources.map(({ source, combined, stale }) => ({
      source,
      score: stale ? 0 : combined,
    })),
    patches: patchesOf(situation),
  };
}

function patchesOf(situation: Situation): PatchScores | null {
  const { camera, attention } = situation;
  if (camera === null || situation.camera_stale) return null;
  const { rows, columns } = camera.grid;
  const surprise = attention.patches();
  if (surprise?.length !== rows * columns) return null;
  return {
    source: camera.source,
    rows,
    columns,
    surprise,
    goal: goalPatches(situation, rows, columns),
  };
}

/**
 * 1 at the patch where the goal's target is believed to be, one half around it; null if it is not in the
 * image.
 */
function goalPatches(situation: Situation, rows: number, columns: number): Float32Array | null {
  const target = situation.pursuit?.goal.target ?? null;
  const found = target === null ? null : situation.beliefs.find(target, situation.pullAt);
  const pixel = found === null ? null : situation.pixelOf(found.position_m);
  const camera = situation.camera_model;
  if (pixel === null || camera === null) return null;
  const { row, column } = cellAt(pixel, camera, { rows, columns });
  if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
  const bearing = new Float32Array(rows * columns);
  for (let down = -1; down <= 1; down++) {
    for (let across = -1; across <= 1; across++) {
      const [r, c] = [row + down, column + across];
      if (r < 0 || r >= rows || c < 0 || c >= columns) continue;
      bearing[r * columns + c] = down === 0 && across === 0 ? 1 : 0.5;
    }
  }
  return bearing;
}

function changed(before: AttentionTask, after: AttentionTask): boolean {
  if (before.sources.length !== after.sources.length) return true;
  for (let index = 0; index < after.sources.length; index++) {
    const { source, score } = after.sources[index]!;
    const old = before.sources[index]!;
    if (old.source !== source || Math.abs(old.score - score) > CHANGED) return true;
  }
  if (before.patches === null || after.patches === null) return before.patches !== after.patches;
  return (
    differ(before.patches.surprise, after.patches.surprise) ||
    differ(before.patches.goal ?? NOWHERE, after.patches.goal ?? NOWHERE)
  );
}

const NOWHERE = new Float32Array(0);

function differ(before: Float32Array, after: Float32Array): boolean {
  if (before.length !== after.length) return true;
  for (let index = 0; index < after.length; index++) {
    if (Math.abs(after[index]! - before[index]!) > CHANGED) return true;
  }
  return false;
}
