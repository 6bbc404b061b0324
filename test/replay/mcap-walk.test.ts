import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { BagOptions } from '../../src/replay/bag.js';
import { openBag } from '../../src/replay/open-bag.js';
import { type Made, temporaryFolder, text, writeMcap } from './bags.js';

const JOINTS = new Set(['/joints']);
const IMAGE_BYTES = 20_000;
/** Where the records of a chunk without compression begin, from the start of its record, bytes. */
const CHUNK_HEAD = 49;
const OP = { message: 0x05, chunk: 0x06, message_index: 0x07 } as const;

/** Where the records of one kind begin in a stretch of bytes. */
function placesOf(bytes: Buffer, kind: number, from: number, to: number): number[] {
  const places: number[] = [];
  for (let at = from; at + 9 <= to; at += 9 + Number(bytes.readBigUInt64LE(at + 1))) {
    if (bytes[at] === kind) places.push(at);
  }
  return places;
}

describe('a few small messages beside images', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  /** A camera that fills a chunk with each image, and joints in between. */
  const filmed = Array.from({ length: 40 }, (_, nth): Made => {
    const time_ms = 1000 + nth * 10;
    return nth % 4 === 3
      ? { topic: '/image', time_ms, data: new Uint8Array(IMAGE_BYTES).fill(nth) }
      : { topic: '/joints', time_ms, data: text(`joints ${nth}`) };
  });

  async function written(name: string, messages: readonly Made[], spoil?: (bytes: Buffer) => void) {
    const path = folder.path(name);
    await writeMcap(path, messages, { chunkSize: IMAGE_BYTES });
    const bytes = readFileSync(path);
    spoil?.(bytes);
    writeFileSync(path, bytes);
    return path;
  }

  /** The joints of a bag as a replay without its camera reads them. */
  async function jointsOf(path: string, options: BagOptions = {}): Promise<string[]> {
    // A small file is read whole, unless it is asked not to be.
    const bag = await openBag(path, { verify: false, ...options });
    const lasting = { topics: new Set<string>(), messages: 1 };
    const found = [...bag.read({ topics: JOINTS, lasting })].map(
      ({ time_ms, data }) => `${time_ms} ${Buffer.from(data.subarray(8, -1)).toString()}`,
    );
    bag.close();
    return found;
  }

  const joints = (messages: readonly Made[]): string[] =>
    messages
      .filter(({ topic }) => topic === '/joints')
      .map(({ time_ms, data }) => `${time_ms} ${Buffer.from(data.subarray(8, -1)).toString()}`);

  it('are found without the index of their chunk', async () => {
    const path = await written('no-index.mcap', filmed, (bytes) => {
      for (const at of placesOf(bytes, OP.message_index, 8, bytes.length)) {
        // The place of its last message is far beyond the chunk.
        const end = at + 9 + Number(bytes.readBigUInt64LE(at + 1));
        bytes.writeBigUInt64LE(BigInt(1 << 30), end - 8);
      }
    });
    expect(await jointsOf(path)).to.deep.equal(joints(filmed));
  });

  it('are found by the index where an image is damaged so that it hides what comes after it', async () => {
    const path = await written('length.mcap', filmed, (bytes) => {
      for (const chunk of placesOf(bytes, OP.chunk, 8, bytes.length)) {
        const end = chunk + 9 + Number(bytes.readBigUInt64LE(chunk + 1));
        for (const at of placesOf(bytes, OP.message, chunk + CHUNK_HEAD, end)) {
          if (bytes.readBigUInt64LE(at + 1) > IMAGE_BYTES) bytes.writeBigUInt64LE(BigInt(2 ** 40), at + 1);
        }
      }
    });
    expect(await jointsOf(path)).to.deep.equal(joints(filmed));
  });

  it('are found among many others of their chunk, too', async () => {
    const crowded = Array.from({ length: 900 }, (_, nth): Made => {
      const topic = nth % 30 === 0 ? '/joints' : '/noise';
      return { topic, time_ms: 1000 + nth, data: text(`${topic} ${nth} ${'.'.repeat(60)}`) };
    });
    expect(await jointsOf(await written('crowded.mcap', crowded))).to.deep.equal(joints(crowded));
  });

  it('are skipped, and said to be, where both the records and the index are damaged', async () => {
    const path = await written('both.mcap', filmed, (bytes) => {
      const [chunk = 0] = placesOf(bytes, OP.chunk, 8, bytes.length);
      const [index = 0] = placesOf(bytes, OP.message_index, 8, bytes.length);
      bytes.writeBigUInt64LE(BigInt(2 ** 40), chunk + CHUNK_HEAD + 1);
      const end = index + 9 + Number(bytes.readBigUInt64LE(index + 1));
      bytes.writeBigUInt64LE(BigInt(1 << 30), end - 8);
    });
    const faults: string[] = [];
    const found = await jointsOf(path, { best_effort: true, onFault: ({ code }) => faults.push(code) });
    expect(found).to.deep.equal(joints(filmed.slice(4)));
    expect(faults).to.include('SAGE_1003');
  });
});
