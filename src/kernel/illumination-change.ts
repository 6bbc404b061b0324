import { upperMedian } from './order-statistics.js';
import type { CellGrid } from './robot-shadow.js';
import { dot, robustFit } from './robust-fit.js';

/** Images from before a crisis. The oldest predates its cause, even one that came on in steps. */
const REFERENCES_MAX = 20;
/** Minimum change of luma for a switched light. */
const CHANGE_MIN = 0.03;
/** Share of the usable cells that must have changed in one direction: a light reaches the whole image. */
const COVERS_SHARE = 0.9;
/** A cell counts as changed from this share of the median change. */
const CHANGED_SHARE = 0.2;
/** With fewer usable cells than this, or than this share of the image, no conclusion is drawn. */
const CELLS_MIN = 48;
const SEEN_SHARE = 0.5;
/** Sensors clip beyond these: such cells have no reliable colour, and their luma is only a bound. */
const BRIGHT = 0.9;
const DARK = 0.06;
/** Allowed ratio of scene contrast after the change: below it the lens is covered, above it the lens was. */
const CONTRAST_MIN = 0.6;
const CONTRAST_MAX = 1.6;
/** Tolerances on luma and colour for a cell to be explained by the light. */
const LUMA_TOLERANCE = 0.02;
const LUMA_SHARE = 0.04;
const CHROMA_TOLERANCE = 0.014;
/** Tolerance factor beside the robot, whose look and shadow change as it brakes. */
const BESIDE_BODY = 3;
const NEUTRAL = 0.5;

/** An image as cells: luma, then two chroma channels around 0.5; weight 0 on the robot, below 1 beside it. */
interface CellImage {
  readonly embedding: Float32Array;
  readonly cells: Float32Array | null;
}

/**
 * Tells a global illumination change (a switched light, a curtain, an exposure jump) from an object. Such a change moves
 * the whole image in one direction and smoothly: the log ratio of luma is a quadratic in image coordinates plus a gamma
 * term. It keeps the contrast of the scene and shifts all colours alike. An object that appears at the same time has a
 * ratio and a colour of its own; one unexplained cell is enough to reject the change.
 */
export class IlluminationChange {
  private references: CellImage[] = [];
  private present: CellImage | null = null;

  /** Processes an image; a `calm` one, without surprise, becomes the reference. */
  observe(embedding: Float32Array, cells: Float32Array | null, calm: boolean): void {
    this.present = { embedding, cells };
    if (!calm) return;
    this.references.push(this.present);
    if (this.references.length > REFERENCES_MAX) this.references.shift();
  }

  /** Makes the current light the reference. */
  accept(): void {
    this.references = this.present === null ? [] : [this.present];
  }

  /** Whether the current image is the reference in another light, as far as its cells can be judged. */
  explains(shape: CellGrid): boolean {
    const [before] = this.references;
    const { present } = this;
    if (before === undefined || present === null || shape.channels !== 3) return false;
    const count = shape.rows * shape.columns;
    if (before.embedding.length !== 3 * count || present.embedding.length !== 3 * count) return false;
    return sameSceneRelit(before, present, shape);
  }
}

function sameSceneRelit(before: CellImage, present: CellImage, shape: CellGrid): boolean {
  const count = shape.rows * shape.columns;
  const inSight = [...new Array(count).keys()].filter((cell) => weightOf(before, present, cell) > 0);
  const open = inSight.filter((cell) => weightOf(before, present, cell) === 1);
  if (open.length < CELLS_MIN || open.length < SEEN_SHARE * count) return false;
  if (!changesGlobally(open, before, present)) return false;
  const light = fitIllumination(open, before, present, shape);
  if (light === null) return false;
  return inSight.every((cell) => {
    const allowed = weightOf(before, present, cell) === 1 ? 1 : BESIDE_BODY;
    return fits(light, cell, before, present, allowed);
  });
}

