/** A change smaller than this is no shadow worth explaining, share of full scale: under the smallest spread of a cell. */
const CHANGE_MIN = 0.005;
/** A shadow scales all channels alike; what is left of the chroma after scaling may be this large. */
const CHROMA_TOLERANCE = 0.012;
/** A shadow leaves at least this much of the light, and takes at most the inverse away when it goes. */
const GAIN_MIN = 0.3;
/** How fast the reference follows what is seen, per reading: a quarter of a second at 20 Hz. */
const REFERENCE_RATE = 0.2;
/** How fast what is usual follows, per reading: two seconds at 20 Hz. */
const USUAL_RATE = 0.025;
/** A cell this far from its usual value for another reason than our shadow is a stranger's, until it is back. */
const STRANGE = 0.02;
/** Steps of the fill from the body outwards; a gap of one cell is bridged. */
const REACH = 2;
const NEUTRAL_CHROMA = 0.5;

/**
 * Tells the robot's own moving shadow from a stranger. A cell is taken as shadowed by the robot when the robot moves,
 * when the cell's change is what light alone does (all channels scaled by one gain), and when it hangs together with
 * the robot's own silhouette through cells of the same kind. A hand has another colour, or comes from elsewhere: and
 * a cell that has once changed for another reason is never explained as a shadow before it is back as it was, so that
 * a dark hand which reaches the arm stays a stranger.
 */
export class OwnShadow {
  private reference = new Float32Array(0);
  private usual = new Float32Array(0);
  private body = new Uint8Array(0);
  private stranger = new Uint8Array(0);

  /**
   * Clears the weights of cells in the robot's own shadow, in place.
   * @param embedding rows × columns × channels, luma first, then chroma about 0.5
   * @param cells rows × columns, 0 where the body is
   * @param moving whether the robot moves, or has just stopped
   */
  clear(
    embedding: Float32Array,
    cells: Float32Array,
    grid: { readonly rows: number; readonly columns: number; readonly channels: number },
    moving: boolean,
  ): void {
    const { rows, columns, channels } = grid;
    if (this.reference.length !== embedding.length) this.begin(embedding, cells.length);
    const shaded = new Uint8Array(cells.length);
    for (let cell = 0; moving && cell < cells.length; cell++) {
      const candidate = cells[cell] !== 0 && this.stranger[cell] === 0;
      shaded[cell] = candidate && this.scaledByLight(embedding, cell * channels, channels) ? 1 : 0;
    }
    const own = connected(cells, shaded, rows, columns);
    for (let cell = 0; cell < cells.length; cell++) {
      this.follow(embedding, cell, channels, cells[cell] === 0, own.has(cell));
    }
    for (const cell of own) cells[cell] = 0;
  }

  /** The present is normal: no cell is a stranger's any more. */
  accept(): void {
    this.reference = new Float32Array(0);
  }

  private begin(embedding: Float32Array, cells: number): void {
    this.reference = embedding.slice();
    this.usual = embedding.slice();
    this.body = new Uint8Array(cells);
    this.stranger = new Uint8Array(cells);
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

  /** What the body covers or has just uncovered has no past of its own; what the shadow does becomes usual at once. */
  private follow(
    embedding: Float32Array,
    cell: number,
    channels: number,
    covered: boolean,
    own: boolean,
  ): void {
    const anew = covered || this.body[cell] === 1;
    let away = 0;
    for (let at = cell * channels; at < (cell + 1) * channels; at++) {
      const now = embedding[at] as number;
      this.reference[at] = blend(this.reference[at] as number, now, anew ? 1 : REFERENCE_RATE);
      away = Math.max(away, Math.abs(now - (this.usual[at] as number)));
    }
    if (anew || own) this.stranger[cell] = 0;
    else this.stranger[cell] = away > STRANGE ? 1 : 0;
    const rate = anew || own ? 1 : this.stranger[cell] === 1 ? 0 : USUAL_RATE;
    for (let at = cell * channels; at < (cell + 1) * channels; at++) {
      this.usual[at] = blend(this.usual[at] as number, embedding[at] as number, rate);
    }
    this.body[cell] = covered ? 1 : 0;
  }
}

function blend(before: number, now: number, rate: number): number {
  return before + rate * (now - before);
}

/** The shaded cells that hang together with the body, each step reaching over at most one other cell. */
function connected(
  cells: Float32Array,
  shaded: Uint8Array,
  rows: number,
  columns: number,
): ReadonlySet<number> {
  const front: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) if ((cells[cell] as number) < 1) front.push(cell);
  const found = new Set<number>();
  while (front.length > 0) {
    const cell = front.pop() as number;
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y++) {
      for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x++) {
        const near = y * columns + x;
        if (shaded[near] !== 1) continue;
        shaded[near] = 0;
        found.add(near);
        front.push(near);
      }
    }
  }
  return found;
}
