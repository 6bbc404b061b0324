import type { AdapterAnswer, AdapterModel, AdapterTask, Detection } from '../../contracts/adapter.js';
import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import type { Doubt, Faculty } from '../../kernel/faculty.js';
import type { Situation } from '../../kernel/situation.js';

/** Between the end of one look and the next, ms. */
const EVERY_MS = 200;
/** A user's model adds to what is known; what goals need comes before it. */
const GOAL_NEED = 0.1;

/**
 * Ties a user's model to the cycle. What it answers becomes a source of salience under the model's id; how unsure it
 * is, and where its detections contradict what is believed to lie on the table, becomes doubt about the camera.
 */
export class AdapterFaculty implements Faculty {
  readonly plugin: string;
  private asked_ms: number | null = null;
  private answered_ms: number | null = null;
  private finished_ms: number | null = null;
  private last: AdapterAnswer | null = null;

  constructor(private readonly model: AdapterModel) {
    this.plugin = model.id;
  }

  offer(situation: Situation, running: boolean): JobOffer | null {
    const { camera, camera_stale, resting, goals, now_ms } = situation;
    if (camera === null || camera_stale) return null;
    if (!running && resting && !goals.busy) return null;
    if (!running && this.answered_ms !== null && camera.stamp_ms <= this.answered_ms) return null;
    if (!running && this.finished_ms !== null && now_ms - this.finished_ms < EVERY_MS) return null;
    if (!running) this.asked_ms = camera.stamp_ms;
    return {
      plugin: this.plugin,
      resource: 'vision',
      sources: ['camera', this.plugin],
      task: { frame: camera.frame, stamp_ms: camera.stamp_ms } satisfies AdapterTask,
      goal_need: GOAL_NEED,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  doubts(situation: Situation): readonly Doubt[] {
    if (
      this.last === null ||
      situation.now_ms - this.last.stamp_ms > 2 * situation.parameters.camera.stale_ms
    )
      return [];
    const disagreement = disagreementOf(this.last.detections, this.model.adapter.objects, situation);
    return [{ source: 'camera', uncertainty: this.last.uncertainty, disagreement }];
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished) return;
    this.finished_ms = situation.now_ms;
    this.answered_ms = this.asked_ms;
    if (result.report.status === 'cancelled') return;
    situation.refined(this.plugin, result.report.fault);
    const answer = result.report.best as AdapterAnswer | undefined;
    if (answer === undefined || result.report.status === 'failed' || answer.embedding.length === 0) return;
    this.last = answer;
    situation.feedBack({
      kind: 'embedding',
      source: this.plugin,
      stamp_ms: situation.now_ms,
      received_ms: situation.now_ms,
      embedding: answer.embedding,
      weights: null,
    });
  }
}

const holds = ({ left, top, right, bottom }: Detection, [u, v]: readonly [number, number]): boolean =>
  u >= left && u <= right && v >= top && v <= bottom;

/**
 * Share of the things on the table on which detector and beliefs differ: boxes of such a class with nothing believed
 * in them, and believed things in the picture without a box. 0 where the detector knows no such class.
 */
export function disagreementOf(
  detections: readonly Detection[],
  objects: readonly string[],
  {
    beliefs,
    body,
    camera_model,
    camera_pose,
  }: Pick<Situation, 'beliefs' | 'body' | 'camera_model' | 'camera_pose'>,
): number {
  if (objects.length === 0 || body === null || camera_model === null || camera_pose === null) return 0;
  const boxes = detections.filter(({ label }) => objects.includes(label));
  const pixels = beliefs.all.flatMap(({ position_m }) => {
    const pixel = body.project(position_m, camera_model, camera_pose);
    return pixel === null || !inPicture(pixel, camera_model) ? [] : [pixel];
  });
  const unexplained = boxes.filter((box) => !pixels.some((pixel) => holds(box, pixel))).length;
  const unseen = pixels.filter((pixel) => !boxes.some((box) => holds(box, pixel))).length;
  const all = unexplained + pixels.length;
  return all === 0 ? 0 : (unexplained + unseen) / all;
}

function inPicture(
  [u, v]: readonly [number, number],
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  return u >= 0 && v >= 0 && u < width && v < height;
}
