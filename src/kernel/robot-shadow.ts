import { upperMedian } from './order-statistics.js';

/** Smaller deviations of luma need no explanation: below the spread floor of a cell. */
const DEVIATION_MIN = 0.004;
/** A shadow scales all channels alike; tolerance on the chroma left after scaling. */
const CHROMA_TOLERANCE = 0.012;
/** Lowest gain of a shadow. */
const GAIN_MIN = 0.3;
/** Lowest gain of a shadow in light that returns. */
const RETURN_MIN = 0.55;
/** Learning rate of the unshadowed scene, per reading: two seconds at 20 Hz. */
const SCENE_RATE = 0.025;
/**
 * A cell that deviates this much from the scene for any reason but our shadow is foreign until it matches
 * again.
 */
const FOREIGN_DEVIATION = 0.02;
/** A cell whose gain differs from 1 by more than this is in our shadow. */
const SHADED = 0.01;
/** Readings without anything foreign after which earlier gains are dropped: half a second at 20 Hz. */
const FOREIGN_HOLD_READINGS = 10;
/** Step length of the flood fill from the body outwards; bridges gaps of one cell. */
const REACH = 2;
const NEUTRAL_CHROMA = 0.5;

export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  /** Luma first, then chroma around 0.5. */
  readonly channels: number;
}

/** Where the robot's shadow may have changed the light. */
export interface CastRegion {
  /** 1 for such cells. */
  readonly cells: Uint8Array;
  /**
   * The lamp was found in this image and explains it: earlier surprise in its shadow was the robot's own
   * doing.
   */
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
  /**
   * Gain of a cell before its light returned without our motion, and the reading at which that began; NaN =
   * it did not.
   */
  private before = new Float32Array(0);
  private before_reading = new Uint32Array(0);
  private reading = 0;
  /** The last reading with the shadow removed. */
  private relit = new Float32Array(0);
  private gains = new Float64Array(0);
  /** The last reading with anything foreign in it. */
  private last_foreign = 0;

  /**
   * @param embedding rows × columns × channels
   * @param cells rows × columns, 0 where the body is, below 1 beside it
   * @param moving whether the robot moves, or has just stopped
   * @param cast the robot's shadow under the known lamp, including parts detached from its silhouette; null
   * if unknown
   * @returns the embedding with the shadow removed
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

  /** Whether the last image contained anything unexplained. */
  get unexplained(): boolean {
    return this.reading > 0 && this.last_foreign === this.reading;
  }

  /** Accepts the current image as the scene. */
  accept(): void {
    this.scene = new Float32Array(0);
  }

  /** Accepts what these cells last showed, with the shadow removed, as the scene. */
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

  /** Cells covered or just uncovered by the body have no history. */
  private resetCell(embedding: Float32Array, cell: number, channels: number): void {
    for (let at = cell * channels; at < (cell + 1) * channels; at++) this.scene[at] = embedding[at] as number;
    this.light[cell] = 1;
    this.foreign[cell] = 0;
    this.before[cell] = Number.NaN;
  }

  /**
   * The gain to which a cell returns by itself; null where it does not, as for most cells, which are in full
   * light.
   */
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
   * Light that returned without our motion may have been a foreign shadow passing over the cell. While
   * anything foreign is in view, and shortly after, the previous gain is kept and reapplied if it is seen
   * again. Otherwise the cell would stay foreign forever, and our next motion would add to its surprise.
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

  /** Starts the return of a cell's light without our motion; the previous gain is kept for `restored`. */
  private beginRecovery(cell: number, light: number): number {
    if (Number.isNaN(this.before[cell] as number)) {
      this.before[cell] = this.light[cell] as number;
      this.before_reading[cell] = this.reading;
    }
    return light;
  }

  /**
   * A receding shadow needs no motion of ours to be believed: it repairs cells that were mislearned when
   * something foreign passed while the robot moved. Null where nothing recedes.
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

  /**
   * Removes the shadow from one cell in place; learns its gain where the shadow is ours, and the scene where
   * it is calm.
   */
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
    // Hidden parts of the scene follow the change of light common to the whole image.
    const seen = light === null && !strange;
    for (let channel = 0; channel < channels; channel++) {
      const at = from + channel;
      const neutral = channel === 0 ? 0 : NEUTRAL_CHROMA;
      const before = scene[at] as number;
      const now = seen ? (relit[at] as number) : neutral + common * (before - neutral);
      scene[at] = before + SCENE_RATE * (now - before);
    }
  }

  /** Gain of each cell that the robot's shadow has changed. */
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
   * Light returning towards the unshadowed scene needs no motion of ours: a foreign shadow overlapped ours
   * and has left. Otherwise the known gain.
   */
  private returning(embedding: Float32Array, cell: number, channels: number, common: number): number {
    const known = this.light[cell] as number;
    if (Math.abs(known - 1) <= SHADED) return known;
    const seen = this.lightOf(embedding, cell * channels, channels, common);
    if (seen === null || Math.abs(seen - 1) >= Math.abs(known - 1)) return known;
    const beyond = known < 1 ? seen > 1 + FOREIGN_DEVIATION : seen < 1 - FOREIGN_DEVIATION;
    return beyond ? known : this.beginRecovery(cell, seen);
  }

  /** The gain, common to all channels, that maps the scene to the image; null if there is none. */
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

  /** Change of the ambient light: the median gain of all cells, so that a lamp is not foreign. */
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

/** Conducting cells connected to the body; each step of the fill may skip at most one cell. */
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
