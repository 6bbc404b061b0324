/**
 * The newest `max` entries, oldest first. Old entries are dropped in batches, because removing one from the
 * front of an array moves all the others.
 */
export class BoundedHistory<T> {
  private readonly entries: T[] = [];

  constructor(private readonly max: number) {}

  get length(): number {
    return Math.min(this.entries.length, this.max);
  }

  /** The entry at an index, 0 for the oldest; undefined out of range. */
  at(place: number): T | undefined {
    return place < 0 ? undefined : this.entries[this.entries.length - this.length + place];
  }

  /** The entry `count` before the newest; undefined out of range. */
  back(count: number): T | undefined {
    return this.at(this.length - 1 - count);
  }

  push(entry: T): void {
    this.entries.push(entry);
    if (this.entries.length >= 2 * this.max) this.entries.splice(0, this.entries.length - this.max);
  }

  /** Replaces the newest entry. */
  replace(entry: T): void {
    this.entries[this.entries.length - 1] = entry;
  }

  clear(): void {
    this.entries.length = 0;
  }
}
