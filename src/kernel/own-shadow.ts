/** A change smaller than this is no shadow worth explaining, share of full scale: under the smallest spread of a cell. */
const CHANGE_MIN = 0.005;
/** A shadow scales all channels alike; what is left of the chroma after scaling may be this large. */
const CHROMA_TOLERANCE = 0.012;
/** A shadow leaves at least this much of the light, and takes at most the inverse away when it goes. */
const GAIN_MIN = 0.3;
/** How fast the reference follows what is seen, per reading: a quarter of a second at 20 Hz. */
const REFERENCE_RATE = 0.2;
/** Steps of the fill from the body outwards; a gap of one cell is bridged. */
const REACH = 2;
const NEUTRAL_CHROMA = 0.5;

/**
 * Tells the robot's own moving shadow from a stranger. A cell is taken as shadowed by the robot when its change is
 * what light alone does (all channels scaled by one gain) and when it hangs together with the robot's own silhouette
 * through cells of the same kind. A hand has another colour, or comes from elsewhere; a dark one is seen before it
 * reaches the arm, since it does not hang together with the body.
 */
export class OwnShadow {
  private reference = new Float32Array(0);
  private body = new Uint8Array(0);

  /**
   * Clears the weights of cells in the robot's own shadow, in place.
   * @param embedding rows × columns × channels, luma first, then chroma about 0.5
   * @param cells rows × columns, 0 where the body is
   */
  clear(embedding: Float32Array, cells: Float32Array, rows: number, columns: number, channels: number): void {
    if (this.reference.length !== embedding.length) this.begin(embedding, cells.length);
    const shaded = new Uint8Array(cells.length);
    for (let cell = 0; cell < cells.length; cell++) {
      const own = cells[cell] === 0;
      shaded[cell] = !own && this.scaledByLight(embedding, cell * channels, channels) ? 1 : 0;
      this.follow(embedding, cell, channels, own);
    }
    for (const cell of connected(cells, shaded, rows, columns)) cells[cell] = 0;
  }

  private begin(embedding: Float32Array, cells: number): void {
    this.reference = embedding.slice();
    this.body = new Uint8Array(cells);
  }

  /** True when luma changed, and chroma changed by the same factor and by nothing else. */
  private scaledByLight(embedding: Float32Array, at: number, channels: number): boolean {
    const before = this.reference[at] as number;
    const now = embedding[at] as number;
    if (Math.abs(now - before) < CHANGE_MIN || before <= 0) return false;
    const gain = now / before;
    if (gain < GAIN_MIN || gain > 1 / GAIN_MIN) return false;
    for (let channel = 1; channel < channels; channel++) {
      const expected = gain * ((this.reference[at + channel] as number) - NEUTRAL_CHROMA);
      const left = (embedding[at + channel] as number) - NEUTRAL_CHROMA - expected;
      if (Math.abs(left) > CHROMA_TOLERANCE) return false;
    }
    return true;
  }

  /** What the body covers or has just uncovered has no past of its own. */
  private follow(embedding: Float32Array, cell: number, channels: number, own: boolean): void {
    const rate = own || this.body[cell] === 1 ? 1 : REFERENCE_RATE;
    for (let at = cell * channels; at < (cell + 1) * channels; at++) {
      this.reference[at] =
        (this.reference[at] as number) + rate * ((embedding[at] as number) - (this.reference[at] as number));
    }
    this.body[cell] = own ? 1 : 0;
  }
}

/** The shaded cells that hang together with the body, each step reaching over at most one other cell. */
function connected(
  cells: Float32Array,
  shaded: Uint8Array,
  rows: number,
  columns: number,
): readonly number[] {
  const front: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) if ((cells[cell] as number) < 1) front.push(cell);
  const found: number[] = [];
  while (front.length > 0) {
    const cell = front.pop() as number;
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y++) {
      for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x++) {
        const near = y * columns + x;
        if (shaded[near] !== 1) continue;
        shaded[near] = 0;
        found.push(near);
        front.push(near);
      }
    }
  }
  return found;
}
