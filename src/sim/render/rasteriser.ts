/** Samples per pixel along each axis. */
export const SUBSAMPLES = 2;

/** Three screen points: sample x, sample y, inverse depth (1/m) each. */
export type ScreenTriangle = Float64Array;

/**
 * A visibility buffer: which triangle is nearest at each sample, four samples per pixel. Shading happens later and
 * once per pixel, so that overdraw costs a comparison only. Each row knows the span that was written, so that a
 * frame clears and resolves only where something moved.
 */
export class VisibilityBuffer {
  readonly columns: number;
  readonly rows: number;
  /** Triangle per sample, 0 = none; the ids are the caller's, from 1. */
  readonly ids: Uint16Array;
  /** First and one-past-last written column of each row. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  private readonly nearness: Float32Array;

  constructor(width: number, height: number) {
    this.columns = width * SUBSAMPLES;
    this.rows = height * SUBSAMPLES;
    this.ids = new Uint16Array(this.columns * this.rows);
    this.nearness = new Float32Array(this.columns * this.rows);
    this.first = new Int32Array(this.rows).fill(this.columns);
    this.end = new Int32Array(this.rows);
  }

  clear(): void {
    for (let row = 0; row < this.rows; row++) {
      const from = row * this.columns + this.first[row]!;
      const to = row * this.columns + this.end[row]!;
      if (to <= from) continue;
      this.ids.fill(0, from, to);
      this.nearness.fill(0, from, to);
      this.first[row] = this.columns;
      this.end[row] = 0;
    }
  }

  /** Draws a triangle; corners in any order. Sample centres lie at half numbers. */
  draw(id: number, t: ScreenTriangle): void {
    const x0 = t[0]!;
    const y0 = t[1]!;
    const dx1 = t[3]! - x0;
    const dy1 = t[4]! - y0;
    const dx2 = t[6]! - x0;
    const dy2 = t[7]! - y0;
    const area = dx1 * dy2 - dx2 * dy1;
    if (area === 0) return;
    const du = (t[5]! - t[2]!) / area;
    const dv = (t[8]! - t[2]!) / area;
    const slope_x = du * dy2 - dv * dy1;
    const slope_y = dv * dx1 - du * dx2;
    const offset = t[2]! - slope_x * x0 - slope_y * y0;
    let top = 0;
    let middle = 3;
    let bottom = 6;
    if (dy1 < 0) {
      top = 3;
      middle = 0;
    }
    if (t[7]! < t[top + 1]!) {
      bottom = middle;
      middle = top;
      top = 6;
    } else if (t[7]! < t[middle + 1]!) {
      bottom = middle;
      middle = 6;
    }
    this.fill(id, t, top, middle, bottom, offset, slope_x, slope_y);
  }

  /** Rows between the corners, which are sorted from top to bottom. */
  private fill(
    id: number,
    t: ScreenTriangle,
    top: number,
    middle: number,
    bottom: number,
    offset: number,
    slope_x: number,
    slope_y: number,
  ): void {
    const xt = t[top]!;
    const yt = t[top + 1]!;
    const xm = t[middle]!;
    const ym = t[middle + 1]!;
    const yb = t[bottom + 1]!;
    const from = Math.max(0, Math.ceil(yt - 0.5));
    const to = Math.min(this.rows, Math.ceil(yb - 0.5));
    const long = (t[bottom]! - xt) / (yb - yt);
    const upper = ym > yt ? (xm - xt) / (ym - yt) : 0;
    const lower = yb > ym ? (t[bottom]! - xm) / (yb - ym) : 0;
    for (let row = from; row < to; row++) {
      const y = row + 0.5;
      const a = xt + (y - yt) * long;
      const b = y < ym ? xt + (y - yt) * upper : xm + (y - ym) * lower;
      const first = Math.max(0, Math.ceil(Math.min(a, b) - 0.5));
      const end = Math.min(this.columns, Math.ceil(Math.max(a, b) - 0.5));
      if (first < end)
        this.span(id, row, first, end, offset + slope_y * y + slope_x * (first + 0.5), slope_x);
    }
  }

  private span(id: number, row: number, first: number, end: number, near: number, slope: number): void {
    if (first < this.first[row]!) this.first[row] = first;
    if (end > this.end[row]!) this.end[row] = end;
    const ids = this.ids;
    const nearness = this.nearness;
    const stop = row * this.columns + end;
    let at = near;
    for (let i = row * this.columns + first; i < stop; i++) {
      if (at > nearness[i]!) {
        nearness[i] = at;
        ids[i] = id;
      }
      at += slope;
    }
  }
}
