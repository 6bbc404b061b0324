import { createDotMatrix, type DotMatrix } from './simd-dot.js';

/** Unit vectors are screened as whole numbers of this many units per 1. */
const UNITS = 32767;

/**
 * Novelty of an embedding against a bounded memory of earlier ones: 1 − the largest cosine similarity, 0..1, over all
 * of them. Opposite embeddings count as 1, an empty memory as 1: nothing like it is known. The zero vector has no
 * direction: it is like other zero vectors alone. Source: seeds/000 §3.1.
 *
 * The similarities are screened in 16 bits, and those that can be the largest within the error of the rounding are
 * computed in full: the result is that of comparing with all in floats, at half the time.
 *
 * The memory takes an embedding only where its novelty exceeds `store_above`, so that a still scene does not push out
 * what was seen before it; the oldest gives way when it is full.
 */
export class NoveltyBank {
  private readonly screen: DotMatrix;
  /** The unit vectors themselves, row by row. */
  private readonly rows: Float32Array;
  private readonly query: Float32Array;
  private readonly zero: Uint8Array;
  private zeros = 0;
  private stored = 0;
  private next = 0;
  /** Largest norm of what rounding took from a stored row. */
  private row_rest = 0;

  constructor(
    private readonly dimension: number,
    private readonly size: number,
    private readonly store_above: number,
  ) {
    this.screen = createDotMatrix(size, dimension);
    this.rows = new Float32Array(size * dimension);
    this.query = new Float32Array(dimension);
    this.zero = new Uint8Array(size);
  }

  get length(): number {
    return this.stored;
  }

  /** Novelty of `embedding` (finite, of the bank's dimension), 0..1; remembers it where it is novel enough. */
  score(embedding: ArrayLike<number>): number {
    const isZero = this.normalise(embedding) === 0;
    const query_rest = this.round();
    const novelty = Math.min(1, Math.max(0, 1 - this.largestSimilarity(isZero, query_rest)));
    if (novelty > this.store_above || this.stored === 0) this.remember(isZero, query_rest);
    return novelty;
  }

  /** The query as a unit vector; returns its norm before. */
  private normalise(embedding: ArrayLike<number>): number {
    let squares = 0;
    for (let index = 0; index < this.dimension; index++) squares += embedding[index]! * embedding[index]!;
    const norm = Math.sqrt(squares);
    const scale = norm === 0 ? 0 : 1 / norm;
    for (let index = 0; index < this.dimension; index++) this.query[index] = embedding[index]! * scale;
    return norm;
  }

  /** The query for the screen; returns the norm of what rounding took from it. */
  private round(): number {
    let squares = 0;
    for (let index = 0; index < this.dimension; index++) {
      const units = this.query[index]! * UNITS;
      const whole = Math.round(units);
      this.screen.query[index] = whole;
      squares += (units - whole) * (units - whole);
    }
    return Math.sqrt(squares) / UNITS;
  }

  private largestSimilarity(queryIsZero: boolean, query_rest: number): number {
    if (this.stored === 0) return 0;
    if (queryIsZero) return this.zeros > 0 ? 1 : 0;
    const screened = this.screen.multiply(this.stored);
    let highest = screened[0]!;
    for (let row = 1; row < this.stored; row++) if (screened[row]! > highest) highest = screened[row]!;
    // |q·b − q̂·b̂| ≤ |q| |b − b̂| + |q − q̂| |b̂| for each row, so the largest lies within twice that of the highest.
    const error = this.row_rest + query_rest * (1 + this.row_rest);
    const least = highest - 2 * error * UNITS * UNITS;
    let largest = -1;
    for (let row = 0; row < this.stored; row++) {
      if (screened[row]! >= least) largest = Math.max(largest, this.similarity(row));
    }
    return largest;
  }

  private similarity(row: number): number {
    const begin = row * this.dimension;
    let sum = 0;
    for (let index = 0; index < this.dimension; index++)
      sum += this.query[index]! * this.rows[begin + index]!;
    return sum;
  }

  private remember(isZero: boolean, rest: number): void {
    const row = this.next;
    this.rows.set(this.query, row * this.dimension);
    this.screen.bank.set(this.screen.query, row * this.screen.stride);
    this.row_rest = Math.max(this.row_rest, rest);
    this.zeros += Number(isZero) - this.zero[row]!;
    this.zero[row] = Number(isZero);
    this.next = (row + 1) % this.size;
    this.stored = Math.min(this.size, this.stored + 1);
  }
}
