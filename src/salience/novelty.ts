import { createDotMatrix, type DotMatrix } from './simd-dot.js';

/** Unit vectors are quantised to 16 bits for screening: 1.0 becomes this many units. */
const UNITS = 32767;
/** Neutral outcome: neither good nor bad. */
export const NO_OUTCOME = 0.5;
/** An outcome applies to embeddings up to this novelty from it, less with distance. */
const OUTCOME_REACH = 0.05;
/** Minimum learning rate of an outcome. The first ones are averaged with equal weight. */
const OUTCOME_RATE_MIN = 0.1;
/** Beyond this, squares over- or underflow when summed. */
const SQUARES_MAX = 1e300;
const SQUARES_MIN = 1e-290;

/**
 * Novelty of an embedding against a bounded memory of earlier ones: 1 − the largest cosine similarity,
 * clamped to 0..1. Opposite embeddings score 1, and so does anything against an empty memory. The zero vector
 * has no direction and is similar only to other zero vectors. Source: seeds/000 §3.1.
 *
 * Similarities are screened in 16 bits, and every candidate within the rounding error of the largest is
 * recomputed in full. The result equals a full search in floats, in half the time.
 *
 * An embedding is stored only where its novelty exceeds `store_above`, so a still scene does not push out
 * older memories; when full, the oldest is overwritten. Consolidation frees space by merging near duplicates
 * (`settle`) and attaches the outcomes of past tasks to memories (`learn`).
 */
export class NoveltyBank {
  private readonly quantised: DotMatrix;
  /** The stored unit vectors, capacity × dimension, row-major. */
  private readonly rows: Float32Array;
  private readonly query: Float32Array;
  private readonly zero: Uint8Array;
  /** How many embeddings each row stands for. */
  private readonly weight: Float64Array;
  /** Sequence number of the last write to each row; the smallest is the oldest. */
  private readonly order: Float64Array;
  /** Mean outcome of the tasks attributed to a row, 0..1, and how many there were. */
  private readonly outcome: Float64Array;
  private readonly outcomes: Float64Array;
  private zeros = 0;
  private stored = 0;
  private writes = 0;
  /** Row most similar to the query of the last search; -1 = none. */
  private nearest = -1;
  /** Largest norm of the quantisation error of any stored row. */
  private row_rounding = 0;

  constructor(
    readonly dimension: number,
    private readonly size: number,
    private readonly store_above: number,
  ) {
    this.quantised = createDotMatrix(size, dimension);
    this.rows = new Float32Array(size * dimension);
    this.query = new Float32Array(dimension);
    this.zero = new Uint8Array(size);
    this.weight = new Float64Array(size);
    this.order = new Float64Array(size);
    this.outcome = new Float64Array(size);
    this.outcomes = new Float64Array(size);
  }

  get length(): number {
    return this.stored;
  }

  /** The last scored embedding as a unit vector. Overwritten by the next search. */
  get direction(): Float32Array {
    return this.query;
  }

  /** Novelty of `embedding` (finite, of the bank's dimension), 0..1; stores it if it is novel enough. */
  score(embedding: ArrayLike<number>): number {
    const isZero = this.normalise(embedding);
    const query_rest = this.round();
    const novelty = noveltyOf(this.search(isZero, query_rest, -1));
    if (novelty > this.store_above || this.stored === 0) this.remember(isZero, query_rest);
    return novelty;
  }

  /**
   * Expected outcome, 0..1, from tasks that ended near the last scored embedding; 0.5 where nothing is known.
   * @param novelty of that embedding
   */
  expectedOutcome(novelty: number): number {
    if (this.nearest < 0 || this.outcomes[this.nearest] === 0) return NO_OUTCOME;
    return NO_OUTCOME + (this.outcome[this.nearest]! - NO_OUTCOME) * Math.max(0, 1 - novelty / OUTCOME_REACH);
  }

  /**
   * Attributes the outcome of a task, 0..1, to the memories near `direction` (a unit vector), weighted by
   * similarity; stores the direction itself where there are none.
   */
  learn(direction: Float32Array, outcome: number): void {
    this.query.set(direction);
    const query_rest = this.round();
    const novelty = noveltyOf(this.search(false, query_rest, -1));
    if (novelty >= OUTCOME_REACH || this.stored === 0) this.nearest = this.remember(false, query_rest);
    const nearest = this.nearest;
    for (let row = 0; row < this.stored; row++) {
      if (this.zero[row] === 1) continue;
      const closeness = row === nearest ? 1 : 1 - noveltyOf(this.similarity(row)) / OUTCOME_REACH;
      if (closeness > 0) this.credit(row, outcome, closeness);
    }
  }

  /**
   * Merges a memory with its nearest neighbour if their novelty relative to each other is at most
   * `merge_below`. The merged memory keeps the newer of the two ages. True if it was merged.
   */
  mergeNearest(row: number, merge_below: number): boolean {
    if (row >= this.stored || this.zero[row] === 1) return false;
    this.query.set(this.rows.subarray(row * this.dimension, (row + 1) * this.dimension));
    const novelty = noveltyOf(this.search(false, this.round(), row));
    const other = this.nearest;
    if (other < 0 || this.zero[other] === 1 || novelty > merge_below) return false;
    this.merge(Math.min(row, other), Math.max(row, other));
    this.nearest = -1;
    return true;
  }

