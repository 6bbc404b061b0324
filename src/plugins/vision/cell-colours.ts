import { quantile } from './colour.js';
import {
  COLUMNS,
  cellMiddle,
  type FrameFit,
  frameColumn,
  frameRow,
  type PixelReader,
  ROWS,
  showsFrame,
} from './frame.js';

/** Sampling offsets from the middle of a cell, in input pixels. */
const SAMPLES = [
  [-0.75, -0.75],
  [0.75, -0.75],
  [-0.75, 0.75],
  [0.75, 0.75],
] as const;
/** The bright end of the image: this quantile of the values on a coarse grid. */
const BRIGHT_SHARE = 0.95;
const BRIGHT_EVERY = 8;

/** Colours of the original frame per mask cell. */
export class CellColours {
  constructor(
    private readonly reader: PixelReader,
    private readonly fit: FrameFit,
  ) {}

  /**
   * Writes the mean colour in the middle of a cell, 0..255 each, to three elements of `into` starting at
   * `at`.
   */
  read(cell: number, into: Float32Array, at = 0): void {
    const x = cellMiddle(cell % COLUMNS);
    const y = cellMiddle(Math.floor(cell / COLUMNS));
    into[at] = 0;
    into[at + 1] = 0;
    into[at + 2] = 0;
    const n = SAMPLES.length;
    for (let k = 0; k < n; k++) {
      const sample = SAMPLES[k]!;
      this.reader.add(frameColumn(this.fit, x + sample[0]), frameRow(this.fit, y + sample[1]), into, at);
    }
    for (let channel = at; channel < at + 3; channel++) into[channel] = into[channel]! / n;
  }

  /** Colours of many cells, concatenated. */
  all(cells: readonly number[]): Float32Array {
    const colours = new Float32Array(3 * cells.length);
    for (let i = 0; i < cells.length; i++) this.read(cells[i]!, colours, 3 * i);
    return colours;
  }

  /** Value, 0..1, of the brightest things in the image. */
  bright(): number {
    const values = new Float32Array(Math.ceil(ROWS / BRIGHT_EVERY) * Math.ceil(COLUMNS / BRIGHT_EVERY));
    let count = 0;
    const colour = new Float32Array(3);
    for (let row = 0; row < ROWS; row += BRIGHT_EVERY) {
      for (let column = 0; column < COLUMNS; column += BRIGHT_EVERY) {
        if (!showsFrame(this.fit, column, row)) continue;
        this.read(row * COLUMNS + column, colour);
        values[count++] = Math.max(colour[0]!, colour[1]!, colour[2]!) / 255;
      }
    }
    return quantile(values.subarray(0, count), BRIGHT_SHARE);
  }
}
