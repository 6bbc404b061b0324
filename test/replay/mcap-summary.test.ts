import { readFileSync, writeFileSync } from 'node:fs';
import { McapIndexedReader } from '@mcap/core';
import { expect } from 'chai';
import { FileBytes } from '../../src/replay/file-bytes.js';
import { McapError } from '../../src/replay/mcap-records.js';
import { readSummary, type Summary } from '../../src/replay/mcap-summary.js';
import { temporaryFolder, texts, writeMcap } from './bags.js';

const MAGIC_BYTES = 8;
/** Opcode, length, two places and the checksum. */
const FOOTER = 29;

describe('the summary of an MCAP file', () => {
  const folder = temporaryFolder();
  const path = folder.path('good.mcap');
  let good: Buffer;
  /** Where the footer is, and where the summary starts. */
  let footer: number;
  let start: number;

  before(async () => {
    await writeMcap(path, texts(100));
    good = readFileSync(path);
    footer = good.length - MAGIC_BYTES - FOOTER;
    start = Number(good.readBigUInt64LE(footer + 9));
  });
  after(() => folder.remove());

  function summaryOf(bytes: Buffer): Summary | null {
    const changed = folder.path('changed.mcap');
    writeFileSync(changed, bytes);
    const file = new FileBytes(changed);
    try {
      return readSummary(file);
    } finally {
      file.close();
    }
  }

  /** The good file with something changed, and no checksum that would tell. */
  function changed(change: (bytes: Buffer) => void): Buffer {
    const bytes = Buffer.from(good);
    bytes.writeUInt32LE(0, footer + FOOTER - 4);
    change(bytes);
    return bytes;
  }

  it('reads as @mcap/core reads it', async () => {
    const summary = summaryOf(good);
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: async () => BigInt(good.length),
        read: async (at, length) => good.subarray(Number(at), Number(at + length)),
      },
    });
    expect(summary?.chunks).to.deep.equal(
      reader.chunkIndexes.map((chunk) => ({
        kind: 'chunk',
        offset: Number(chunk.chunkStartOffset),
        length: Number(chunk.chunkLength),
        start_ms: Number(chunk.messageStartTime) / 1e6,
        end_ms: Number(chunk.messageEndTime) / 1e6,
        compression: chunk.compression,
        index_offsets: new Map([...chunk.messageIndexOffsets].map(([id, at]) => [id, Number(at)])),
        unpacked_bytes: Number(chunk.uncompressedSize),
        index_length: Number(chunk.messageIndexLength),
      })),
    );
    expect(summary?.chunks.length).to.be.greaterThan(5);
    const topics = [...reader.channelsById.values()].map(({ topic }) => topic);
    expect([...(summary?.channels.values() ?? [])].map(({ topic }) => topic)).to.deep.equal(topics);
    expect([...(summary?.schemas.keys() ?? [])]).to.deep.equal([...reader.schemasById.keys()]);
    expect(summary?.counted?.messages).to.equal(100);
    expect(summary?.counted?.byChannel).to.deep.equal(
      new Map([...reader.statistics!.channelMessageCounts].map(([id, count]) => [id, Number(count)])),
    );
  });

  it('is none where the footer says so', () => {
    expect(summaryOf(changed((bytes) => bytes.writeBigUInt64LE(0n, footer + 9)))).to.equal(null);
  });

  const damages: Readonly<Record<string, readonly [RegExp, (bytes: Buffer) => void]>> = {
    'its checksum is wrong': [/CRC is 0x[0-9a-f]+, expected 0x1$/, (b) => b.writeUInt32LE(1, footer + 25)],
    'it starts behind its end': [/cannot start/, (b) => b.writeBigUInt64LE(BigInt(footer + 1), footer + 9)],
    'it starts within the header': [/cannot start/, (b) => b.writeBigUInt64LE(9n, footer + 9)],
    'it starts within a record': [/./, (b) => b.writeBigUInt64LE(BigInt(start + 1), footer + 9)],
    'there is no footer': [/no footer/, (b) => b.writeUInt8(3, footer)],
    'there is no header': [/no header/, (b) => b.writeUInt8(3, MAGIC_BYTES)],
    'the header has no end': [/header extends/, (b) => b.writeUInt32LE(0xffffffff, MAGIC_BYTES + 1)],
    'it has a chunk in it': [/opcode 6/, (b) => b.writeUInt8(6, start)],
    'it has a second end of the data': [/opcode 15/, (b) => b.writeUInt8(15, start)],
    'a record of it has no end': [/extends past/, (b) => b.writeUInt32LE(0xffffffff, start + 1)],
  };
  for (const [name, [told, change]] of Object.entries(damages)) {
    it(`is refused where ${name}`, () => {
      expect(() => summaryOf(changed(change))).to.throw(McapError, told);
    });
  }

  it('is refused where a chunk has two indexes of one channel, or half of one', () => {
    const at = good.indexOf(8, start);
    // Behind the head of the record and four numbers of 64 bits stand the length of the map and its first key.
    const length = at + 9 + 32;
    expect(good.readUInt32LE(length)).to.equal(20);
    const twice = changed((bytes) => bytes.copy(bytes, length + 14, length + 4, length + 6));
    expect(() => summaryOf(twice)).to.throw(McapError, 'a key twice');
    expect(() => summaryOf(changed((bytes) => bytes.writeUInt32LE(19, length)))).to.throw(
      McapError,
      'within',
    );
    expect(() => summaryOf(changed((bytes) => bytes.writeUInt32LE(1 << 30, length)))).to.throw(
      McapError,
      'field extends past',
    );
  });
});
