import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { BagMessage, Lasting } from '../../src/replay/bag.js';
import { ChunkMemory, Loans } from '../../src/replay/chunk-memory.js';
import { openBag } from '../../src/replay/open-bag.js';
import { lz4, type Made, temporaryFolder, text, writeMcap } from './bags.js';

const IMAGE_BYTES = 100_000;
const LASTS = 3;
const LASTING: Lasting = { topics: new Set(['/image']), messages: LASTS };

/** Images that fill a chunk each, with texts between them. */
function made(images: number): Made[] {
  return Array.from({ length: images }, (_, index) => [
    { topic: '/image', time_ms: 1000 + index * 30, data: new Uint8Array(IMAGE_BYTES).fill(index + 1) },
    { topic: '/text', time_ms: 1001 + index * 30, data: text(`between ${index}`) },
  ]).flat();
}

describe('memory of chunks', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  it('is reused once it is returned and no longer referenced', () => {
    const memory = new ChunkMemory();
    const first = memory.take(IMAGE_BYTES);
    first.fill(7);
    memory.giveBack(first.buffer as ArrayBuffer);
    expect(first.length).to.equal(0);
    const second = memory.take(IMAGE_BYTES - 1);
    expect(second.length).to.equal(IMAGE_BYTES - 1);
    expect(second[0]).to.equal(7);
  });

  it('is not taken for chunks that are far smaller', () => {
    const memory = new ChunkMemory();
    const first = memory.take(100 * IMAGE_BYTES);
    first.fill(7);
    memory.giveBack(first.buffer as ArrayBuffer);
    expect(memory.take(IMAGE_BYTES).buffer.byteLength).to.be.lessThan(2 * IMAGE_BYTES);
  });

  it('is never that of Node, however large its pool of small buffers', () => {
    const { poolSize } = Buffer;
    Buffer.poolSize = 1 << 20;
    try {
      // More than the old pool has: now there is one of the new size.
      Buffer.allocUnsafe(poolSize + 1);
      const loans = new Loans(new ChunkMemory(), LASTING);
      const small = loans.take(1000);
      loans.lend(small, 0);
      expect([small.length, small.buffer.byteLength]).to.deep.equal([1000, 1000]);
    } finally {
      Buffer.poolSize = poolSize;
    }
  });

  for (const way of ['none', 'lz4'] as const) {
    it(`gives the same messages with and without being used again (${way})`, async () => {
      const path = folder.path(`same-${way}.mcap`);
      await writeMcap(path, made(20), way === 'lz4' ? { compressChunk: lz4 } : {});
      const bag = await openBag(path, { verify: false });
      const told = ({ topic, time_ms, data }: BagMessage): string =>
        `${topic.topic} ${time_ms} ${Buffer.from(data).toString('base64')}`;
      const plain = [...bag.read()].map(told);
      const again: string[] = [];
      for (const message of bag.read({ lasting: LASTING })) again.push(told(message));
      bag.close();
      expect(plain).to.have.length(40);
      expect(again).to.deep.equal(plain);
    });
  }

  it('keeps lasting messages for as long as it says, and what is held longer has no bytes', async () => {
    const path = folder.path('lasting.mcap');
    await writeMcap(path, made(30));
    const bag = await openBag(path, { verify: false });
    const images: { readonly message: BagMessage; readonly nth: number }[] = [];
    let gone = 0;
    for (const message of bag.read({ lasting: LASTING })) {
      if (message.topic.topic !== '/image') continue;
      images.push({ message, nth: images.length + 1 });
      const held = images.slice(-LASTS - 1);
      for (const { message: kept, nth } of held) {
        expect(kept.data.length).to.equal(IMAGE_BYTES);
        expect(kept.data[0]).to.equal(nth);
        expect(kept.data[IMAGE_BYTES - 1]).to.equal(nth);
      }
      for (const { message: old, nth } of images.slice(0, -LASTS - 1)) {
        if (old.data.length === 0) gone += 1;
        else expect(old.data[0]).to.equal(nth);
      }
    }
    bag.close();
    expect(gone).to.be.greaterThan(200);
  });

  it('reads the heads of messages alone where that is said, and the rest when it is asked for', async () => {
    const path = folder.path('heads.mcap');
    await writeMcap(path, made(10));
    const bag = await openBag(path, { verify: false });
    const head_bytes = 64;
    let nth = 0;
    let texts = 0;
    for (const { topic, data, complete } of bag.read({ lasting: { ...LASTING, head_bytes } })) {
      if (topic.topic === '/text') {
        expect(complete).to.equal(undefined);
        expect(Buffer.from(data)).to.deep.equal(Buffer.from(text(`between ${texts}`)));
        texts += 1;
        continue;
      }
      nth += 1;
      expect(data.length).to.equal(IMAGE_BYTES);
      expect([...data.subarray(0, head_bytes)]).to.deep.equal(Array(head_bytes).fill(nth));
      data.fill(99, head_bytes);
      if (nth % 2 === 0) continue;
      complete?.();
      expect(Buffer.compare(data, new Uint8Array(IMAGE_BYTES).fill(nth))).to.equal(0);
    }
    bag.close();
    expect([nth, texts]).to.deep.equal([10, 10]);
  });

  it('does not change hands where heads alone were read, and cannot be completed for an old message', async () => {
    const path = folder.path('unread.mcap');
    await writeMcap(path, made(30));
    const bag = await openBag(path, { verify: false });
    const unread: BagMessage[] = [];
    const completed: BagMessage[] = [];
    const memories = new Set<ArrayBufferLike>();
    for (const message of bag.read({ lasting: { ...LASTING, head_bytes: 64 } })) {
      if (message.topic.topic !== '/image') continue;
      memories.add(message.data.buffer);
      if ((unread.length + completed.length) % 10 === 4) {
        expect(message.complete?.()).to.equal(true);
        completed.push(message);
      } else unread.push(message);
    }
    // Those of the last images still last.
    const old = unread.slice(0, -LASTS);
    const before = old.map(({ data }) => Buffer.from(data));
    expect(old.map(({ complete }) => complete?.())).to.deep.equal(old.map(() => false));
    bag.close();
    expect(old.map(({ data }, at) => Buffer.compare(data, before[at]!))).to.deep.equal(old.map(() => 0));
    expect(completed.slice(0, -1).map(({ data }) => data.length)).to.deep.equal([0, 0]);
    // A few pieces, and a new one for each that was completed.
    expect(memories.size).to.be.lessThan(2 * LASTS + completed.length + 2);
  });

  it('reads by the index on later use, and reports an index that points nowhere', async () => {
    const path = folder.path('index.mcap');
    await writeMcap(path, made(10));
    const bytes = readFileSync(path);
    // The index of the first chunk is the first record of its kind: its only entry's place is moved.
    const index = bytes.indexOf(Buffer.from([0x07, 22, 0, 0, 0, 0, 0, 0, 0]));
    expect(index).to.be.greaterThan(0);
    bytes.writeBigUInt64LE(7n, index + 9 + 6 + 8);
    writeFileSync(path, bytes);
    const faults: string[] = [];
    const bag = await openBag(path, {
      verify: false,
      best_effort: true,
      onFault: ({ code }) => faults.push(code),
    });
    const plain = [...bag.read()].length;
    const lasting = [...bag.read({ lasting: LASTING })].length;
    bag.close();
    expect(plain).to.equal(20);
    // It is told, and the chunk is read as a whole instead.
    expect(faults).to.deep.equal(['SAGE_1003']);
    expect(lasting).to.equal(20);
  });

  it('lets all messages stay where nothing else is said', async () => {
    const path = folder.path('staying.mcap');
    await writeMcap(path, made(30));
    const bag = await openBag(path, { verify: false });
    const all = [...bag.read()].filter(({ topic }) => topic.topic === '/image');
    bag.close();
    expect(all.map(({ data }) => data[0])).to.deep.equal(all.map((_, index) => index + 1));
  });
});
