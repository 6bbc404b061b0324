import { upperMedian } from './order-statistics.js';

/** A deviation of luma smaller than this is no shadow worth explaining: under the smallest spread of a cell. */
const DEVIATION_MIN = 0.004;
/** A shadow scales all channels alike; what is left of the chroma after scaling may be this large. */
const CHROMA_TOLERANCE = 0.012;
/** A shadow leaves at least this much of the light. */
const GAIN_MIN = 0.3;
/** Light that comes back: a shadow left at least this share of it. */
const RETURN_MIN = 0.55;
/** How fast the unshadowed scene is followed, per reading: two seconds at 20 Hz. */
const SCENE_RATE = 0.025;
/** A cell this far from the scene for another reason than our shadow is a stranger's, until it is back. */
const FOREIGN_DEVIATION = 0.02;
/** A cell whose light differs by more than this from the scene's is in our shadow. */
const SHADED = 0.01;
/** Readings without a stranger in the picture after which the light of before one is forgotten: half a second at 20 Hz. */
const FOREIGN_HOLD_READINGS = 10;
/** Steps of the fill from the body outwards; a gap of one cell is bridged. */
const REACH = 2;
const NEUTRAL_CHROMA = 0.5;

export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  /** Luma first, then chroma about 0.5. */
  readonly channels: number;
}

/** Where the shadow of the robot may have changed the light. */
export interface CastRegion {
  /** 1 for such cells. */
  readonly cells: Uint8Array;
  /** The lamp was found in this picture, which it explains: what surprised in its shadow before that was the robot's own. */
  readonly fresh: boolean;
}

/**
 * Removes the robot's own moving shadow from the image, so that only foreign changes surprise. Each cell has its
 * unshadowed value (the scene) and a gain: the light that the robot's shadow leaves on it. The gain is learned only while
 * the robot moves, only from a pure change of light (all channels scaled alike), and only in cells connected to the
 * robot's silhouette or inside the shadow predicted by `LightSource`. A hand has another colour, or enters from
 * elsewhere. A foreign cell is never explained as shadow until it matches the scene again, so a dark hand that reaches the
 * arm stays foreign; and since the scene is kept, everything is as before once it leaves.
 */
export class RobotShadow {
  private scene = new Float32Array(0);
  private light = new Float32Array(0);
  private body = new Uint8Array(0);
  private foreign = new Uint8Array(0);
  /** The light of a cell before it came back without our motion, and the reading in which it began to; NaN = it did not. */
  private before = new Float32Array(0);
  private before_reading = new Uint32Array(0);
  private reading = 0;
  /** The last reading, the shadow taken out. */
  private relit = new Float32Array(0);
  private gains = new Float64Array(0);
  /** The last reading that had a stranger anywhere. */
  private last_foreign = 0;

  /**
   * @param embedding rows × columns × channels
   * @param cells rows × columns, 0 where the body is, below 1 beside it
   * @param moving whether the robot moves, or has just stopped
   * @param cast where the robot's shadow falls by the lamp that is known, also apart from its silhouette; null if none is
   * @returns the embedding with the shadow taken out
   */
  removeShadow(
    embedding: Float32Array,
    cells: Float32Array,
    grid: CellGrid,
    moving: boolean,
    cast: CastRegion | null = null,
  ): Float32Array {
    if (this.scene.length !== embedding.length) this.reset(embedding, cells.length);
    const { channels } = grid;
    const { body } = this;
    const common = this.commonGain(embedding, cells, channels);
    const own = moving ? this.robotShadowLights(embedding, cells, grid, common, cast) : null;
    const relit = embedding.slice();
    this.reading++;
    for (let cell = 0; cell < cells.length; cell++) {
      const covered = cells[cell] === 0;
      if (covered || body[cell] === 1) this.resetCell(embedding, cell, channels);
      else {
        const shaded = own?.get(cell);
        if (shaded !== undefined) this.before[cell] = Number.NaN;
        const light = shaded ?? this.recoveredLight(embedding, cell, channels, common);
        this.removeFromCell(relit, cell, channels, common, light);
      }
      body[cell] = covered ? 1 : 0;
    }
    if (this.foreign.includes(1)) this.last_foreign = this.reading;
    this.relit = relit;
    return relit;
  }

  /** Whether something was in the last picture that was not explained. */
  get unexplained(): boolean {
    return this.reading > 0 && this.last_foreign === this.reading;
  }

  /** The present is normal: it becomes the scene. */
  accept(): void {
    this.scene = new Float32Array(0);
  }

