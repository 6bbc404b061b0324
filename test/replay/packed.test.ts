import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zstd from '@foxglove/wasm-zstd';
import { expect } from 'chai';
import fc from 'fast-check';
import { projectRoot } from '../../scripts/env.mjs';
import { type Fault, SageError } from '../../src/contracts/errors.js';
import type { BagMessage, ReadOptions } from '../../src/replay/bag.js';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { unpackFile } from '../../src/replay/unpack-file.js';
import { changed, expected, readAll, said, temporaryFolder, texts, writeMcap, writeSqlite } from './bags.js';

/** Written by Python's rosbags, see make.py there. */
const PACKED = join(projectRoot, 'test/fixtures/bags/packed');
const KINDS = ['mcap_file', 'mcap_message', 'sqlite3_file', 'sqlite3_message'];
const MCAP_FILE = join(PACKED, 'mcap_file/mcap_file.mcap.zstd');

function heldFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`sage-bag-${process.pid}-`));
}

async function failure(work: () => Promise<unknown>): Promise<SageError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof SageError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** What the messages of a packed bag say. */
async function textsOf(path: string): Promise<readonly string[]> {
  const { messages } = await readAll(path);
  return messages.map(({ topic, time_ms, data }) => {
    const { data: said } = decoderOf(topic)(data) as { data: string };
    return `${topic.topic} ${Math.round(time_ms - 1.7e12)} ${said.slice(0, 12).trim()}`;
  });
}

