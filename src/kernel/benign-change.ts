import type { CameraModel, Vec3 } from '../contracts/geometry.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { IlluminationChange } from './illumination-change.js';
import { MovedObjects } from './moved-objects.js';
import type { CellGrid } from './robot-shadow.js';
import { surprisingCells } from './surprising.js';
import { UnknownObjects } from './unknown-objects.js';

/** The current camera view, as needed to tell a benign change from an intruder. */
interface CameraView {
  readonly grid: CellGrid;
  /** Null until calibrated. */
  readonly camera: CameraModel | null;
  /** Projects a point of the base frame, m, to a pixel; null outside the view. */
  readonly pixelOf: (position_m: Vec3) => readonly [number, number] | null;
  readonly illumination: IlluminationChange;
  /** Per cell, 0 where the body (and what it holds) is, 1 elsewhere; null if unknown. */
  readonly robot_mask: Float32Array | null;
  readonly now_ms: number;
}

/**
 * Recognises surprise that is no intruder: objects on the table that were moved, a change of illumination, or a static
 * unknown object off to the side. It can only end a hold sooner, never prevent one.
 */
export class BenignChange {
  readonly moved_objects = new MovedObjects();
  readonly unknown_objects = new UnknownObjects();
  /** True once a change of light was accepted as normal in this crisis. */
  private light_accepted = false;

  constructor(private readonly parameters: Pick<Parameters, 'robot' | 'salience'>) {}

  /** What was accepted as normal in this crisis, in words; null if nothing. */
  get explanation(): string | null {
    const told = [
      this.moved_objects.explanation,
      this.light_accepted ? 'the light has changed' : null,
      this.unknown_objects.explanation,
    ];
    return told.filter((one) => one !== null).join('; ') || null;
  }

  /** Clears the explanation at the end of a crisis. */
  reset(): void {
    this.moved_objects.reset();
    this.unknown_objects.reset();
    this.light_accepted = false;
  }

  /**
   * Cells to accept as normal: all surprising ones if every one of them is benign, otherwise none.
   * @param surprising_s how long each cell has been surprising, s, negative where it is not; rows × columns
   * of the grid
   */
  cells(surprising_s: Float32Array, sight: CameraView): readonly number[] {
    if (surprising_s.length !== sight.grid.rows * sight.grid.columns) return [];
    const moved = this.movedObjectCells(surprising_s, sight);
    if (moved.length > 0) return moved;
    const { settle_s, aside_s, habituation_s: keep_s } = this.parameters.salience;
    const cells = surprisingCells(surprising_s);
    const still = cells.length > 0 && cells.every((cell) => surprising_s[cell]! >= settle_s);
    if (still && sight.illumination.explains(sight.grid)) {
      sight.illumination.accept();
      this.light_accepted = true;
      return [...surprising_s.keys()];
    }
    if (sight.robot_mask === null) return [];
    const times = { aside_s, keep_s, now_ms: sight.now_ms };
    return this.unknown_objects.explainedCells(surprising_s, sight.robot_mask, sight.grid, times);
  }

  private movedObjectCells(surprising_s: Float32Array, sight: CameraView): readonly number[] {
    const { camera, pixelOf, now_ms } = sight;
    if (camera === null) return [];
    const { rows, columns } = sight.grid;
    const { table_height_m, object_height_m } = this.parameters.robot;
    const view = { rows, columns, camera, pixelOf, table_height_m, object_height_m };
    return this.moved_objects.explainedCells(surprising_s, this.parameters.salience.settle_s, now_ms, view);
  }
}
