import type { CameraModel, Vec3 } from '../contracts/geometry.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { Aside } from './aside.js';
import type { LightChange } from './light.js';
import type { CellGrid } from './own-shadow.js';
import { Rearranged } from './rearranged.js';
import { surprisingCells } from './surprising.js';

/** What the camera shows at the moment, as far as it tells the harmless from an intruder. */
export interface Sight {
  readonly grid: CellGrid;
  /** Null before its calibration is known. */
  readonly camera: CameraModel | null;
  /** The pixel that shows a point of the base frame, or null. */
  readonly pixelOf: (position_m: Vec3) => readonly [number, number] | null;
  readonly light: LightChange;
  /** Per cell, 0 where the body (and what it holds) is, 1 elsewhere; null where that is not known. */
  readonly own_cells: Float32Array | null;
  readonly now_ms: number;
}

/**
 * What surprises and is no intruder: things on the table that were moved, another light on all of it, something
 * unknown that lies still aside. It only ends a hold sooner; none is kept from beginning.
 */
export class Harmless {
  readonly rearranged = new Rearranged();
  readonly aside = new Aside();
  /** True where the light was taken for normal in this crisis. */
  private relit = false;

  constructor(private readonly parameters: Pick<Parameters, 'robot' | 'salience'>) {}

  /** What was taken for normal in this crisis, in words; null where nothing was. */
  get told(): string | null {
    const told = [this.rearranged.told, this.relit ? 'the light has changed' : null, this.aside.told];
    return told.filter((one) => one !== null).join('; ') || null;
  }

  /** The crisis is over: what was told of it is said. */
  over(): void {
    this.rearranged.over();
    this.aside.over();
    this.relit = false;
  }

  /**
   * The cells to take for normal: where all that surprises is harmless; none otherwise.
   * @param surprising_s for how long each cell has surprised, s, negative where it does not; rows × columns of the grid
   */
  cells(surprising_s: Float32Array, sight: Sight): readonly number[] {
    if (surprising_s.length !== sight.grid.rows * sight.grid.columns) return [];
    const moved = this.movedThings(surprising_s, sight);
    if (moved.length > 0) return moved;
    const { settle_s, aside_s, habituation_s: keep_s } = this.parameters.salience;
    const cells = surprisingCells(surprising_s);
    const still = cells.length > 0 && cells.every((cell) => surprising_s[cell]! >= settle_s);
    if (still && sight.light.explains(sight.grid)) {
      sight.light.accepted();
      this.relit = true;
      return [...surprising_s.keys()];
    }
    if (sight.own_cells === null) return [];
    const times = { aside_s, keep_s, now_ms: sight.now_ms };
    return this.aside.explained(surprising_s, sight.own_cells, sight.grid, times);
  }

  private movedThings(surprising_s: Float32Array, sight: Sight): readonly number[] {
    const { camera, pixelOf, now_ms } = sight;
    if (camera === null) return [];
    const { rows, columns } = sight.grid;
    const { table_height_m, object_height_m } = this.parameters.robot;
    const view = { rows, columns, camera, pixelOf, table_height_m, object_height_m };
    return this.rearranged.explained(surprising_s, this.parameters.salience.settle_s, now_ms, view);
  }
}
