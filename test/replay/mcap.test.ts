import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import zstd from '@foxglove/wasm-zstd';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { SageError } from '../../src/contracts/errors.js';
import { decoderOf } from '../../src/replay/decode.js';
import { McapError, OP, placesIn } from '../../src/replay/mcap-records.js';
import { openBag } from '../../src/replay/open-bag.js';
import { skip } from '../skip.js';
import {
  changed,
  expected,
  lz4,
  readAll,
  said,
  temporaryFolder,
  text,
  texts,
  writeMcap,
  writeSqlite,
} from './bags.js';

const VECTORS = join(projectRoot, '../shared/bags/mcap_conformance');

type Fields = readonly (readonly [string, unknown])[];
interface Vector {
  readonly records: readonly { readonly type: string; readonly fields: Fields }[];
}

/** The messages that a vector's JSON says its file has, in order of time, as `said` puts them. */
function messagesOf(vector: Vector): string[] {
  const topics = new Map<unknown, string>();
  const messages: { readonly time: number; readonly text: string }[] = [];
  for (const { type, fields } of vector.records) {
    const field = Object.fromEntries(fields);
    if (type === 'Channel') topics.set(field.id, String(field.topic));
    if (type !== 'Message') continue;
    const time = Number(field.log_time) / 1e6;
    const data = Buffer.from((field.data as string[]).map(Number)).toString('hex');
    messages.push({ time, text: `${topics.get(field.channel_id)} ${time} ${data}` });
  }
  return messages.sort((a, b) => a.time - b.time).map(({ text }) => text);
}

