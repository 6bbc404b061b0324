import { PREFIX_BYTES, readPrefix } from './protocol.js';

const NO_BODY = new Uint8Array(0);

export interface Frame {
  /** Parsed JSON, not yet checked. */
  readonly header: unknown;
  /** Freshly allocated per frame where it has bytes, so views on it stay valid. */
  readonly body: Uint8Array;
}

/**
 * Puts frames together from the chunks of a stream. Each part is copied once, from the chunk to where it stays; a header
 * without a body, which is what most chunks are, is read in place.
 * `push` throws on what is not this protocol; the stream is then of no more use.
 */
export class FrameReader {
  private part: 'prefix' | 'header' | 'body' = 'prefix';
  private target: Buffer = Buffer.alloc(PREFIX_BYTES);
  private filled = 0;
  private header: unknown = null;
  private body_bytes = 0;

  constructor(private readonly onFrame: (frame: Frame) => void) {}

  /** True between frames: a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return this.part === 'prefix' && this.filled === 0;
  }

  push(chunk: Buffer): void {
    let used = this.atBoundary ? this.takeHeaders(chunk) : 0;
    // Every turn uses bytes or completes a part of no bytes; an empty body is the only such part.
    while (used < chunk.byteLength || (this.part === 'body' && this.target.byteLength === 0)) {
      const take = Math.min(chunk.byteLength - used, this.target.byteLength - this.filled);
      this.target.set(chunk.subarray(used, used + take), this.filled);
      used += take;
      this.filled += take;
      if (this.filled === this.target.byteLength) this.complete();
    }
  }

  /** The frames without a body that the chunk begins with; returns how many bytes they are. */
  private takeHeaders(chunk: Buffer): number {
    let at = 0;
    while (chunk.byteLength - at >= PREFIX_BYTES) {
      const { header_bytes, body_bytes } = readPrefix(chunk, at);
      const begin = at + PREFIX_BYTES;
      const end = begin + header_bytes;
      if (body_bytes > 0 || end > chunk.byteLength) break;
      at = end;
      this.onFrame({ header: JSON.parse(chunk.toString('utf8', begin, end)), body: NO_BODY });
    }
    return at;
  }

  private complete(): void {
    if (this.part === 'prefix') {
      const { header_bytes, body_bytes } = readPrefix(this.target);
      this.body_bytes = body_bytes;
      this.expect('header', header_bytes);
    } else if (this.part === 'header') {
      this.header = JSON.parse(this.target.toString('utf8'));
      this.expect('body', this.body_bytes);
    } else {
      const frame = { header: this.header, body: this.target };
      this.expect('prefix', PREFIX_BYTES);
      this.onFrame(frame);
    }
  }

  private expect(part: 'prefix' | 'header' | 'body', bytes: number): void {
    this.part = part;
    this.filled = 0;
    // Not from Node's shared pool: a body must begin at an aligned address of its own.
    this.target = Buffer.from(new ArrayBuffer(bytes));
  }
}