/** Share of a cell free of the robot, in both images. */
function weightOf({ cells: then }: CellImage, { cells: now }: CellImage, cell: number): number {
  return Math.min(1, then?.[cell] ?? 1, now?.[cell] ?? 1);
}

const luma = ({ embedding }: CellImage, cell: number): number => embedding[3 * cell]!;
const chroma = ({ embedding }: CellImage, cell: number, channel: number): number =>
  embedding[3 * cell + channel]! - NEUTRAL;

function changesGlobally(cells: readonly number[], before: CellImage, present: CellImage): boolean {
  const changes = cells.map((cell) => luma(present, cell) - luma(before, cell));
  const median = upperMedian(Float64Array.from(changes), changes.length);
  if (Math.abs(median) < CHANGE_MIN) return false;
  const clipped = (cell: number): boolean =>
    isClipped(luma(before, cell)) && isClipped(luma(present, cell)) && isBright(before, cell) === median > 0;
  const along = cells.filter(
    (cell, index) => changes[index]! / median > CHANGED_SHARE || clipped(cell),
  ).length;
  return along >= COVERS_SHARE * cells.length;
}

const isClipped = (value: number): boolean => value > BRIGHT || value < DARK;
const isBright = (look: CellImage, cell: number): boolean => luma(look, cell) > BRIGHT;

/** Model of a change of light: its effect on a cell's luma and chroma. */
interface Light {
  luma(cell: number): number;
  chroma(cell: number, channel: number): number;
}

/**
 * The change of light that explains most cells; null if none does, or if it would amount to a covered lens.
 */
function fitIllumination(
  cells: readonly number[],
  before: CellImage,
  present: CellImage,
  shape: CellGrid,
): Light | null {
  const usable = cells.filter((cell) => !isClipped(luma(before, cell)) && !isClipped(luma(present, cell)));
  if (usable.length < CELLS_MIN) return null;
  const features = (cell: number): readonly number[] => {
    const u = (2 * (cell % shape.columns)) / (shape.columns - 1) - 1;
    const v = (2 * Math.floor(cell / shape.columns)) / (shape.rows - 1) - 1;
    return [1, u, v, u * u, u * v, v * v, Math.log(Math.max(DARK, luma(before, cell)))];
  };
  const field = robustFit(
    usable.map(features),
    usable.map((cell) => Math.log(luma(present, cell) / luma(before, cell))),
    LUMA_SHARE,
  );
  if (field === null) return null;
  const contrast = 1 + (field[6] ?? 0);
  if (contrast < CONTRAST_MIN || contrast > CONTRAST_MAX) return null;
  const gain = (cell: number): number => Math.exp(dot(field, features(cell)));
  const tints = [1, 2].map((channel) =>
    robustFit(
      usable.map((cell) => [1, gain(cell) * chroma(before, cell, channel)]),
      usable.map((cell) => chroma(present, cell, channel)),
      CHROMA_TOLERANCE / 2,
    ),
  );
  if (tints.some((tint) => tint === null)) return null;
  return {
    luma: (cell) => luma(before, cell) * gain(cell),
    chroma: (cell, channel) => dot(tints[channel - 1] ?? [], [1, gain(cell) * chroma(before, cell, channel)]),
  };
}

function fits(light: Light, cell: number, before: CellImage, present: CellImage, allowed: number): boolean {
  const expected = light.luma(cell);
  const seen = luma(present, cell);
  if (expected > BRIGHT && seen > BRIGHT) return true;
  if (expected < DARK && seen < DARK) return true;
  const tolerance = LUMA_TOLERANCE + LUMA_SHARE * Math.abs(expected - luma(before, cell));
  if (Math.abs(seen - expected) > allowed * tolerance) return false;
  return [1, 2].every((channel) => {
    const off = Math.abs(chroma(present, cell, channel) - light.chroma(cell, channel));
    // The stronger a colour, the less exactly a single gain predicts it.
    return off <= allowed * (CHROMA_TOLERANCE + 0.15 * Math.abs(chroma(before, cell, channel)));
  });
}
