/** Where the stamp of a message that begins with a std_msgs/Header lies, bytes: after the encapsulation. */
const STAMP_AT = 4;

/**
 * Writes a message as it goes over the wire: plain CDR, little-endian, XCDR version 1 (OMG DDS-XTypes 1.3 §7.4).
 * For messages that are sent often and change in a few numbers: they are laid out once, and after that rclnodejs
 * has nothing to convert.
 */
export class CdrWriter {
  private bytes: Buffer;
  private at: number;

  constructor(capacity = 1024) {
    this.bytes = Buffer.alloc(capacity);
    // CDR_LE, no options
    this.bytes[1] = 1;
    this.at = STAMP_AT;
  }

  /** Bytes so far, the encapsulation included: where the last written value ends. */
  get length(): number {
    return this.at;
  }

  /** std_msgs/Header, first of all, with a stamp to be set later. */
  header(frame_id: string): this {
    return this.uint32(0).uint32(0).text(frame_id);
  }

  uint8(value: number): this {
    const at = this.take(1, 1);
    this.bytes[at] = value;
    return this;
  }

  uint32(value: number): this {
    const at = this.take(4, 4);
    this.bytes.writeUInt32LE(value, at);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value) + 1;
    this.uint32(length);
    const at = this.take(1, length);
    this.bytes.write(value, at);
    return this;
  }

  texts(values: readonly string[]): this {
    this.uint32(values.length);
    for (const value of values) this.text(value);
    return this;
  }

  /** An array of fixed length. */
  float64s(values: ArrayLike<number>): this {
    for (let index = 0; index < values.length; index++) {
      const at = this.take(8, 8);
      this.bytes.writeDoubleLE(values[index] ?? Number.NaN, at);
    }
    return this;
  }

  /** An array whose length is sent along. */
  float64List(values: ArrayLike<number>): this {
    return this.uint32(values.length).float64s(values);
  }

  /** What was written. */
  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }

  private take(alignment: number, size: number): number {
    // alignment counts from behind the encapsulation
    const pad = (alignment - ((this.at - STAMP_AT) % alignment)) % alignment;
    const at = this.at + pad;
    this.at = at + size;
    if (this.at > this.bytes.length) {
      const larger = Buffer.alloc(2 * this.at);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    return at;
  }
}

/** Sets the stamp of a message that begins with a header. */
export function setStamp(message: Buffer, stamp: { readonly sec: number; readonly nanosec: number }): void {
  message.writeInt32LE(stamp.sec, STAMP_AT);
  message.writeUInt32LE(stamp.nanosec, STAMP_AT + 4);
}