  /** What these cells showed last is normal: without the robot's shadow it becomes the scene there. */
  acceptCells(cells: readonly number[], channels: number): void {
    if (this.relit.length !== this.scene.length) return;
    for (const cell of cells) {
      for (let at = cell * channels; at < (cell + 1) * channels; at++)
        this.scene[at] = this.relit[at] as number;
      this.foreign[cell] = 0;
      this.before[cell] = Number.NaN;
    }
  }

  private reset(embedding: Float32Array, cells: number): void {
    this.scene = embedding.slice();
    this.light = new Float32Array(cells).fill(1);
    this.body = new Uint8Array(cells);
    this.foreign = new Uint8Array(cells);
    this.before = new Float32Array(cells).fill(Number.NaN);
    this.before_reading = new Uint32Array(cells);
    this.reading = 0;
    this.last_foreign = 0;
  }

  /** What the body covers or has just uncovered has no past of its own. */
  private resetCell(embedding: Float32Array, cell: number, channels: number): void {
    for (let at = cell * channels; at < (cell + 1) * channels; at++) this.scene[at] = embedding[at] as number;
    this.light[cell] = 1;
    this.foreign[cell] = 0;
    this.before[cell] = Number.NaN;
  }

  /** The light that a cell comes back to by itself; null where it does not, as most of them, which are in full light. */
  private recoveredLight(
    embedding: Float32Array,
    cell: number,
    channels: number,
    common: number,
  ): number | null {
    if (this.light[cell] === 1 && Number.isNaN(this.before[cell] as number)) return null;
    return (
      this.restored(embedding, cell, channels, common) ?? this.receding(embedding, cell, channels, common)
    );
  }

  /**
   * Light that came back without our motion may have been a stranger's shadow on its way over the cell. As long as
   * there is a stranger, and a moment longer, the light of before is remembered, and holds again where it is seen
   * again. Otherwise the cell would stay a stranger's for good, and our next motion would add to its surprise.
   */
  private restored(embedding: Float32Array, cell: number, channels: number, common: number): number | null {
    const before = this.before[cell] as number;
    if (Number.isNaN(before)) return null;
    const last = Math.max(this.last_foreign, this.before_reading[cell] as number);
    if (this.reading - last > FOREIGN_HOLD_READINGS) {
      this.before[cell] = Number.NaN;
      return null;
    }
    const left = this.foreign[cell] === 1 || Math.abs((this.light[cell] as number) - before) >= SHADED;
    const light = left ? this.lightOf(embedding, cell * channels, channels, common) : null;
    return light !== null && Math.abs(light - before) < SHADED ? before : null;
  }

  /** The light that a cell comes back to without our motion; the earlier value is kept for `restored`. */
  private beginRecovery(cell: number, light: number): number {
    if (Number.isNaN(this.before[cell] as number)) {
      this.before[cell] = this.light[cell] as number;
      this.before_reading[cell] = this.reading;
    }
    return light;
  }

  /**
   * Less shadow than was thought needs no motion to be believed: what a stranger's passing made of a cell while the
   * robot moved is mended when the scene shows again. Null where nothing recedes.
   */
  private receding(embedding: Float32Array, cell: number, channels: number, common: number): number | null {
    const before = this.light[cell] as number;
    if (before === 1) return null;
    const light = this.lightOf(embedding, cell * channels, channels, common);
    if (light === null) return null;
    if (Math.abs(light - 1) < SHADED) return this.beginRecovery(cell, 1);
    const nearer = Math.abs(light - 1) < Math.abs(before - 1) && light < 1 === before < 1;
    return nearer ? this.beginRecovery(cell, light) : null;
  }

  /** Takes the shadow out of one cell in place; learns its light where it is ours, and the scene where it is calm. */
  private removeFromCell(
    relit: Float32Array,
    cell: number,
    channels: number,
    common: number,
    light: number | null,
  ): void {
    const { scene } = this;
    this.light[cell] = light ?? this.returning(relit, cell, channels, common);
    const gain = this.light[cell] as number;
    const from = cell * channels;
    let away = 0;
    for (let channel = 0; channel < channels; channel++) {
      const at = from + channel;
      const neutral = channel === 0 ? 0 : NEUTRAL_CHROMA;
      relit[at] = neutral + ((relit[at] as number) - neutral) / gain;
      const expected = neutral + common * ((scene[at] as number) - neutral);
      away = Math.max(away, Math.abs((relit[at] as number) - expected));
    }
    const strange = light === null && away > FOREIGN_DEVIATION;
    this.foreign[cell] = strange ? 1 : 0;
    // Where the scene is not seen now it still comes into another light as the rest of the picture does.
    const seen = light === null && !strange;
    for (let channel = 0; channel < channels; channel++) {
      const at = from + channel;
      const neutral = channel === 0 ? 0 : NEUTRAL_CHROMA;
      const before = scene[at] as number;
      const now = seen ? (relit[at] as number) : neutral + common * (before - neutral);
      scene[at] = before + SCENE_RATE * (now - before);
    }
  }

