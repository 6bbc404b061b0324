import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sqlite from 'node-sqlite3-wasm';
import type { SageError } from '../../src/contracts/errors.js';
import { openBag } from '../../src/replay/open-bag.js';
import { expected, readAll, said, temporaryFolder, text, texts, writeSqlite } from './bags.js';

/** A folder of rosbag2 with databases of these names. */
function metadata(names: readonly string[]): string {
  return `rosbag2_bagfile_information:\n  relative_file_paths: [${names.join(', ')}]\n`;
}

describe('databases as found in the wild', () => {
  const folder = temporaryFolder();
  const good = folder.path('good.db3');
  before(() => writeSqlite(good, texts(50)));
  after(() => folder.remove());
  afterEach(() => {
    const own = readdirSync(tmpdir()).filter((name) => name.startsWith(`sage-bag-${process.pid}-`));
    expect(own).to.deep.equal([]);
  });

  it('are read by two at a time, with nothing made beside them, and whatever a killed reader left there', async () => {
    mkdirSync(`${good}.lock`);
    const first = await openBag(good);
    const reading = first.read();
    expect(reading.next().done).to.equal(false);
    expect((await readAll(good)).messages).to.have.length(50);
    reading.return(undefined);
    first.close();
    expect(readdirSync(folder.path('.'))).to.have.members(['good.db3', 'good.db3.lock']);
  });

  it('are read in place without a temporary folder, and compressed ones are rejected', async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder.path('absent');
    try {
      const path = folder.path('lying.db3');
      writeSqlite(path, texts(5));
      expect((await readAll(path)).messages).to.have.length(5);
      writeFileSync(folder.path('x.zstd'), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]));
      let thrown: unknown;
      try {
        await openBag(folder.path('x.zstd'));
      } catch (error) {
        thrown = error;
      }
      expect((thrown as SageError).code).to.equal('SAGE_1026');
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  it('are closed when reading stops half-way, in one file and in several', async () => {
    mkdirSync(folder.path('split'));
    writeSqlite(folder.path('split/a.db3'), texts(20));
    writeSqlite(folder.path('split/b.db3'), texts(20, 2000));
    writeFileSync(folder.path('split/metadata.yaml'), metadata(['a.db3', 'b.db3']));
    for (const path of [good, folder.path('split')]) {
      const bag = await openBag(path);
      const left = bag.read();
      left.next();
      const ended = bag.read();
      ended.next();
      ended.return(undefined);
      bag.close();
    }
    expect(readdirSync(folder.path('split'))).to.have.members(['a.db3', 'b.db3', 'metadata.yaml']);
  });

  it('are read with the log that is beside them, as a resilient recorder leaves it that was killed', async () => {
    const path = folder.path('wal.db3');
    writeSqlite(path, texts(20));
    const database = new sqlite.Database(path);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA wal_autocheckpoint = 0');
    const late = { topic: '/a', time_ms: 5000, data: text('in the log') };
    const row = [1, BigInt(late.time_ms * 1e6), late.data];
    database.run('INSERT INTO messages (topic_id, timestamp, data) VALUES (?, ?, ?)', row);
    // As it is now, not as it is once it was closed.
    const killed = folder.path('killed.db3');
    for (const ending of ['', '-wal']) copyFileSync(`${path}${ending}`, `${killed}${ending}`);
    database.close();
    const before = readFileSync(killed);
    chmodSync(killed, 0o444);
    const { messages, faults } = await readAll(killed);
    expect(said(messages)).to.deep.equal(expected([...texts(20), late]));
    expect(faults).to.deep.equal([]);
    expect(existsSync(`${killed}-wal`)).to.equal(true);
    expect(readFileSync(killed).equals(before)).to.equal(true);
    // However large it is, the database itself is not copied.
    const bag = await openBag(killed);
    const [own] = readdirSync(tmpdir()).filter((name) => name.startsWith(`sage-bag-${process.pid}-`));
    expect(lstatSync(join(tmpdir(), own!, 'killed.db3')).isSymbolicLink()).to.equal(true);
    bag.close();
    expect((await readAll(path)).messages).to.have.length(21);
  });
});

describe('malformed databases', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function refusal(path: string): Promise<SageError> {
    return readAll(path).then(
      () => expect.fail(`${path} was read`),
      (thrown: SageError) => thrown,
    );
  }

  function withRow(name: string, topic: number, time_ns: bigint): string {
    const path = folder.path(name);
    writeSqlite(path, texts(20));
    const database = new sqlite.Database(path);
    const row = [topic, time_ns, text('another')];
    database.run('INSERT INTO messages (topic_id, timestamp, data) VALUES (?, ?, ?)', row);
    database.close();
    return path;
  }

  it('report the number of messages without a topic, and lose none silently', async () => {
    const path = withRow('topic.db3', 77, 1_100_000_000n);
    const { code, detail } = await refusal(path);
    expect(code).to.equal('SAGE_1003');
    expect(detail).to.equal('1 message of unknown topic 77');
    const { messages, faults } = await readAll(path, true);
    expect(messages).to.have.length(20);
    expect(faults).to.have.length(1);
  });

  it('may have a message of before 1970, which is read as any other', async () => {
    const { messages } = await readAll(withRow('negative.db3', 1, -5_000_000n), true);
    expect(messages.map(({ time_ms }) => time_ms)[0]).to.equal(-5);
    expect(messages).to.have.length(21);
  });

  it('say how far they can be read when truncated', async () => {
    const path = folder.path('cut.db3');
    writeSqlite(path, texts(2000));
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    const { code, detail } = await refusal(path);
    expect(code).to.equal('SAGE_1002');
    expect(detail).to.match(/^only \d+ of \d+ bytes are present; it could be read up to [1-9]\d*\.\d+ s$/);
    // Not even the table of its topics is left.
    writeFileSync(path, whole.subarray(0, 4096));
    expect((await refusal(path)).detail).to.include('nothing could be read');
  });

  it('report a jump once, however many messages follow it', async () => {
    const path = folder.path('jump.db3');
    writeSqlite(path, [...texts(20, 100_000), ...texts(20, 1000)]);
    const { messages, faults } = await readAll(path, true);
    expect(messages).to.have.length(40);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_1007']);
  });
});
