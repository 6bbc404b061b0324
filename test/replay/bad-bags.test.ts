import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Fault, SageError } from '../../src/contracts/errors.js';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { changed, readAll, temporaryFolder, text, texts, writeMcap, writeSqlite } from './bags.js';

/** What reading a bag throws. */
async function thrownBy(path: string): Promise<SageError> {
  try {
    await readAll(path);
  } catch (thrown) {
    if (thrown instanceof SageError) return thrown;
    throw thrown;
  }
  throw new Error(`${path} was read`);
}

describe('bags that are damaged', () => {
  const folder = temporaryFolder();
  const good = folder.path('good.mcap');
  before(() => writeMcap(good, texts(200)));
  after(() => folder.remove());

  it('rejects an invalid file', async () => {
    writeFileSync(folder.path('text.mcap'), 'this is no bag at all, and long enough to be taken for one');
    expect((await thrownBy(folder.path('text.mcap'))).code).to.equal('SAGE_1001');
    expect((await thrownBy(folder.path('nothing.mcap'))).code).to.equal('SAGE_902');
    mkdirSync(folder.path('empty'));
    expect((await thrownBy(folder.path('empty'))).code).to.equal('SAGE_1001');
  });

  it('says up to where a bag that was truncated can be read, and reads that far with best effort', async () => {
    const cut = folder.path('cut.mcap');
    const half = Math.floor(statSync(good).size / 2);
    changed(good, cut, (bytes) => bytes.subarray(0, half));
    const error = await thrownBy(cut);
    expect(error.code).to.equal('SAGE_1002');
    expect(error.detail).to.match(/read up to byte \d+ of \d+, [\d.]+ s of messages in \d+ chunks/);
    const { messages, faults } = await readAll(cut, true);
    expect(messages.length).to.be.within(50, 150);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_1002']);
  });

  it('finds a chunk with changed bytes, and skips it with best effort', async () => {
    const bad = folder.path('crc.mcap');
    changed(good, bad, (bytes) => {
      const at = bytes.indexOf('message 100');
      bytes.write('massage', at);
      return bytes;
    });
    const error = await thrownBy(bad);
    expect(error.code).to.equal('SAGE_1003');
    expect(error.message).to.match(/chunk at byte \d+/);
    expect(error.detail).to.match(
      /CRC is 0x[0-9a-f]+, expected 0x[0-9a-f]+; it could be read up to [\d.]+ s/,
    );
    const { messages, faults } = await readAll(bad, true);
    expect(messages.length).to.be.within(170, 199);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_1003']);
  });

  it('checks unselected topics too when everything is verified', async () => {
    const bad = folder.path('apart.mcap');
    // Large messages that are not asked for beside small ones that are, in chunks without compression.
    const made = texts(60).map((message) =>
      message.topic === '/b' ? { ...message, data: text(`large ${'x'.repeat(200)}`) } : message,
    );
    await writeMcap(bad, made, { chunkSize: 4096 });
    changed(bad, bad, (bytes) => {
      bytes.write('LARGE', bytes.lastIndexOf('large'));
      return bytes;
    });
    const asked = async (verify: boolean): Promise<number> => {
      const bag = await openBag(bad, { verify });
      const count = [...bag.read({ topics: new Set(['/a']) })].length;
      bag.close();
      return count;
    };
    expect(await asked(false)).to.equal(20);
    let thrown: unknown;
    try {
      await asked(true);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as SageError).code).to.equal('SAGE_1003');
    const faults: string[] = [];
    const options = { best_effort: true, verify: true, onFault: ({ code }: Fault) => faults.push(code) };
    const bag = await openBag(bad, options);
    expect([...bag.read()].length).to.be.within(30, 59);
    bag.close();
    expect(faults).to.deep.equal(['SAGE_1003']);
  });

  it('reads what precedes a damaged chunk', async () => {
    const bag = await openBag(folder.path('crc.mcap'));
    const times: number[] = [];
    expect(() => {
      for (const { time_ms } of bag.read()) times.push(time_ms);
    }).to.throw(SageError, 'SAGE_1003');
    bag.close();
    expect(times.length).to.be.greaterThan(50);
  });

  it('names a compression that it does not know', async () => {
    const bad = folder.path('brotli.mcap');
    const compressChunk = (data: Uint8Array) => ({ compression: 'brotli', compressedData: data });
    await writeMcap(bad, texts(20), { compressChunk });
    const error = await thrownBy(bad);
    expect(error.code).to.equal('SAGE_1004');
    expect(error.detail).to.include('"brotli"');
    const { messages, faults } = await readAll(bad, true);
    expect(messages).to.deep.equal([]);
    expect(new Set(faults.map(({ code }) => code))).to.deep.equal(new Set(['SAGE_1004']));
  });

  it('says what to do with a folder that a killed recorder left without metadata.yaml', async () => {
    mkdirSync(folder.path('left'));
    writeFileSync(folder.path('left/a.mcap'), readFileSync(good));
    const { code, message } = await thrownBy(folder.path('left'));
    expect(code).to.equal('SAGE_1001');
    expect(message).to.include('left/metadata.yaml: it is missing').and.include('--best-effort');
    expect((await readAll(folder.path('left'), true)).messages.length).to.equal(200);
  });

  it('distinguishes a folder without a bag, and an empty file, from truncated ones', async () => {
    mkdirSync(folder.path('photos'));
    writeFileSync(folder.path('photos/a.png'), 'x');
    const photos = await thrownBy(folder.path('photos'));
    expect(photos.code).to.equal('SAGE_1001');
    expect(photos.message).to.include('not a bag folder').and.not.include('--best-effort');
    writeFileSync(folder.path('empty.mcap'), '');
    const empty = await thrownBy(folder.path('empty.mcap'));
    expect(empty.code).to.equal('SAGE_1001');
    expect(empty.message).to.include('the file is empty').and.not.include('--best-effort');
  });

  it('continues past a metadata.yaml that makes no sense with best effort alone', async () => {
    mkdirSync(folder.path('odd'));
    writeFileSync(folder.path('odd/metadata.yaml'), 'rosbag2_bagfile_information: 7\n');
    writeFileSync(folder.path('odd/a.mcap'), readFileSync(good));
    expect((await thrownBy(folder.path('odd'))).code).to.equal('SAGE_1001');
    const { messages } = await readAll(folder.path('odd'), true);
    expect(messages.length).to.equal(200);
  });

  it('finds time that jumps back', async () => {
    const jumped = [...texts(20, 100_000), ...texts(20, 1000)];
    await writeMcap(folder.path('jump.mcap'), jumped, { chunkSize: 1 << 20 });
    writeSqlite(folder.path('jump.db3'), jumped);
    for (const name of ['jump.mcap', 'jump.db3']) {
      const error = await thrownBy(folder.path(name));
      expect(error.code, name).to.equal('SAGE_1007');
      const { messages } = await readAll(folder.path(name), true);
      const times = messages.map(({ time_ms }) => time_ms);
      expect(times, name).to.deep.equal([...times].sort((a, b) => a - b));
      expect(times.length, name).to.equal(40);
    }
  });

  it('finds time that jumps back from chunk to chunk', async () => {
    await writeMcap(folder.path('chunks.mcap'), [...texts(60, 100_000), ...texts(60, 1000)]);
    expect((await thrownBy(folder.path('chunks.mcap'))).code).to.equal('SAGE_1007');
    const { messages } = await readAll(folder.path('chunks.mcap'), true);
    expect(messages.length).to.equal(120);
  });

  it('finds messages of no bytes', async () => {
    const made = texts(10).map((message, index) =>
      index === 4 ? { ...message, data: new Uint8Array(0) } : message,
    );
    await writeMcap(folder.path('hollow.mcap'), made);
    writeSqlite(folder.path('hollow.db3'), made);
    for (const name of ['hollow.mcap', 'hollow.db3']) {
      expect((await thrownBy(folder.path(name))).code, name).to.equal('SAGE_1008');
      expect((await readAll(folder.path(name), true)).messages.length, name).to.equal(9);
    }
  });

  it('says which definition is missing, and decodes standard messages without one', async () => {
    await writeMcap(folder.path('bare.mcap'), [{ ...texts(1)[0]!, type: 'my_msgs/msg/Own' }], {
      definition: '',
    });
    const bag = await openBag(folder.path('bare.mcap'));
    bag.close();
    expect(() => decoderOf(bag.topics[0]!)).to.throw(SageError, 'SAGE_1005');
    const standard = { ...bag.topics[0]!, type: 'std_msgs/msg/String' };
    expect(decoderOf(standard)(text('hello'))).to.deep.equal({ data: 'hello' });
    // It lies in a larger buffer, and says that it is longer than it is.
    const within = Buffer.from([0, 1, 0, 0, 9, 0, 0, 0, 65, 66, 67, 68, 69, 70, 71, 72, 73, 0]).subarray(
      0,
      9,
    );
    expect(() => decoderOf(standard)(within)).to.throw(SageError, 'SAGE_1008');
  });

  it('finds a database that was truncated', async () => {
    writeSqlite(folder.path('good.db3'), texts(2000));
    changed(folder.path('good.db3'), folder.path('cut.db3'), (bytes) => bytes.subarray(0, bytes.length / 2));
    expect((await thrownBy(folder.path('cut.db3'))).code).to.equal('SAGE_1002');
    const { messages, faults } = await readAll(folder.path('cut.db3'), true);
    expect(messages.length).to.be.within(100, 1999);
    expect(faults[0]?.code).to.equal('SAGE_1002');
  });

  it('names a database whose tables are not those of a bag', async () => {
    const path = folder.path('columns.db3');
    writeSqlite(path, texts(20));
    // The same length, so that the database is whole.
    changed(path, path, (bytes) =>
      Buffer.from(bytes.toString('latin1').replaceAll('data BLOB', 'date BLOB'), 'latin1'),
    );
    const error = await thrownBy(path);
    expect(error.code).to.equal('SAGE_1003');
    expect(error.detail).to.include('no such column');
    const { messages, faults } = await readAll(path, true);
    expect(messages).to.deep.equal([]);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_1003']);
  });

  it('says which files of a folder are missing, and reads the others with best effort', async () => {
    mkdirSync(folder.path('copied'));
    writeFileSync(folder.path('copied/a_0.mcap'), readFileSync(good));
    const files = ['a_0.mcap', 'a_1.mcap', 'a_2.mcap'];
    const metadata = `rosbag2_bagfile_information:\n  relative_file_paths: [${files.join(', ')}]\n`;
    writeFileSync(folder.path('copied/metadata.yaml'), metadata);
    const { code, message } = await thrownBy(folder.path('copied'));
    expect(code).to.equal('SAGE_1002');
    expect(message).to.include('copied/metadata.yaml: it lists a_1.mcap, a_2.mcap, which do not exist');
    const { messages, faults } = await readAll(folder.path('copied'), true);
    expect(messages.length).to.equal(200);
    expect(faults.map((fault) => fault.code)).to.deep.equal(['SAGE_1002']);
  });
});
