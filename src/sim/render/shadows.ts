/** A mask of the ground, in pixels of the image divided by `scale`: how much of the key light is taken away. */
export class ShadowMask {
  readonly columns: number;
  readonly rows: number;
  readonly values: Uint8Array;
  private readonly scratch: Uint8Array;
  private left = 0;
  private right = 0;
  private top = 0;
  private bottom = 0;

  constructor(
    width: number,
    height: number,
    /** Pixels of the image per cell, along each axis. */
    readonly scale: number,
    /** Reach of the penumbra, cells. */
    private readonly blur_radius: number,
  ) {
    this.columns = Math.ceil(width / scale);
    this.rows = Math.ceil(height / scale);
    this.values = new Uint8Array(this.columns * this.rows);
    this.scratch = new Uint8Array(this.columns * this.rows);
    this.clear();
  }

  clear(): void {
    for (let row = this.top; row < this.bottom; row++) {
      this.values.fill(0, row * this.columns + this.left, row * this.columns + this.right);
    }
    [this.left, this.right, this.top, this.bottom] = [this.columns, 0, this.rows, 0];
  }

  /** The cells that are not zero lie in here. */
  get bounds(): { left: number; right: number; top: number; bottom: number } {
    return { left: this.left, right: this.right, top: this.top, bottom: this.bottom };
  }

  /** Widens the bounds, after cells outside of them were written. */
  include(area: { left: number; right: number; top: number; bottom: number }): void {
    this.left = Math.min(this.left, area.left);
    this.right = Math.max(this.right, area.right);
    this.top = Math.min(this.top, area.top);
    this.bottom = Math.max(this.bottom, area.bottom);
  }

  /** Darkens a triangle (cells, cell centres at half numbers) to at least `value`. */
  draw(x0: number, y0: number, x1: number, y1: number, x2: number, y2: number, value: number): void {
    const from = Math.max(0, Math.ceil(Math.min(y0, y1, y2) - 0.5));
    const to = Math.min(this.rows, Math.ceil(Math.max(y0, y1, y2) - 0.5));
    for (let row = from; row < to; row++) {
      const y = row + 0.5;
      const a = crossing(x0, y0, x1, y1, y);
      const b = crossing(x1, y1, x2, y2, y);
      const c = crossing(x2, y2, x0, y0, y);
      // two of the three edges cross a row; the third says NaN, which every comparison refuses
      let low = Infinity;
      let high = -Infinity;
      if (a < low) low = a;
      if (b < low) low = b;
      if (c < low) low = c;
      if (a > high) high = a;
      if (b > high) high = b;
      if (c > high) high = c;
      this.span(row, low, high, value);
    }
  }

  private span(row: number, low: number, high: number, value: number): void {
    if (!(low <= high)) return;
    const from = Math.max(0, Math.ceil(low - 0.5));
    const to = Math.min(this.columns, Math.ceil(high - 0.5));
    if (to <= from) return;
    if (from < this.left) this.left = from;
    if (to > this.right) this.right = to;
    if (row < this.top) this.top = row;
    if (row + 1 > this.bottom) this.bottom = row + 1;
    const values = this.values;
    const stop = row * this.columns + to;
    for (let i = row * this.columns + from; i < stop; i++) if (values[i]! < value) values[i] = value;
  }

  /** Two box filters in each direction: close to a Gaussian, as a penumbra is. */
  blur(): void {
    if (this.bottom <= this.top) return;
    const reach = 2 * this.blur_radius;
    this.left = Math.max(0, this.left - reach);
    this.right = Math.min(this.columns, this.right + reach);
    this.top = Math.max(0, this.top - reach);
    this.bottom = Math.min(this.rows, this.bottom + reach);
    const { columns } = this;
    for (let pass = 0; pass < 2; pass++) {
      for (let row = this.top; row < this.bottom; row++) {
        boxFilter(
          this.values,
          this.scratch,
          row * columns + this.left,
          1,
          this.right - this.left,
          this.blur_radius,
        );
      }
      for (let column = this.left; column < this.right; column++) {
        boxFilter(
          this.scratch,
          this.values,
          this.top * columns + column,
          columns,
          this.bottom - this.top,
          this.blur_radius,
        );
      }
    }
  }

  /** Value at a place in cells, 0 outside. */
  at(x: number, y: number): number {
    if (!(x >= 0 && y >= 0 && x < this.columns && y < this.rows)) return 0;
    return this.values[(y | 0) * this.columns + (x | 0)]!;
  }
}

/** Where an edge crosses a row; NaN where it does not. */
function crossing(ax: number, ay: number, bx: number, by: number, y: number): number {
  return ay > y === by > y ? Number.NaN : ax + ((y - ay) / (by - ay)) * (bx - ax);
}

/** Running mean of 2·radius + 1 values of a line; beyond its ends lie zeros. */
function boxFilter(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  stride: number,
  count: number,
  radius: number,
): void {
  const scale = 65536 / (2 * radius + 1);
  const end = start + (count - 1) * stride;
  const ahead = radius * stride;
  let sum = 0;
  for (let i = start; i < start + ahead && i <= end; i += stride) sum += from[i]!;
  for (let i = start; i <= end; i += stride) {
    if (i + ahead <= end) sum += from[i + ahead]!;
    to[i] = (sum * scale) >>> 16;
    if (i - ahead >= start) sum -= from[i - ahead]!;
  }
}