  /** Sets the query to the normalised embedding; true for the zero vector. */
  private normalise(embedding: ArrayLike<number>): boolean {
    const squares = sumOfSquares(embedding, this.dimension, 1);
    const usual = squares > SQUARES_MIN && squares < SQUARES_MAX;
    const largest = usual ? 1 : largestOf(embedding, this.dimension);
    if (largest === 0) {
      this.query.fill(0);
      return true;
    }
    const scale = 1 / Math.sqrt(usual ? squares : sumOfSquares(embedding, this.dimension, largest));
    for (let index = 0; index < this.dimension; index++)
      this.query[index] = (embedding[index]! / largest) * scale;
    return false;
  }

  /** Quantises the query for screening; returns the norm of the quantisation error. */
  private round(): number {
    let squares = 0;
    for (let index = 0; index < this.dimension; index++) {
      const units = this.query[index]! * UNITS;
      const whole = Math.round(units);
      this.quantised.query[index] = whole;
      squares += (units - whole) * (units - whole);
    }
    return Math.sqrt(squares) / UNITS;
  }

  /** The largest similarity of the query to a stored row other than `except`; leaves the row in `nearest`. */
  private search(queryIsZero: boolean, query_rest: number, except: number): number {
    this.nearest = -1;
    if (this.stored === 0) return 0;
    if (queryIsZero) return this.zeros > 0 ? 1 : 0;
    const screened = this.quantised.multiply(this.stored);
    let highest = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < this.stored; row++) {
      if (row !== except && screened[row]! > highest) highest = screened[row]!;
    }
    // |q·b − q̂·b̂| ≤ |q| |b − b̂| + |q − q̂| |b̂| for each row, so the best row scores within twice that of
    // the top.
    const error = this.row_rounding + query_rest * (1 + this.row_rounding);
    const least = highest - 2 * error * UNITS * UNITS;
    let largest = -1;
    for (let row = 0; row < this.stored; row++) {
      if (screened[row]! < least || row === except) continue;
      const similarity = this.similarity(row);
      if (similarity < largest) continue;
      largest = similarity;
      this.nearest = row;
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

  /** Stores the query, overwriting the oldest row when full; returns its row. */
  private remember(isZero: boolean, rest: number): number {
    const row = this.stored < this.size ? this.stored++ : this.oldest();
    this.write(row, rest);
    this.zeros += Number(isZero) - this.zero[row]!;
    this.zero[row] = Number(isZero);
    this.weight[row] = 1;
    this.outcome[row] = NO_OUTCOME;
    this.outcomes[row] = 0;
    return row;
  }

  private write(row: number, rest: number): void {
    this.rows.set(this.query, row * this.dimension);
    this.quantised.bank.set(this.quantised.query, row * this.quantised.stride);
    this.row_rounding = Math.max(this.row_rounding, rest);
    this.order[row] = this.writes++;
  }

  private oldest(): number {
    let oldest = 0;
    for (let row = 1; row < this.size; row++) if (this.order[row]! < this.order[oldest]!) oldest = row;
    return oldest;
  }

  private credit(row: number, outcome: number, closeness: number): void {
    const count = this.outcomes[row]! + closeness;
    const rate = Math.max(OUTCOME_RATE_MIN, 1 / Math.max(1, count)) * closeness;
    this.outcome[row] = this.outcome[row]! + rate * (outcome - this.outcome[row]!);
    this.outcomes[row] = count;
  }

  /** Merges both into `row` as their weighted mean. The last row moves into the freed place. */
  private merge(row: number, other: number): void {
    const [ours, theirs] = [this.weight[row]!, this.weight[other]!];
    const born = Math.max(this.order[row]!, this.order[other]!);
    const [begin, otherBegin] = [row * this.dimension, other * this.dimension];
    let squares = 0;
    for (let index = 0; index < this.dimension; index++) {
      const mean = ours * this.rows[begin + index]! + theirs * this.rows[otherBegin + index]!;
      this.query[index] = mean;
      squares += mean * mean;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let index = 0; index < this.dimension; index++) this.query[index] = this.query[index]! * scale;
    this.write(row, this.round());
    this.order[row] = born;
    this.weight[row] = ours + theirs;
    const outcomes = this.outcomes[row]! + this.outcomes[other]!;
    if (outcomes > 0) {
      this.outcome[row] =
        (this.outcome[row]! * this.outcomes[row]! + this.outcome[other]! * this.outcomes[other]!) / outcomes;
      this.outcomes[row] = outcomes;
    }
    this.move(--this.stored, other);
  }

  private move(from: number, to: number): void {
    if (from !== to) {
      const { dimension, quantised } = this;
      this.rows.copyWithin(to * dimension, from * dimension, (from + 1) * dimension);
      quantised.bank.copyWithin(
        to * quantised.stride,
        from * quantised.stride,
        (from + 1) * quantised.stride,
      );
      for (const column of [this.weight, this.order, this.outcome, this.outcomes, this.zero])
        column[to] = column[from]!;
    }
    this.zero[from] = 0;
  }
}

const noveltyOf = (similarity: number) => Math.min(1, Math.max(0, 1 - similarity));

function sumOfSquares(values: ArrayLike<number>, count: number, unit: number): number {
  let squares = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index]! / unit;
    squares += value * value;
  }
  return squares;
}

function largestOf(values: ArrayLike<number>, count: number): number {
  let largest = 0;
  for (let index = 0; index < count; index++) largest = Math.max(largest, Math.abs(values[index]!));
  return largest;
}
