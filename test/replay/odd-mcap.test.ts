import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Fault, SageError } from '../../src/contracts/errors.js';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { changed, readAll, temporaryFolder, text, texts, writeMcap } from './bags.js';

const MAGIC = Buffer.from([0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a]);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const counted = (value: string): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);

function record(opcode: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([opcode]), u64(content.length), content]);
}

/** An MCAP file of one chunk without a summary: two texts on /a, and a record of some kind in front of each. */
function withRecord(opcode: number): Buffer {
  const other = record(opcode, Buffer.from('something'));
  const said = (nth: number): Buffer =>
    record(0x05, u16(1), u32(nth), u64(1e9 + nth), u64(1e9 + nth), text(`${nth}`));
  const records = Buffer.concat([
    record(0x03, u16(1), counted('std_msgs/msg/String'), counted('ros2msg'), counted('string data\n')),
    record(0x04, u16(1), u16(1), counted('/a'), counted('cdr'), u32(0)),
    ...[1, 2].flatMap((nth) => [other, said(nth)]),
  ]);
  const head = [u64(1e9 + 1), u64(1e9 + 2), u64(records.length), u32(0), counted(''), u64(records.length)];
  return Buffer.concat([
    MAGIC,
    record(0x01, counted('ros2'), counted('test')),
    record(0x06, ...head, records),
    record(0x0f, u32(0)),
    record(0x02, u64(0), u64(0), u32(0)),
    MAGIC,
  ]);
}

async function thrownBy(path: string): Promise<SageError> {
  return readAll(path).then(
    () => expect.fail(`${path} was read`),
    (thrown: SageError) => thrown,
  );
}

describe('MCAP files that few writers make', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  it('skips kinds of records that are not defined, also inside of chunks', async () => {
    for (const opcode of [0x40, 0x90]) {
      const path = folder.path(`${opcode}.mcap`);
      writeFileSync(path, withRecord(opcode));
      expect((await readAll(path)).messages, `${opcode}`).to.have.length(2);
    }
  });

  it('finds kinds of records inside of a chunk that may not be there', async () => {
    const path = folder.path('footer.mcap');
    writeFileSync(path, withRecord(0x02));
    const { code, detail } = await thrownBy(path);
    expect(code).to.equal('SAGE_1003');
    expect(detail).to.include('unexpected record with opcode 2 in a chunk');
  });

  it('takes a file that ends behind its first magic as cut off', async () => {
    const path = folder.path('magic.mcap');
    writeFileSync(path, MAGIC);
    expect((await thrownBy(path)).code).to.equal('SAGE_1002');
  });

  it('says so where nothing but the summary is truncated', async () => {
    const path = folder.path('summary.mcap');
    await writeMcap(path, texts(100));
    changed(path, path, (bytes) => bytes.subarray(0, bytes.length - 20));
    const { code, detail } = await thrownBy(path);
    expect(code).to.equal('SAGE_1002');
    expect(detail).to.include('its messages are complete');
    expect((await readAll(path, true)).messages).to.have.length(100);
  });

  it('finds a chunk with messages outside of its time range, and loses none silently', async () => {
    const path = folder.path('times.mcap');
    const bytes = withRecord(0x90);
    // The times that the chunk says stand behind its record's head.
    const head = bytes.indexOf(Buffer.concat([u64(1e9 + 1), u64(1e9 + 2)]));
    bytes.writeBigUInt64LE(BigInt(11e9), head);
    bytes.writeBigUInt64LE(BigInt(12e9), head + 8);
    writeFileSync(path, bytes);
    const { code, detail } = await thrownBy(path);
    expect(code).to.equal('SAGE_1003');
    expect(detail).to.include('a chunk covering 0.000 s to 1.000 s has a message at -10.000 s');
    expect((await readAll(path, true)).faults).to.have.length(1);
  });

  it('reads a file whose summary has its chunks at other places with best effort', async () => {
    const path = folder.path('astray.mcap');
    await writeMcap(path, texts(100));
    changed(path, path, (bytes) => {
      // In front of the first chunk's index, its offset is the only one of this value.
      const first = bytes.indexOf(Buffer.from([0x06]), MAGIC.length);
      const at = bytes.lastIndexOf(u64(first));
      bytes.writeBigUInt64LE(BigInt(first + 1), at);
      // The checksum of the summary is not checked where it is 0.
      bytes.writeUInt32LE(0, bytes.length - MAGIC.length - 4);
      return bytes;
    });
    const { code, detail } = await thrownBy(path);
    expect(code).to.equal('SAGE_1003');
    expect(detail).to.match(/in its summary: no chunk at byte \d+/);
    expect((await readAll(path, true)).messages).to.have.length(100);
  });

  it('names an encapsulation that is not CDR, and reads those of either byte order', async () => {
    const path = folder.path('cdr.mcap');
    await writeMcap(path, texts(1));
    const bag = await openBag(path);
    bag.close();
    const decode = decoderOf(bag.topics[0]!);
    const little = text('hi');
    for (const [kind, told] of [
      [3, 'encapsulation 0x0003 is not CDR'],
      [0xab, 'encapsulation 0x00ab is not CDR'],
    ] as const) {
      const other = Uint8Array.from(little);
      other[1] = kind;
      expect(() => decode(other)).to.throw(told);
    }
    expect(() => decode(little.subarray(0, 3))).to.throw('no encapsulation header');
    const big = Buffer.from(little);
    big[1] = 0;
    big.subarray(4, 8).reverse();
    expect(decode(big)).to.deep.equal(decode(little)).and.to.deep.equal({ data: 'hi' });
  });
});

describe('messages whose time cannot be right', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const NOW_MS = 1_700_000_000_000;
  const whole = (times: readonly number[]): number[] => times.map(Math.round);
  /** As a robot records that starts before its clock is set: what comes first is of 1970. */
  const early = [...texts(3, 0), ...texts(60, NOW_MS)];

  it('are reported with what can be read, and skipped with best effort', async () => {
    const path = folder.path('early.mcap');
    await writeMcap(path, early);
    const { code, where, detail } = await thrownBy(path);
    expect(code).to.equal('SAGE_1007');
    expect(where).to.equal(path);
    expect(detail).to.include('it could be read from 2023-11-14 22:13:20 UTC to 2023-11-14 22:13:20 UTC (60');
    expect(detail).to.include('3 messages are more than a day away (1970-01-01 00:00:00 UTC)');
    const { messages, faults } = await readAll(path, true);
    expect(whole(messages.map(({ time_ms }) => time_ms))).to.deep.equal(
      texts(60, NOW_MS).map((m) => m.time_ms),
    );
    expect(faults.map((fault: Fault) => fault.code)).to.deep.equal(['SAGE_1007']);
  });

  it('do not make the bag longer', async () => {
    const path = folder.path('late.mcap');
    await writeMcap(path, [...texts(60, NOW_MS), ...texts(1, NOW_MS + 1e12)]);
    const bag = await openBag(path, { best_effort: true });
    bag.close();
    expect(whole([bag.start_ms, bag.end_ms])).to.deep.equal([NOW_MS, NOW_MS + 590]);
    expect(bag.messages).to.equal(60);
  });

  it('are not those of a bag with a pause of some hours', async () => {
    const path = folder.path('pause.mcap');
    await writeMcap(path, [...texts(30, NOW_MS), ...texts(30, NOW_MS + 20 * 3_600_000)]);
    expect((await readAll(path)).messages).to.have.length(60);
  });
});
