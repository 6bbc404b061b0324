import { createDotMatrix, type DotMatrix } from './simd-dot.js';

/**
 * Novelty of an embedding against a bounded memory of earlier ones: 1 − the largest cosine similarity, 0..1, over all
 * of them (no approximation). Opposite embeddings count as 1, an empty memory as 1: nothing like it is known. The
 * zero vector has no direction: it is like other zero vectors alone. Source: seeds/000 §3.1.
 *
 * The memory takes an embedding only where its novelty exceeds `store_above`, so that a still scene does not push out
 * what was seen before it; the oldest gives way when it is full.
 */
export class NoveltyBank {
  private readonly matrix: DotMatrix;
  private readonly zero: Uint8Array;
  private zeros = 0;
  private stored = 0;
  private next = 0;

  constructor(
    private readonly dimension: number,
    private readonly size: number,
    private readonly store_above: number,
  ) {
    this.matrix = createDotMatrix(size, dimension);
    this.zero = new Uint8Array(size);
  }

  get length(): number {
    return this.stored;
  }

  /** Novelty of `embedding` (finite, of the bank's dimension), 0..1; remembers it where it is novel enough. */
  score(embedding: ArrayLike<number>): number {
    const norm = this.setQuery(embedding);
    const novelty = Math.min(1, Math.max(0, 1 - this.largestSimilarity(norm === 0)));
    if (novelty > this.store_above || this.stored === 0) this.remember(norm === 0);
    return novelty;
  }

  /** The query as a unit vector; returns its norm before. */
  private setQuery(embedding: ArrayLike<number>): number {
    const { query } = this.matrix;
    let squares = 0;
    for (let index = 0; index < this.dimension; index++) squares += embedding[index]! * embedding[index]!;
    const norm = Math.sqrt(squares);
    const scale = norm === 0 ? 0 : 1 / norm;
    for (let index = 0; index < this.dimension; index++) query[index] = embedding[index]! * scale;
    return norm;
  }

  private largestSimilarity(queryIsZero: boolean): number {
    if (this.stored === 0) return 0;
    if (queryIsZero) return this.zeros > 0 ? 1 : 0;
    const similarities = this.matrix.multiply(this.stored);
    let largest = -1;
    for (let row = 0; row < this.stored; row++)
      if (similarities[row]! > largest) largest = similarities[row]!;
    return largest;
  }

  private remember(isZero: boolean): void {
    const row = this.next;
    this.matrix.bank.set(this.matrix.query, row * this.matrix.stride);
    this.zeros += Number(isZero) - this.zero[row]!;
    this.zero[row] = Number(isZero);
    this.next = (row + 1) % this.size;
    this.stored = Math.min(this.size, this.stored + 1);
  }
}