  /** The light of each cell that the robot's shadow has changed. */
  private robotShadowLights(
    embedding: Float32Array,
    cells: Float32Array,
    grid: CellGrid,
    common: number,
    cast: CastRegion | null,
  ): ReadonlyMap<number, number> {
    const lights = new Map<number, number>();
    const conducts = new Uint8Array(cells.length);
    for (let cell = 0; cell < cells.length; cell++) {
      const pardoned = cast?.fresh === true && cast.cells[cell] === 1;
      if (cells[cell] === 0 || (this.foreign[cell] === 1 && !pardoned)) continue;
      const light = this.lightOf(embedding, cell * grid.channels, grid.channels, common);
      if (light === null) continue;
      const gain = this.light[cell] as number;
      const luma = (this.scene[cell * grid.channels] as number) * common;
      if (Math.abs(light - gain) * luma > DEVIATION_MIN) lights.set(cell, light);
      if (lights.has(cell) || Math.abs(gain - 1) > SHADED) conducts[cell] = 1;
    }
    const near = connected(cells, conducts, grid);
    for (const cell of lights.keys()) if (!near.has(cell) && cast?.cells[cell] !== 1) lights.delete(cell);
    return lights;
  }

  /**
   * Light that comes back towards the unshadowed scene needs no motion of ours: a stranger's shadow was mixed with our
   * own, and has left. Otherwise the light as it is known.
   */
  private returning(embedding: Float32Array, cell: number, channels: number, common: number): number {
    const known = this.light[cell] as number;
    if (Math.abs(known - 1) <= SHADED) return known;
    const seen = this.lightOf(embedding, cell * channels, channels, common);
    if (seen === null || Math.abs(seen - 1) >= Math.abs(known - 1)) return known;
    const beyond = known < 1 ? seen > 1 + FOREIGN_DEVIATION : seen < 1 - FOREIGN_DEVIATION;
    return beyond ? known : this.beginRecovery(cell, seen);
  }

  /** The gain that turns the scene into what is seen, in all channels alike; null where no gain does. */
  private lightOf(embedding: Float32Array, at: number, channels: number, common: number): number | null {
    const before = (this.scene[at] as number) * common;
    if (before <= 0) return null;
    const gain = (embedding[at] as number) / before;
    if (!(gain >= GAIN_MIN && gain <= 1 / RETURN_MIN)) return null;
    for (let channel = 1; channel < channels; channel++) {
      const expected = gain * common * ((this.scene[at + channel] as number) - NEUTRAL_CHROMA);
      const left = (embedding[at + channel] as number) - NEUTRAL_CHROMA - expected;
      if (Math.abs(left) > CHROMA_TOLERANCE) return null;
    }
    return gain;
  }

  /** What the light of the room did to most cells: the median of their gains, so that a lamp is no stranger. */
  private commonGain(embedding: Float32Array, cells: Float32Array, channels: number): number {
    if (this.gains.length !== cells.length) this.gains = new Float64Array(cells.length);
    const { gains, scene, light } = this;
    let count = 0;
    for (let cell = 0; cell < cells.length; cell++) {
      const before = (scene[cell * channels] as number) * (light[cell] as number);
      if (cells[cell] === 0 || !(before > 0)) continue;
      const gain = (embedding[cell * channels] as number) / before;
      if (!Number.isNaN(gain)) gains[count++] = gain;
    }
    if (count === 0) return 1;
    const median = upperMedian(gains, count);
    return Number.isFinite(median) ? Math.min(2, Math.max(0.5, median)) : 1;
  }
}

/** The conducting cells that hang together with the body, each step reaching over at most one other cell. */
function connected(
  cells: Float32Array,
  conducts: Uint8Array,
  { rows, columns }: CellGrid,
): ReadonlySet<number> {
  const front: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) if ((cells[cell] as number) < 1) front.push(cell);
  const found = new Set<number>();
  while (front.length > 0) {
    const cell = front.pop() as number;
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y++) {
      for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x++) {
        const near = y * columns + x;
        if (conducts[near] !== 1) continue;
        conducts[near] = 0;
        found.add(near);
        front.push(near);
      }
    }
  }
  return found;
}
