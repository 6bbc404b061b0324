import type { CellGrid } from './robot-shadow.js';
import { surprisingCells } from './surprising.js';

/** A thing that comes in over the edge of the picture may reach so many cells into it; an arm reaches farther. */
const EDGE_DEPTH = 2;
/** Between a thing and the robot there have to be so many cells, when it is left alone and when the arm moves. */
const CLEAR_CELLS = 1;
const REGIONS_MAX = 16;

/** Cells of the picture that something unknown covers, and until when the arm keeps clear of them. */
interface KeepOutRegion {
  readonly cells: ReadonlySet<number>;
  readonly until_ms: number;
}

/**
 * Static unknown objects: each stays still for `salience.aside_s`, clear of the robot, and is either isolated in the image
 * (so no arm reaches in with it) or barely extends over the edge. Their appearance is accepted as normal, and they become
 * keep-out regions until they would have been habituated anyway.
 */
export class UnknownObjects {
  private regions: KeepOutRegion[] = [];
  private accepted_count = 0;
  /** Changes when the places do. */
  version = 0;

  /** What was left alone in this crisis, in words; null where nothing was. */
  get explanation(): string | null {
    if (this.accepted_count === 0) return null;
    return `unknown things lie still and are left alone (${this.accepted_count})`;
  }

  /** The crisis is over. */
  reset(): void {
    this.accepted_count = 0;
  }

  /** Nothing is kept clear of any more. */
  clear(): void {
    if (this.regions.length > 0) this.version += 1;
    this.regions = [];
  }

  /**
   * The cells to take for normal; empty as long as any that surprises has not lain still, or belongs to what may be
   * somebody who reaches in.
   * @param surprising_s for how long each cell has shown what surprises in it, s; negative where it does not
   * @param own 0 where the robot is
   */
  explainedCells(
    surprising_s: Float32Array,
    own: Float32Array,
    shape: CellGrid,
    {
      aside_s,
      keep_s,
      now_ms,
    }: { readonly aside_s: number; readonly keep_s: number; readonly now_ms: number },
  ): readonly number[] {
    const cells = surprisingCells(surprising_s);
    if (aside_s === 0 || cells.length === 0) return [];
    if (cells.some((cell) => surprising_s[cell]! < aside_s)) return [];
    const things = connectedComponents(new Set(cells), shape);
    if (!things.every((thing) => isIsolated(thing, own, shape))) return [];
    const until_ms = now_ms + 1000 * keep_s;
    this.regions = [
      ...this.regions,
      ...things.map((thing) => ({ cells: dilated(thing, shape), until_ms })),
    ].slice(-REGIONS_MAX);
    this.accepted_count += things.length;
    this.version += 1;
    return cells;
  }

  /** Whether the robot, 0 in `own`, would be across something that is left alone. */
  isCrossedBy(own: Float32Array, now_ms: number): boolean {
    return this.regions.some(
      ({ cells, until_ms }) => until_ms > now_ms && [...cells].some((cell) => own[cell] === 0),
    );
  }

  /** Whether anything is kept clear of now. */
  any(now_ms: number): boolean {
    if (this.regions.some(({ until_ms }) => until_ms <= now_ms)) {
      this.regions = this.regions.filter(({ until_ms }) => until_ms > now_ms);
      this.version += 1;
    }
    return this.regions.length > 0;
  }
}

/** The groups of cells that hang together, also by their corners. */
function connectedComponents(cells: Set<number>, shape: CellGrid): readonly ReadonlySet<number>[] {
  const things: Set<number>[] = [];
  for (const first of cells) {
    const thing = new Set<number>();
    const front = [first];
    while (front.length > 0) {
      const cell = front.pop()!;
      if (!cells.delete(cell)) continue;
      thing.add(cell);
      front.push(...neighbours(cell, shape));
    }
    if (thing.size > 0) things.push(thing);
  }
  return things;
}

function isIsolated(thing: ReadonlySet<number>, own: Float32Array, shape: CellGrid): boolean {
  const apart = [...dilated(thing, shape, CLEAR_CELLS + 1)].every((cell) => own[cell] !== 0);
  return apart && depthFromEdge(thing, shape) <= EDGE_DEPTH;
}

/** How far a thing reaches into the picture from its edge, cells; 0 for one that is not at the edge. */
function depthFromEdge(thing: ReadonlySet<number>, { rows, columns }: CellGrid): number {
  const depths = [...thing].map((cell) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    return Math.min(row, column, rows - 1 - row, columns - 1 - column);
  });
  return Math.min(...depths) > 0 ? 0 : Math.max(...depths) + 1;
}

function dilated(thing: ReadonlySet<number>, shape: CellGrid, by = CLEAR_CELLS): ReadonlySet<number> {
  let all = new Set(thing);
  for (let ring = 0; ring < by; ring++)
    all = new Set([...all].flatMap((cell) => [cell, ...neighbours(cell, shape)]));
  return all;
}

function neighbours(cell: number, { rows, columns }: CellGrid): number[] {
  const [row, column] = [Math.floor(cell / columns), cell % columns];
  const found: number[] = [];
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++)
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
      if (y !== row || x !== column) found.push(y * columns + x);
  return found;
}
