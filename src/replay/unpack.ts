import zstd from '@foxglove/wasm-zstd';

/**
 * Unpacks the records of a chunk into memory of their own; `size` is what they unpack to, bytes. Throws where they are
 * damaged.
 */
export type Unpack = (records: Uint8Array, size: number) => Uint8Array;

type Lz4 = typeof import('@foxglove/wasm-lz4').default;

/**
 * The compressions of MCAP (https://mcap.dev/spec/registry), by the names that chunks give. Few bags have lz4, and it
 * takes a while to load.
 */
export async function loadUnpackers(lz4 = true): Promise<ReadonlyMap<string, Unpack>> {
  await zstd.isLoaded;
  const unpackers = new Map<string, Unpack>([['zstd', (records, size) => zstd.decompress(records, size)]]);
  if (lz4) {
    const unpack = await loadLz4();
    unpackers.set('lz4', (records, size) => unpack(records, size));
  }
  return unpackers;
}

async function loadLz4(): Promise<Lz4> {
  const found = (await import('@foxglove/wasm-lz4')).default;
  // The package says that it is an ES module, and is none: what it exports lies one deeper at run time.
  const lz4 = (found as unknown as { readonly default?: Lz4 }).default ?? found;
  await lz4.isLoaded;
  return lz4;
}
