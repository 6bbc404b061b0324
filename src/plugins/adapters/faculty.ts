import type { AdapterAnswer, AdapterModel, AdapterTask, Detection } from '../../contracts/adapter.js';
import type { Fault } from '../../contracts/errors.js';
import type { Modality } from '../../contracts/modality.js';
import type { SoundReading } from '../../contracts/observation.js';
import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import { span } from '../../contracts/readable.js';
import type { Doubt, Faculty } from '../../kernel/faculty.js';
import type { Situation } from '../../kernel/situation.js';
import { thingRegions } from './things.js';

/** Pause between two looks, ms. */
export const EVERY_MS = 200;
/**
 * Longest pause before a failing model is retried, ms. The pause doubles with each consecutive failure, so
 * that a broken model costs next to nothing and a repaired one is back soon.
 */
export const RETRY_MAX_MS = 10_000;
/** Low: a user's model supplements what is known, and what goals need comes first. */
export const GOAL_NEED = 0.1;
/** The source for each modality that an adapter can take. */
const SOURCES = { vision: 'camera', audio: 'audio' } as const;

/**
 * Ties a user's model to the cycle. Its answer becomes a source of salience under the model's id. Its
 * uncertainty, and contradictions between its detections and the beliefs about the table, become doubt about
 * the sources it read.
 */
export class AdapterFaculty implements Faculty {
  readonly plugin: string;
  /** Sources it reads. */
  private readonly reads: readonly string[];
  private asked_ms: number | null = null;
  private answered_ms: number | null = null;
  private finished_ms: number | null = null;
  /** Consecutive failures. */
  private failures = 0;
  private last: AdapterAnswer | null = null;

  /** @param looks whether perception has selected this model for the modalities that are available. */
  constructor(
    private readonly model: AdapterModel,
    private readonly looks: (given: readonly Modality[]) => boolean,
  ) {
    this.plugin = model.id;
    this.reads = [...(model.vision ? [SOURCES.vision] : []), ...(model.audio ? [SOURCES.audio] : [])];
  }

  offer(situation: Situation, running: boolean): JobOffer | null {
    const { resting, goals, now_ms } = situation;
    const task = this.taskOf(situation);
    if (task === null) return null;
    if (!running && !this.looks(present(situation))) return null;
    if (!running && resting && !goals.busy) return null;
    if (!running && this.answered_ms !== null && task.stamp_ms <= this.answered_ms) return null;
    if (!running && this.finished_ms !== null && now_ms - this.finished_ms < this.pause_ms) return null;
    if (!running) this.asked_ms = task.stamp_ms;
    return {
      plugin: this.plugin,
      resource: 'vision',
      sources: [...this.reads, this.plugin],
      task,
      goal_need: GOAL_NEED,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  /** Pause between two refinements, ms. */
  private get pause_ms(): number {
    return Math.min(RETRY_MAX_MS, EVERY_MS * 2 ** this.failures);
  }

  /** Why the last refinement failed, and when it is retried; null if it did not. */
  private told({ status, fault: found }: RefinementResult['report']): Fault | null {
    this.failures = status === 'failed' ? this.failures + 1 : 0;
    if (found === null || this.failures < 2) return found;
    const again = `failed ${this.failures} times in a row, next attempt in ${span(this.pause_ms)}`;
    return { ...found, text: `${found.text}; ${again}` };
  }

  /** The input of a refinement now; null while part of it is missing. */
  private taskOf(situation: Situation): AdapterTask | null {
    const { camera } = situation;
    const picture = this.model.vision && seen(situation) ? camera : null;
    const sound = this.model.audio ? heard(situation) : null;
    if ((this.model.vision && !picture) || (this.model.audio && !sound)) return null;
    return {
      frame: picture?.frame ?? null,
      sound: sound?.samples ?? null,
      things: picture ? thingRegions(situation, this.model.adapter.things) : [],
      stamp_ms: Math.max(picture?.stamp_ms ?? 0, sound?.stamp_ms ?? 0),
    };
  }

  doubts(situation: Situation): readonly Doubt[] {
    if (
      this.last === null ||
      situation.now_ms - this.last.stamp_ms > 2 * situation.parameters.camera.stale_ms
    )
      return [];
    const { uncertainty, detections } = this.last;
    const disagreement = disagreementOf(detections, this.model.adapter.objects, situation);
    return this.reads.map((source) => ({ source, uncertainty, disagreement }));
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished) return;
    this.finished_ms = situation.now_ms;
    this.answered_ms = this.asked_ms;
    if (result.report.status === 'cancelled') return;
    situation.noteRefinement(this.plugin, this.told(result.report));
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

const seen = ({ camera, camera_stale }: Situation): boolean => camera !== null && !camera_stale;

const heard = ({ microphone, now_ms }: Situation): SoundReading | null => microphone.current(now_ms);

function present(situation: Situation): readonly Modality[] {
  return [...(seen(situation) ? ['vision' as const] : []), ...(heard(situation) ? ['audio' as const] : [])];
}

const holds = ({ left, top, right, bottom }: Detection, [u, v]: readonly [number, number]): boolean =>
  u >= left && u <= right && v >= top && v <= bottom;

/**
 * Share of the objects on which detector and beliefs disagree: boxes of a known class without a believed
 * object, and believed objects in the image without a box. 0 if the detector knows no such class.
 */
function disagreementOf(
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
