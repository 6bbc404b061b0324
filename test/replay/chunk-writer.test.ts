import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { BagWriter } from '../../src/replay/bag-writer.js';
import { openBag } from '../../src/replay/open-bag.js';
import { writeAll } from '../../src/replay/write-all.js';
import { temporaryFolder } from './bags.js';

const IMAGE = { topic: '/image', type: 'sensor_msgs/msg/Image' };
const LARGE_BYTES = 20_000;
const CHUNK_BYTES = 50_000;

interface Written {
  readonly bytes: number;
  readonly lend: boolean;
}

function content({ bytes }: Written, index: number): Uint8Array {
  return new Uint8Array(bytes).map((_, at) => at + 7 * index);
}

describe('chunks whose data stay where they are', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function write(name: string, messages: readonly Written[], compression: 'none' | 'zstd' = 'none') {
    const path = folder.path(name);
    const released: Uint8Array[] = [];
    const release = (bytes: Uint8Array): void => {
      released.push(bytes);
      // What is written by now can't be spoilt any more.
      bytes.fill(0);
    };
    const writer = await BagWriter.create(path, { compression, chunk_bytes: CHUNK_BYTES, release });
    for (const [index, message] of messages.entries())
      writer.write(IMAGE, 1000 + index, content(message, index), message.lend);
    await writer.close();
    return { path, released };
  }

  it('make the same file as those whose data are copied, and each is released once', async () => {
    const message = fc.record({ bytes: fc.integer({ min: 0, max: 3 * LARGE_BYTES }), lend: fc.boolean() });
    const both = fc.asyncProperty(fc.array(message, { maxLength: 12 }), async (messages) => {
      const lent = await write('lent.mcap', messages);
      const copied = await write(
        'copied.mcap',
        messages.map(({ bytes }) => ({ bytes, lend: false })),
      );
      expect(readFileSync(lent.path).equals(readFileSync(copied.path))).to.equal(true);
      expect(copied.released).to.have.length(0);
      expect(new Set(lent.released)).to.have.length(lent.released.length);
      const large = messages.filter(({ bytes, lend }) => lend && bytes >= LARGE_BYTES);
      expect(lent.released.length).to.be.at.least(large.length);
      expect(lent.released.length).to.be.at.most(messages.filter(({ lend }) => lend).length);
    });
    await fc.assert(both, { numRuns: 40 });
  });

  for (const compression of ['none', 'zstd'] as const) {
    it(`are read as they were given, with the checksums of their chunks (${compression})`, async () => {
      const messages = Array.from({ length: 20 }, (_, index) => ({
        bytes: index % 3 === 0 ? LARGE_BYTES : index,
        lend: index % 2 === 0,
      }));
      const { path } = await write(`read-${compression}.mcap`, messages, compression);
      const bag = await openBag(path);
      const read = [...bag.read()].map(({ data }) => Buffer.from(data));
      bag.close();
      expect(read).to.have.length(messages.length);
      for (const [index, data] of read.entries())
        expect(data.equals(content(messages[index]!, index))).to.equal(true);
    });
  }

  it('are released only once they are in the file', async () => {
    const path = folder.path('before.mcap');
    const lent = new Uint8Array(LARGE_BYTES).fill(9);
    const seen: boolean[] = [];
    const release = (bytes: Uint8Array): void => {
      seen.push(readFileSync(path).includes(Buffer.from(bytes)));
    };
    const writer = await BagWriter.create(path, { chunk_bytes: CHUNK_BYTES, release });
    writer.write(IMAGE, 1000, lent, true);
    expect(seen).to.deep.equal([]);
    writer.flush();
    expect(seen).to.deep.equal([true]);
    await writer.close();
    expect(seen).to.deep.equal([true]);
  });
});

describe('writing scattered buffers', () => {
  it('continues where a call took only a part', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 30 }), (given, most) => {
        let file = Buffer.alloc(0);
        writeAll(1, given, (_, offered) => {
          const taken = Buffer.concat(offered).subarray(0, most);
          file = Buffer.concat([file, taken]);
          return taken.length;
        });
        expect(file.equals(Buffer.concat(given))).to.equal(true);
      }),
    );
  });

  it('ends where nothing is taken any more', () => {
    expect(() => writeAll(1, [new Uint8Array(3)], () => 0)).to.throw('nothing more is taken');
  });
});
