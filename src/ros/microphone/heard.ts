/** What was heard last: pieces that follow each other, each kept as it came. */
export class Heard {
  private pieces: Float32Array[] = [];
  private count = 0;

  /** @param samples_max samples that are kept; some more where they end within a piece */
  constructor(private readonly samples_max: number) {}

  /** Keeps the next piece, which nobody may change any more. */
  add(piece: Float32Array): void {
    this.pieces.push(piece);
    this.count += piece.length;
    while (this.count - this.pieces[0]!.length >= this.samples_max) this.count -= this.pieces.shift()!.length;
  }

  /** What is kept now, for whenever it is asked for; of one that nobody asks nothing is copied. */
  snapshot(): () => Float32Array {
    const { samples_max } = this;
    const pieces = [...this.pieces];
    let joined: Float32Array | null = null;
    return () => {
      joined ??= newest(pieces, samples_max);
      return joined;
    };
  }

  clear(): void {
    this.pieces = [];
    this.count = 0;
  }
}

/** The last samples of all pieces, at most `samples_max`. */
function newest(pieces: readonly Float32Array[], samples_max: number): Float32Array {
  const all = pieces.reduce((sum, { length }) => sum + length, 0);
  const joined = new Float32Array(all);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return all <= samples_max ? joined : joined.slice(all - samples_max);
}
