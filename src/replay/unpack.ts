import lz4Module from '@foxglove/wasm-lz4';
import zstd from '@foxglove/wasm-zstd';

/**
 * Unpacks the records of a chunk into memory of their own; `size` is what they unpack to, bytes. Throws where they are
 * damaged.
 */
export type Unpack = (records: Uint8Array, size: number) => Uint8Array;

type Lz4 = typeof lz4Module;
/** The package says that it is an ES module, and is none: what it exports lies one deeper at run time. */
const lz4: Lz4 = (lz4Module as unknown as { readonly default?: Lz4 }).default ?? lz4Module;

/** The compressions of MCAP (https://mcap.dev/spec/registry), by the names that chunks give. */
export async function loadUnpackers(): Promise<ReadonlyMap<string, Unpack>> {
  await Promise.all([lz4.isLoaded, zstd.isLoaded]);
  return new Map<string, Unpack>([
    ['lz4', (records, size) => lz4(records, size)],
    ['zstd', (records, size) => zstd.decompress(records, size)],
  ]);
}
