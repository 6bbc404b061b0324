import { quantile } from './colour.js';
import {
  COLUMNS,
  cellMiddle,
  type FrameFit,
  type PixelReader,
  ROWS,
  showsFrame,
  toFramePx,
} from './frame.js';

/** Places in a cell, from its middle in input pixels, whose colours are averaged. */
const SAMPLES = [
  [-0.75, -0.75],
  [0.75, -0.75],
  [-0.75, 0.75],
  [0.75, 0.75],
] as const;
/** The picture's bright end: this share of the values seen on a coarse grid. */
const BRIGHT_SHARE = 0.95;
const BRIGHT_EVERY = 8;

/** Colours of the original frame, per mask cell. */
export class CellColours {
  private readonly sum = new Float32Array(3);

  constructor(
    private readonly reader: PixelReader,
    private readonly fit: FrameFit,
  ) {}

  /** Mean colour in the middle of a cell, 0..255 each. */
  of(cell: number): readonly [number, number, number] {
    const x = cellMiddle(cell % COLUMNS);
    const y = cellMiddle(Math.floor(cell / COLUMNS));
    const { sum } = this;
    sum.fill(0);
    const n = SAMPLES.length;
    for (let k = 0; k < n; k++) {
      const sample = SAMPLES[k]!;
      const place = toFramePx(this.fit, x + sample[0], y + sample[1]);
      this.reader.add(place[0], place[1], sum, 0);
    }
    return [sum[0]! / n, sum[1]! / n, sum[2]! / n];
  }

  /** Value 0..1 of the brightest things in the picture. */
  bright(): number {
    const values: number[] = [];
    for (let row = 0; row < ROWS; row += BRIGHT_EVERY) {
      for (let column = 0; column < COLUMNS; column += BRIGHT_EVERY) {
        if (!showsFrame(this.fit, column, row)) continue;
        values.push(Math.max(...this.of(row * COLUMNS + column)) / 255);
      }
    }
    return quantile(Float32Array.from(values), BRIGHT_SHARE);
  }
}