describe('reading MCAP', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  it('reads every conformance vector of the format', async function () {
    if (!existsSync(VECTORS)) skip(this, 'the recordings in ../shared/bags are not there');
    let count = 0;
    for (const kind of readdirSync(VECTORS)) {
      for (const name of readdirSync(join(VECTORS, kind))) {
        if (!name.endsWith('.mcap')) continue;
        const path = join(VECTORS, kind, name);
        const vector = JSON.parse(readFileSync(path.replace('.mcap', '.json'), 'utf8')) as Vector;
        const { messages } = await readAll(path);
        expect(said(messages), name).to.deep.equal(messagesOf(vector));
        count += 1;
      }
    }
    expect(count).to.be.greaterThan(400);
  });

  it('gives the same messages with any chunk compression, and without chunks', async () => {
    await zstd.isLoaded;
    const made = texts(200);
    const ways = {
      none: {},
      zstd: {
        compressChunk: (data: Uint8Array) => ({
          compression: 'zstd',
          compressedData: new Uint8Array(zstd.compress(data, 1)),
        }),
      },
      lz4: { compressChunk: lz4 },
      plain: { useChunks: false },
      'no summary': { useChunkIndex: false, useStatistics: false, useSummaryOffsets: false },
    };
    for (const [name, options] of Object.entries(ways)) {
      await writeMcap(folder.path(`${name}.mcap`), made, options);
      const { messages, faults } = await readAll(folder.path(`${name}.mcap`));
      expect(said(messages), name).to.deep.equal(expected(made));
      expect(faults, name).to.deep.equal([]);
    }
  });

  it('knows types by their short names, as some writers have them', async () => {
    const short = texts(3).map((message) => ({
      ...message,
      type: 'std_msgs/String',
      definition: 'string data',
    }));
    await writeMcap(folder.path('short.mcap'), short);
    writeSqlite(folder.path('short.db3'), short);
    for (const name of ['short.mcap', 'short.db3']) {
      const bag = await openBag(folder.path(name));
      expect([...new Set(bag.topics.map(({ type }) => type))], name).to.deep.equal(['std_msgs/msg/String']);
      expect(decoderOf(bag.topics[0]!)([...bag.read()][0]!.data), name).to.deep.equal({ data: 'message 0' });
      bag.close();
    }
  });

  it('sorts messages over chunks that overlap', async () => {
    const late = texts(60, 1000).map((message, index) => ({
      ...message,
      time_ms: 1000 + ((index * 7919) % 60) * 10,
    }));
    await writeMcap(folder.path('mixed.mcap'), late);
    const { messages } = await readAll(folder.path('mixed.mcap'));
    expect(said(messages)).to.deep.equal(expected([...late].sort((a, b) => a.time_ms - b.time_ms)));
  });

  it('reads only the topics and the time that are asked for', async () => {
    const made = texts(200);
    await writeMcap(folder.path('part.mcap'), made);
    const bag = await openBag(folder.path('part.mcap'));
    const part = [...bag.read({ topics: new Set(['/a']), start_ms: 1500, end_ms: 2000 })];
    bag.close();
    const due = made.filter(({ topic, time_ms }) => topic === '/a' && time_ms >= 1500 && time_ms <= 2000);
    expect(said(part)).to.deep.equal(expected(due));
    expect(due.length).to.be.greaterThan(10);
  });

  it('reads a few messages of a large chunk by its index, and the rest not at all', async () => {
    const large = Buffer.alloc(4000, 7);
    const made = texts(60).map((message) => (message.topic === '/b' ? { ...message, data: large } : message));
    const path = folder.path('sparse.mcap');
    await writeMcap(path, made, { chunkSize: 16_000 });
    // Damage among what is not asked for goes unseen then, and is found when it is.
    changed(path, folder.path('harmless.mcap'), (bytes) =>
      bytes.fill(8, bytes.indexOf(large) + 10, bytes.indexOf(large) + 20),
    );
    const bag = await openBag(folder.path('harmless.mcap'), { verify: false });
    const part = [...bag.read({ topics: new Set(['/a']) })];
    expect(said(part)).to.deep.equal(expected(made.filter(({ topic }) => topic === '/a')));
    expect(() => [...bag.read()]).to.throw(SageError, 'SAGE_1003');
    bag.close();
  });

  it('checks whole chunks of a small file, whatever is asked for of them', async () => {
    const small = await openBag(folder.path('harmless.mcap'));
    expect(() => [...small.read({ topics: new Set(['/a']) })]).to.throw(SageError, 'SAGE_1003');
    small.close();
    const path = folder.path('large.mcap');
    const bulk = Buffer.alloc(17 * 2 ** 20);
    const large = ['/a', '/b', '/b'].map((topic, n) => ({
      topic,
      time_ms: 1000 + n,
      data: topic === '/a' ? text('small') : bulk,
    }));
    await writeMcap(path, large, { chunkSize: 2 ** 26 });
    changed(path, path, (bytes) => bytes.fill(8, 2 ** 22, 2 ** 22 + 10));
    const bag = await openBag(path);
    expect(
      [...bag.read({ topics: new Set(['/a']) })],
      'of a large one only what is asked for',
    ).to.have.length(1);
    bag.close();
  });

  it('checks a chunk of a large file of which everything is asked for', async () => {
    const made = texts(60);
    const path = folder.path('all.mcap');
    await writeMcap(path, made);
    changed(path, path, (bytes) =>
      bytes.fill('?', bytes.indexOf('message 7'), bytes.indexOf('message 7') + 1),
    );
    const bag = await openBag(path, { verify: false });
    const read = (lasting: readonly string[]) =>
      [...bag.read({ lasting: { topics: new Set(lasting), messages: 1 } })].length;
    // The same where images are read in parts and these are none.
    for (const lasting of [[], ['/image']]) expect(() => read(lasting)).to.throw(SageError, 'SAGE_1003');
    bag.close();
  });

  it('does not believe an index that has messages behind the end of their chunk', () => {
    const index = Buffer.alloc(9 + 6 + 16);
    index.writeUInt8(OP.message_index);
    index.writeUInt32LE(6 + 16, 1);
    index.writeUInt32LE(16, 11);
    index.writeUInt32LE(100, 9 + 6 + 8);
    expect(placesIn(index, 150)).to.deep.equal([{ id: 0, at: 100, length: 50 }]);
    expect(() => placesIn(index, 100)).to.throw(McapError, 'a message at byte 100 of 100');
  });

  it('lists the topics with their types, definitions and counts', async () => {
    await writeMcap(folder.path('told.mcap'), texts(30));
    const bag = await openBag(folder.path('told.mcap'));
    bag.close();
    expect(bag.messages).to.equal(30);
    expect([bag.start_ms, bag.end_ms]).to.deep.equal([1000, 1290]);
    expect(bag.topics.map(({ topic, messages }) => [topic, messages])).to.deep.equal([
      ['/a', 10],
      ['/b', 20],
    ]);
    expect(bag.topics[0]?.schema?.text).to.equal('string data\n');
  });

  it('reads a bag in parts as one', async () => {
    const made = texts(90);
    await writeMcap(folder.path('bag_1.mcap'), made.slice(40));
    await writeMcap(folder.path('bag_0.mcap'), made.slice(0, 45));
    const { writeFileSync, mkdirSync, copyFileSync } = await import('node:fs');
    mkdirSync(folder.path('bag'));
    for (const name of ['bag_0.mcap', 'bag_1.mcap'])
      copyFileSync(folder.path(name), folder.path(`bag/${name}`));
    const files = '  relative_file_paths:\n  - bag_0.mcap\n  - bag_1.mcap\n';
    writeFileSync(
      folder.path('bag/metadata.yaml'),
      `rosbag2_bagfile_information:\n  storage_identifier: mcap\n${files}`,
    );
    const { messages } = await readAll(folder.path('bag'));
    expect(messages.length).to.equal(95);
    const times = messages.map(({ time_ms }) => time_ms);
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
  });
});
