import { SageError } from '../../contracts/errors.js';
import type { TensorData } from '../../contracts/inference.js';
import type { Value } from './session.js';

/** A value that stays, and the number that the client gave it. */
export interface Kept {
  readonly slot: number;
  readonly value: Value;
}

function bytesIn(value: Value): number {
  return (value.data as TensorData).byteLength;
}

/** Tensors that stay in the host between runs, under the numbers that the client chose. */
export class Slots {
  count_max = 0;
  bytes_max = 0;
  private readonly values = new Map<number, Value>();
  private held_bytes = 0;

  /** @param onFree called for each value that was kept and is no longer */
  constructor(private readonly onFree: (kept: Kept) => void) {}

  get count(): number {
    return this.values.size;
  }

  get bytes(): number {
    return this.held_bytes;
  }

  /** @throws SageError SAGE_511 where nothing is kept under this number. */
  get(slot: number): Value {
    const value = this.values.get(slot);
    if (!value) throw new SageError('SAGE_511', `slot ${slot}`, 'it was freed or never existed');
    return value;
  }

  /** @throws SageError SAGE_509 where, with some freed, so many more would be too many. */
  requireRoom(freed: number, more: number, where: string): void {
    if (this.values.size - freed + more > this.count_max) {
      throw new SageError('SAGE_509', where, `${this.values.size} slots are taken`);
    }
  }

  /** @throws SageError SAGE_509 where their bytes would be too many; none is kept then. */
  keep(kept: readonly Kept[], where: string): void {
    const more = kept.reduce((sum, { value }) => sum + bytesIn(value), 0);
    if (this.held_bytes + more > this.bytes_max) {
      const told = `${this.held_bytes} bytes are kept, ${more} more would be too many`;
      throw new SageError('SAGE_509', where, told);
    }
    for (const { slot, value } of kept) {
      this.free([slot]);
      this.values.set(slot, value);
      this.held_bytes += bytesIn(value);
    }
  }

  /** Numbers under which nothing is kept are passed over. */
  free(slots: readonly number[]): void {
    for (const slot of slots) {
      const value = this.values.get(slot);
      if (!value) continue;
      this.values.delete(slot);
      this.held_bytes -= bytesIn(value);
      this.onFree({ slot, value });
    }
  }
}
