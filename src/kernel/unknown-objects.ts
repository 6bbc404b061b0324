import type { CellGrid } from './robot-shadow.js';
import { surprisingCells } from './surprising.js';

/** An object entering over the image border may extend this many cells into it; an arm extends further. */
const EDGE_DEPTH = 2;
/** Clearance in cells between object and robot, when it is accepted and while the arm moves. */
const CLEAR_CELLS = 1;
const REGIONS_MAX = 16;

/** Cells covered by an unknown object, and until when the arm keeps out of them. */
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
  /** Incremented when the regions change. */
  version = 0;

  /** What was accepted in this crisis, in words; null if nothing. */
  get explanation(): string | null {
    if (this.accepted_count === 0) return null;
    return `unknown things lie still and are left alone (${this.accepted_count})`;
  }

  /** Resets at the end of a crisis. */
  reset(): void {
    this.accepted_count = 0;
  }

  /** Removes all keep-out regions. */
  clear(): void {
    if (this.regions.length > 0) this.version += 1;
    this.regions = [];
  }

  /**
   * Cells to accept as normal; empty if any surprising cell is not static, or belongs to what may be somebody
   * reaching in.
   * @param surprising_s how long each cell has been surprising, s; negative where it is not
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

  /** Whether the robot, 0 in `own`, would overlap a keep-out region. */
  isCrossedBy(own: Float32Array, now_ms: number): boolean {
    return this.regions.some(
      ({ cells, until_ms }) => until_ms > now_ms && [...cells].some((cell) => own[cell] === 0),
    );
  }

  /** Whether there are keep-out regions now. */
  any(now_ms: number): boolean {
    if (this.regions.some(({ until_ms }) => until_ms <= now_ms)) {
      this.regions = this.regions.filter(({ until_ms }) => until_ms > now_ms);
      this.version += 1;
    }
    return this.regions.length > 0;
  }
}

/** Connected components of cells, 8-connected. */
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

/** How far an object extends into the image from its border, in cells; 0 if it does not touch it. */
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
