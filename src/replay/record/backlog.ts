/** Messages from here on are large: one of them takes the room of hundreds of small ones, bytes. */
const LARGE_BYTES = 64 * 1024;

/**
 * What may wait to be written, bounded in bytes. A share of the room is for small messages alone: where a disk or a
 * compression does not keep up, images are left out first, and joints and decisions still find room.
 */
export class Backlog {
  private readonly counts = new Map<string, number>();
  private held_bytes = 0;

  /** @param small_bytes the share that large messages leave free, within `bytes_max` */
  constructor(
    private readonly bytes_max: number,
    private readonly small_bytes: number,
  ) {}

  /** Bytes that wait. */
  get bytes(): number {
    return this.held_bytes;
  }

  /** Messages that found no room, by topic. */
  get left_out(): ReadonlyMap<string, number> {
    return this.counts;
  }

  /** True where there is room for it; it then waits until {@link done}. Else it is counted. */
  admit(topic: string, bytes: number): boolean {
    const room = bytes >= LARGE_BYTES ? this.bytes_max - this.small_bytes : this.bytes_max;
    // One that is larger than all the room there is goes alone.
    if (this.held_bytes > 0 && this.held_bytes + bytes > room) {
      this.counts.set(topic, (this.counts.get(topic) ?? 0) + 1);
      return false;
    }
    this.held_bytes += bytes;
    return true;
  }

  /** So many bytes wait no more. */
  done(bytes: number): void {
    this.held_bytes -= bytes;
  }
}
