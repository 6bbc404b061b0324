import type { InferenceSession } from 'onnxruntime-node';
import type { TensorType } from '../../contracts/inference.js';
import { ELEMENT_BYTES, elementsOf, viewAs } from '../tensors.js';
import { toValue, type Value } from './session.js';

/** Memory that waits to be used again is at most this, bytes; what is more goes to the garbage collector. */
const IDLE_BYTES_MAX = 64e6;

/** In the language since V8 11.4; the flag that `launch.ts` sets brings it to the version before. */
type Returnable = ArrayBufferLike & { transfer?(bytes: number): unknown };

/**
 * Returns the memory of a copy to the system at once. The binding copies every output into new memory, also where it was
 * given some: left to the collector, a gigabyte of copies goes through the caches before it comes, and it walks all
 * objects then. Where the runtime gave back what it was given, nothing is done.
 */
export function discardCopy({ data: copy }: Value, { data: given }: Value): void {
  const { buffer } = copy as Uint8Array;
  if (buffer !== (given as Uint8Array).buffer) (buffer as Returnable).transfer?.(0);
}

/**
 * Memory for outputs, used again as soon as an output is not needed any more. A runtime that takes new memory for each
 * run leaves the old to a garbage collector that comes late: every run then works on memory that no cache has.
 */
export class OutputMemory {
  private readonly idle = new Map<number, ArrayBuffer[]>();
  private readonly lent = new Set<ArrayBufferLike>();
  private idle_bytes = 0;

  /** Tensors for those outputs whose shape the graph says; the runtime makes the others itself. */
  lend(session: InferenceSession, names: readonly string[]): Record<string, Value | null> {
    const metadata = new Map(session.outputMetadata.map((each) => [each.name, each]));
    return Object.fromEntries(
      names.map((name) => {
        const output = metadata.get(name);
        if (!output?.isTensor || !(output.type in ELEMENT_BYTES)) return [name, null];
        const dims = output.shape.filter((dim) => typeof dim === 'number');
        if (dims.length < output.shape.length) return [name, null];
        const type = output.type as TensorType;
        const memory = this.take(elementsOf(dims) * ELEMENT_BYTES[type]);
        return [name, toValue(type, viewAs(type, new Uint8Array(memory)), dims)];
      }),
    );
  }

  /** Takes back what nobody needs any more. What was not lent here is left alone. */
  giveBack(values: Iterable<Value | null>): void {
    for (const value of values) {
      const memory = value ? (value.data as Uint8Array).buffer : null;
      if (!(memory instanceof ArrayBuffer) || !this.lent.delete(memory)) continue;
      const bytes = memory.byteLength;
      if (this.idle_bytes + bytes > IDLE_BYTES_MAX) continue;
      this.idle_bytes += bytes;
      const alike = this.idle.get(bytes);
      if (alike) alike.push(memory);
      else this.idle.set(bytes, [memory]);
    }
  }

  /** Forgets what waits: models were unloaded, so the sizes may never be asked for again. */
  clear(): void {
    this.idle.clear();
    this.idle_bytes = 0;
  }

  private take(bytes: number): ArrayBuffer {
    // The last one given back: it is the likeliest to be in a cache.
    const used = this.idle.get(bytes)?.pop();
    if (used) this.idle_bytes -= bytes;
    const memory = used ?? new ArrayBuffer(bytes);
    this.lent.add(memory);
    return memory;
  }
}
