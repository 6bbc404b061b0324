import type { Projector } from './projector.js';

/** An upright box on the table with a square footprint. */
export interface Cuboid {
  readonly x_m: number;
  readonly y_m: number;
  /** Turn about z, rad. */
  readonly yaw_rad: number;
  /** Side of the footprint, m. */
  readonly size_m: number;
  readonly bottom_m: number;
  readonly height_m: number;
}

/** A rectangle of mask cells, row-major. */
export interface Patch {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** Rows and columns of a patch, both ends inclusive. */
export interface Extent {
  readonly first: number;
  readonly last: number;
  readonly left: number;
  readonly right: number;
}

const CORNERS = 8;
const SIGNS = [1, 1, 1, -1, -1, -1, -1, 1] as const;

/** Insertion sort by x, then y: there are only eight corners. */
function sortPoints(x: Float64Array, y: Float64Array): void {
  for (let i = 1; i < CORNERS; i++) {
    const px = x[i]!;
    const py = y[i]!;
    let j = i - 1;
    while (j >= 0 && (x[j]! > px || (x[j]! === px && y[j]! > py))) {
      x[j + 1] = x[j]!;
      y[j + 1] = y[j]!;
      j -= 1;
    }
    x[j + 1] = px;
    y[j + 1] = py;
  }
}

/**
 * Rasterises boxes: the share of each cell of a patch covered by a box in the image. Its outline is the
 * convex hull of its corners (Andrew's monotone chain, 1979). Reuses its buffers, because a fit renders
 * dozens of boxes.
 */
export class BoxPainter {
  private readonly x = new Float64Array(CORNERS);
  private readonly y = new Float64Array(CORNERS);
  private readonly corner = new Float64Array(3);
  private readonly hull = new Int8Array(2 * CORNERS);
  /** Per side: outward normal, its offset, and the reciprocal of a cell's width along it. */
  private readonly sides = new Float64Array(4 * 2 * CORNERS);
  /** Part of the patch that the last box may cover. */
  extent: Extent = { first: 0, last: -1, left: 0, right: -1 };

  constructor(private readonly projector: Projector) {}

  /**
   * Fills `out` (0..1 per cell of the patch); false if a corner is behind the camera or the outline has no
   * area.
   */
  paint(cuboid: Cuboid, patch: Patch, out: Float32Array): boolean {
    if (!this.project(cuboid)) return false;
    sortPoints(this.x, this.y);
    const count = this.findSides();
    if (count < 3) return false;
    this.cover(count, patch, out);
    return true;
  }

  private project({ x_m, y_m, yaw_rad, size_m, bottom_m, height_m }: Cuboid): boolean {
    const { corner } = this;
    const along = (Math.cos(yaw_rad) * size_m) / 2;
    const across = (Math.sin(yaw_rad) * size_m) / 2;
    for (let i = 0; i < CORNERS; i++) {
      const a = SIGNS[2 * (i % 4)]!;
      const b = SIGNS[2 * (i % 4) + 1]!;
      corner[0] = x_m + a * along - b * across;
      corner[1] = y_m + a * across + b * along;
      corner[2] = i < 4 ? bottom_m : bottom_m + height_m;
      if (!this.projector.cellInto(corner, this.x, this.y, i)) return false;
    }
    return true;
  }

  private turn(a: number, b: number, c: number): number {
    const { x, y } = this;
    return (x[b]! - x[a]!) * (y[c]! - y[a]!) - (y[b]! - y[a]!) * (x[c]! - x[a]!);
  }

  /** Hull of the sorted corners, counter-clockwise with y up; returns the number of sides. */
  private findSides(): number {
    const { hull } = this;
    let count = 0;
    for (let i = 0; i < CORNERS; i++) {
      while (count >= 2 && this.turn(hull[count - 2]!, hull[count - 1]!, i) <= 0) count -= 1;
      hull[count++] = i;
    }
    const lower = count + 1;
    for (let i = CORNERS - 2; i >= 0; i--) {
      while (count >= lower && this.turn(hull[count - 2]!, hull[count - 1]!, i) <= 0) count -= 1;
      hull[count++] = i;
    }
    count -= 1;
    for (let i = 0; i < count; i++) {
      const from = hull[i]!;
      const to = hull[(i + 1) % count]!;
      const dx = this.x[to]! - this.x[from]!;
      const dy = this.y[to]! - this.y[from]!;
      const length = Math.hypot(dx, dy) || 1;
      const nx = dy / length;
      const ny = -dx / length;
      const { sides } = this;
      sides[4 * i] = nx;
      sides[4 * i + 1] = ny;
      sides[4 * i + 2] = nx * this.x[from]! + ny * this.y[from]!;
      // A cell is wider along its diagonals: the band over which a side covers it partially.
      sides[4 * i + 3] = 1 / (Math.abs(nx) + Math.abs(ny));
    }
    return count;
  }

  /**
   * From the distance of a cell's centre to each side: exact along straight sides, off by a few hundredths at
   * corners. Only visits the bounding rectangle of the outline.
   */
  private cover(count: number, patch: Patch, out: Float32Array): void {
    out.fill(0);
    const left = Math.max(0, Math.floor(this.x[0]! - patch.column - 0.5));
    const right = Math.min(patch.columns - 1, Math.ceil(this.x[CORNERS - 1]! - patch.column + 0.5));
    let top = this.y[0]!;
    let bottom = top;
    for (let i = 1; i < CORNERS; i++) {
      top = Math.min(top, this.y[i]!);
      bottom = Math.max(bottom, this.y[i]!);
    }
    const first = Math.max(0, Math.floor(top - patch.row - 0.5));
    const last = Math.min(patch.rows - 1, Math.ceil(bottom - patch.row + 0.5));
    this.extent = { first, last, left, right };
    for (let row = first; row <= last; row++) {
      const y = patch.row + row;
      const at = row * patch.columns;
      let begin = left;
      for (let wholly = false; begin <= right && !wholly; begin++) {
        const inside = this.inside(count, patch.column + begin, y);
        out[at + begin] = inside;
        wholly = inside === 1;
      }
      // The outline is convex: between two cells it covers fully, it covers all.
      let end = right;
      for (let wholly = false; end >= begin && !wholly; end--) {
        const inside = this.inside(count, patch.column + end, y);
        out[at + end] = inside;
        wholly = inside === 1;
      }
      if (end >= begin) out.fill(1, at + begin, at + end + 1);
    }
  }

  /** Share of a cell inside the outline. */
  private inside(count: number, x: number, y: number): number {
    const { sides } = this;
    let inside = 1;
    for (let k = 0; k < 4 * count && inside > 0; k += 4) {
      const share = 0.5 - (sides[k]! * x + sides[k + 1]! * y - sides[k + 2]!) * sides[k + 3]!;
      if (share < 1) inside *= Math.max(0, share);
    }
    return inside;
  }
}
