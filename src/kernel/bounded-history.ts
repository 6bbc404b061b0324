/**
 * The newest `max` entries, oldest first. Old entries are dropped in batches, since removing one from the front of an
 * array moves all the others.
 */
export class BoundedHistory<T> {
  private readonly entries: T[] = [];

  constructor(private readonly max: number) {}

  get length(): number {
    return Math.min(this.entries.length, this.max);
  }

  /** The entry at a place, from 0 for the oldest; undefined beyond the ends. */
  at(place: number): T | undefined {
    return place < 0 ? undefined : this.entries[this.entries.length - this.length + place];
  }

  /** So many before the newest, 0 for that one; undefined before the oldest. */
  back(count: number): T | undefined {
    return this.at(this.length - 1 - count);
  }

  push(entry: T): void {
    this.entries.push(entry);
    if (this.entries.length >= 2 * this.max) this.entries.splice(0, this.entries.length - this.max);
  }

  /** Puts an entry in place of the newest. */
  replace(entry: T): void {
    this.entries[this.entries.length - 1] = entry;
  }

  clear(): void {
    this.entries.length = 0;
  }
}