describe('bags compressed by rosbag2', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  afterEach(() => expect(heldFolders()).to.deep.equal([]));

  for (const kind of KINDS) {
    it(`reads ${kind}`, async () => {
      const said = await textsOf(join(PACKED, kind));
      expect(said).to.have.length(40);
      expect(said.slice(0, 2)).to.deep.equal(['/a 0 message 0 al', '/b 10 message 1 al']);
      expect(said.at(-1)).to.equal('/a 390 message 39 a');
    });
  }

  it('reads a single compressed file, and one with compressed messages without its metadata.yaml', async () => {
    expect(await textsOf(MCAP_FILE)).to.have.length(40);
    expect(await textsOf(join(PACKED, 'sqlite3_message/sqlite3_message.db3'))).to.have.length(40);
  });

  it('reports progress, keeps the decompressed file while the bag is open, and reports the original name', async () => {
    const told: string[] = [];
    const bag = await openBag(MCAP_FILE, {
      onUnpacking: (name, fraction) => told.push(`${name} ${fraction}`),
    });
    expect(told.at(-1)).to.equal('mcap_file.mcap.zstd 1');
    expect(bag.name).to.equal('mcap_file.mcap.zstd');
    expect(heldFolders()).to.have.length(1);
    bag.close();
  });

  it('reads a decompressed copy in the folder, and a file compressed later', async () => {
    mkdirSync(folder.path('moved'));
    writeFileSync(folder.path('moved/metadata.yaml'), readFileSync(join(PACKED, 'mcap_file/metadata.yaml')));
    const unpacked = await unpackFile(MCAP_FILE);
    renameSync(unpacked.path, folder.path('moved/mcap_file.mcap'));
    unpacked.remove();
    expect(await textsOf(folder.path('moved'))).to.have.length(40);
    mkdirSync(folder.path('later'));
    const metadata = readFileSync(join(PACKED, 'mcap_file/metadata.yaml'), 'utf8');
    writeFileSync(folder.path('later/metadata.yaml'), metadata.replaceAll('.zstd', '').replace('zstd', "''"));
    writeFileSync(folder.path('later/mcap_file.mcap.zstd'), readFileSync(MCAP_FILE));
    expect(await textsOf(folder.path('later'))).to.have.length(40);
  });

  it('stops before the disk is full, and leaves nothing behind', async () => {
    const error = await failure(() => unpackFile(MCAP_FILE, { free_bytes: () => 1e6 }));
    expect(error.code).to.equal('SAGE_1026');
    expect(error.detail).to.match(/decompress to more than .* only 1\.0 MB are free there/);
  });

  it('stops at a decompression bomb while there is still disk space', async () => {
    // A frame of blocks that each stand for 128 KB of one byte: 4 bytes make 131,072.
    const block = Buffer.from([0x02 | 0x00, 0x00, 0x10, 0x41]);
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    writeFileSync(folder.path('bomb.zstd'), Buffer.concat([head, ...Array(1000).fill(block)]));
    let free = 400e6;
    const free_bytes = (): number => (free -= 100e6);
    const error = await failure(() => unpackFile(folder.path('bomb.zstd'), { free_bytes }));
    expect(error.code).to.equal('SAGE_1026');
    expect(error.detail).to.match(/^0\.0 MB decompress to more than 67\.\d MB/);
  });

  it('says how far a truncated compressed file could be decompressed, and reads that far with best effort', async () => {
    const { path, remove } = await unpackFile(MCAP_FILE);
    expect(existsSync(path)).to.equal(true);
    remove();
    expect(existsSync(path)).to.equal(false);
    const cut = folder.path('cut.mcap.zstd');
    changed(MCAP_FILE, cut, (bytes) => bytes.subarray(0, bytes.length - 200));
    const error = await failure(() => readAll(cut));
    expect(['SAGE_1002', 'SAGE_1003']).to.include(error.code);
    expect(error.message).to.include('cut.mcap.zstd').and.not.include(`${tmpdir()}/sage-bag-`);
  });

  it('decompresses few files of a split bag at a time, whatever is read, in any order', async () => {
    const FILES = 6;
    const EACH = 50;
    await zstd.isLoaded;
    const made = texts(FILES * EACH);
    const path = folder.path('split');
    mkdirSync(path);
    const names: string[] = [];
    let bytes = 0;
    for (let index = 0; index < FILES; index++) {
      const part = made.slice(index * EACH, (index + 1) * EACH);
      if (index % 2 === 0) await writeMcap(folder.path('part'), part);
      else writeSqlite(folder.path('part'), part);
      const plain = readFileSync(folder.path('part'));
      bytes = Math.max(bytes, plain.length);
      names.push(`split_${index}.${index % 2 === 0 ? 'mcap' : 'db3'}.zstd`);
      writeFileSync(join(path, names.at(-1)!), zstd.compress(plain, 1));
      rmSync(folder.path('part'));
    }
    const info = `compression_format: zstd\n  compression_mode: FILE\n  relative_file_paths: [${names}]\n`;
    writeFileSync(join(path, 'metadata.yaml'), `rosbag2_bagfile_information:\n  ${info}`);
    // A database that is open has a folder for its link besides.
    const folders_max = 2 * (2 + 1);
    const bag = await openBag(path, { keep_bytes: 2 * bytes });
    const read = (options?: ReadOptions): string[] => {
      const found: BagMessage[] = [];
      for (const message of bag.read(options)) {
        found.push(message);
        expect(heldFolders().length).to.be.at.most(folders_max);
      }
      return said(found);
    };
    expect(bag.messages).to.equal(made.length);
    expect(read()).to.deep.equal(expected(made));
    const late = made.filter(({ time_ms }) => time_ms >= 3200);
    expect(read({ start_ms: 3200 })).to.deep.equal(expected(late));
    // Two readers side by side, one ahead of the other.
    const [one, other] = [bag.read(), bag.read({ start_ms: 2200 })];
    const [first, second] = [said([...one]), said([...other])];
    expect(first).to.deep.equal(expected(made));
    expect(second).to.deep.equal(expected(made.filter(({ time_ms }) => time_ms >= 2200)));
    bag.close();
    expect(heldFolders()).to.deep.equal([]);
  });

  it('says once that an abandoned file cannot be decompressed again', async () => {
    const path = folder.path('gone');
    mkdirSync(path);
    for (const index of [0, 1]) writeFileSync(join(path, `gone_${index}.mcap.zstd`), readFileSync(MCAP_FILE));
    const info = 'compression_format: zstd\n  relative_file_paths: [gone_0.mcap.zstd, gone_1.mcap.zstd]\n';
    writeFileSync(join(path, 'metadata.yaml'), `rosbag2_bagfile_information:\n  ${info}`);
    const bag = await openBag(path, { keep_bytes: 1 });
    writeFileSync(join(path, 'gone_1.mcap.zstd'), 'something else by now');
    for (let round = 0; round < 2; round++) {
      const error = await failure(async () => [...bag.read()]);
      expect(error.code).to.equal('SAGE_1003');
      expect(error.where).to.include('gone_1.mcap.zstd');
    }
    bag.close();
  });

  it('names compression it does not support', async () => {
    writeFileSync(folder.path('x.mcap.lz4'), 'neither an MCAP nor a zstd file');
    expect((await failure(() => openBag(folder.path('x.mcap.lz4')))).code).to.equal('SAGE_1004');
    mkdirSync(folder.path('packed'));
    const info = 'compression_format: lz4\n  compression_mode: MESSAGE\n  relative_file_paths: [x.mcap]\n';
    writeFileSync(folder.path('packed/metadata.yaml'), `rosbag2_bagfile_information:\n  ${info}`);
    const error = await failure(() => openBag(folder.path('packed')));
    expect(error.code).to.equal('SAGE_1004');
    expect(error.detail).to.include('"lz4"');
  });

  it('never throws anything without a code, whatever happened to the bytes', async function () {
    this.timeout(240_000);
    const originals = [MCAP_FILE, join(PACKED, 'mcap_message/mcap_message.mcap')].map((path) =>
      readFileSync(path),
    );
    const mutated = folder.path('mutated.mcap.zstd');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(originals.length - 1),
        fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (which, changes, best_effort) => {
          const bytes = Buffer.from(originals[which]!);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          writeFileSync(mutated, bytes);
          const faults: Fault[] = [];
          try {
            const bag = await openBag(mutated, { best_effort, onFault: (fault) => faults.push(fault) });
            try {
              for (const { data } of bag.read()) expect(data.length).to.be.lessThan(1e6);
            } finally {
              bag.close();
            }
          } catch (thrown) {
            expect(thrown).to.be.instanceOf(SageError);
          }
          expect(heldFolders()).to.deep.equal([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
