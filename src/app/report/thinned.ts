/** How values that fall into one row are put together. */
export type Merge = 'last' | 'max';

/**
 * Columns over time with a bound on their rows: when there are too many, pairs of rows become one, so that a run of any
 * length keeps its shape. A column that comes up later is empty before.
 */
export class Thinned {
  readonly time_s: number[] = [];
  private readonly columns = new Map<string, { merge: Merge; values: (number | null)[] }>();
  /** Cycles per row. */
  private stride = 1;
  private pending = 0;

  constructor(private readonly rows_max = 4000) {}

  /** A row of values by column; those of one row are merged. */
  add(time_s: number, values: Readonly<Record<string, number>>, merge: (column: string) => Merge): void {
    if (this.pending === 0) this.open(time_s);
    const row = this.time_s.length - 1;
    for (const [name, value] of Object.entries(values)) {
      let column = this.columns.get(name);
      if (column === undefined) {
        column = { merge: merge(name), values: [] };
        this.columns.set(name, column);
      }
      while (column.values.length < row) column.values.push(null);
      const before = column.values[row] ?? null;
      column.values[row] = merged(before, Number.isFinite(value) ? value : null, column.merge);
    }
    this.pending = (this.pending + 1) % this.stride;
  }

  /** Every column with one value per row, rounded to what a plot can show. */
  get table(): Readonly<Record<string, readonly (number | null)[]>> {
    const rows = this.time_s.length;
    return Object.fromEntries(
      [...this.columns].map(([name, { values }]) => [
        name,
        Array.from({ length: rows }, (_, row) => {
          const value = values[row] ?? null;
          return value === null ? null : Number(value.toPrecision(5));
        }),
      ]),
    );
  }

  private open(time_s: number): void {
    if (this.time_s.length >= this.rows_max) this.halve();
    this.time_s.push(time_s);
  }

  private halve(): void {
    const rows = this.time_s.length;
    const kept = this.time_s.filter((_, row) => row % 2 === 0);
    this.time_s.splice(0, rows, ...kept);
    for (const column of this.columns.values()) {
      const { values, merge } = column;
      column.values = kept.map((_, row) =>
        merged(values[2 * row] ?? null, values[2 * row + 1] ?? null, merge),
      );
    }
    this.stride *= 2;
  }
}

function merged(a: number | null, b: number | null, merge: Merge): number | null {
  if (a === null || b === null) return b ?? a;
  return merge === 'max' ? Math.max(a, b) : b;
}
