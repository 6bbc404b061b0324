import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McapIndexedReader } from '@mcap/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/app/root.js';
import { BagWriter } from '../../../src/replay/bag-writer.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { BagFolder } from '../../../src/replay/record/bag-folder.js';
import { loaderArguments, programPath } from '../../program.js';
import { NOISE, ROBOT, text } from './messages.js';

/** A file by its index, as other programs open it. */
async function indexed(path: string): Promise<{ reader: McapIndexedReader; close: () => void }> {
  const file = openSync(path, 'r');
  const readable = {
    size: async () => BigInt(fstatSync(file).size),
    read: async (at: bigint, length: bigint) => {
      const bytes = Buffer.alloc(Number(length));
      readSync(file, bytes, 0, bytes.length, Number(at));
      return bytes;
    },
  };
  return { reader: await McapIndexedReader.Initialize({ readable }), close: () => closeSync(file) };
}

describe('a bag that is recorded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-record-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let bags = 0;
  const place = (): string => {
    bags += 1;
    return join(folder, `bag${bags}`);
  };
  const limits = { compression: 'none', file_bytes_max: 200_000, total_bytes_max: 1e9 } as const;

  async function words(path: string, best_effort = false): Promise<string[]> {
    const bag = await openBag(path, { best_effort, onFault: () => {} });
    const read = [...bag.read()].map(({ data }) => Buffer.from(data.subarray(8, 18)).toString('latin1'));
    bag.close();
    return read;
  }

  it('begins a new file in time, each with what is latched, and holds everything', async () => {
    const path = place();
    const bag = BagFolder.create(path, limits);
    await bag.write(text(ROBOT, 1000, 'the robot!'), true);
    for (let index = 0; index < 50; index++)
      await bag.write(text(NOISE, 1100 + index, `noise ${String(index).padStart(4)}`, 20_000), false);
    await bag.close();
    const files = readdirSync(path).filter((name) => name.endsWith('.mcap'));
    expect(files.length).to.be.at.least(4);
    for (const file of files) expect((await words(join(path, file)))[0]).to.equal('the robot!');
    const read = await words(path);
    expect(read.filter((word) => word.startsWith('noise'))).to.have.length(50);
    const { rosbag2_bagfile_information: info } = parse(readFileSync(join(path, 'metadata.yaml'), 'utf8'));
    expect(info.message_count).to.equal(50 + files.length);
    expect(info.relative_file_paths).to.deep.equal(files.sort());
    // Each file also says it itself, where rosbag2 looks for it when there is no metadata.yaml.
    const { reader, close } = await indexed(join(path, files[1]!));
    const kept: Record<string, unknown>[] = [];
    for await (const { metadata } of reader.readMetadata({ name: 'rosbag2' }))
      kept.push(parse(metadata.get('serialized_metadata') ?? '') as Record<string, unknown>);
    close();
    expect(reader.statistics?.metadataCount).to.equal(1);
    expect(
      kept.map(({ message_count, relative_file_paths }) => [message_count, relative_file_paths]),
    ).to.deep.equal([[info.files[1].message_count, [files[1]]]]);
  });

  it('begins and ends when it says, to the nanosecond: players leave out what was recorded before the start', async () => {
    const path = place();
    const bag = BagFolder.create(path, limits);
    // Moments of today in ms with fractions, of which a number holds about a quarter of a microsecond.
    for (let index = 0; index < 30; index++)
      await bag.write(
        text(NOISE, 1795306411472.4734 + index * 33.3333, `noise ${index}`, 20_000),
        index === 0,
      );
    await bag.close();
    const written = parse(readFileSync(join(path, 'metadata.yaml'), 'utf8'), { intAsBigInt: true });
    const info = written.rosbag2_bagfile_information;
    const told = [info, ...info.files].map(({ starting_time, duration }) => {
      const start_ns: bigint = starting_time.nanoseconds_since_epoch;
      return [start_ns, start_ns + (duration.nanoseconds as bigint)];
    });
    const spans: bigint[][] = [];
    for (const file of info.relative_file_paths) {
      const { reader, close } = await indexed(join(path, file));
      spans.push([reader.statistics!.messageStartTime, reader.statistics!.messageEndTime]);
      close();
    }
    expect(spans).to.have.length.above(2);
    expect(told).to.deep.equal([[spans[0]![0], spans.at(-1)![1]], ...spans]);
  });

  it('lets the oldest files go where all would be too large', async () => {
    const path = place();
    const bag = BagFolder.create(path, { ...limits, total_bytes_max: 500_000 });
    const onDisk = (): number =>
      readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
    let most_bytes = 0;
    for (let index = 0; index < 100; index++) {
      await bag.write(text(NOISE, 1000 + index, `noise ${String(index).padStart(4)}`, 20_000), false);
      most_bytes = Math.max(most_bytes, onDisk());
    }
    await bag.close();
    // The file that is being written counts, too; metadata.yaml does not.
    expect(most_bytes).to.be.within(400_000, 510_000);
    const read = await words(path);
    expect(read.length).to.be.within(10, 40);
    expect(read.at(-1)).to.equal('noise   99');
  });

  it('stays readable up to its last chunk when it is truncated anywhere', async () => {
    const path = place();
    const bag = BagFolder.create(path, { ...limits, file_bytes_max: 1e9 });
    for (let index = 0; index < 60; index++)
      await bag.write(text(NOISE, 1000 + index, `noise ${String(index).padStart(4)}`, 20_000), false);
    const file = join(path, readdirSync(path)[0]!);
    // The process would be killed here: nothing was closed, and the last write may be half done.
    truncateSync(file, 900_000);
    const read = await words(file, true);
    expect(read.length).to.be.at.least(38);
    expect(read[0]).to.equal('noise    0');
    await bag.close();
  });

  it('names the file that a killed recorder left unfinished, and reads it with best effort', async () => {
    const path = place();
    const bag = BagFolder.create(path, limits);
    let index = 0;
    const write = async (count: number): Promise<void> => {
      for (const end = index + count; index < end; index++)
        await bag.write(text(NOISE, 1000 + index, `noise ${String(index).padStart(4)}`, 20_000), false);
    };
    await write(15);
    // What has come is in the file as soon as nothing more comes.
    bag.flush();
    const thrown = await openBag(path, {}).catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'SAGE_1002' });
    expect(String(thrown)).to.match(/it does not list bag\d+_1\.mcap/);
    const read = await words(path, true);
    expect(read).to.have.length(15);
    await bag.close();
    expect(await words(path)).to.deep.equal(read);
  });

  it('does not write over something, and names a disk that is full (SAGE_1023)', async () => {
    expect(() => BagFolder.create(folder, limits)).to.throw(/SAGE_1023.*not empty/);
    if (!existsSync('/dev/full')) return;
    const full = async (): Promise<void> => {
      const writer = await BagWriter.create('/dev/full');
      for (let index = 0; index < 100; index++) {
        const { topic, time_ms, data } = text(NOISE, index, 'word', 20_000);
        writer.write(topic, time_ms, data);
      }
    };
    const thrown = await full().catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'SAGE_1023' });
    expect(String(thrown)).to.include('no space left');
  });
});

/** A recorder whose files may not grow beyond 300 kB, as on a disk that is full, and what it makes of that. */
const LIMITED = `
  const { BagFolder } = await import(${JSON.stringify(programPath('src/replay/record/bag-folder.ts'))});
  const options = { compression: 'none', file_bytes_max: 1e9, total_bytes_max: 1e9 };
  const bag = BagFolder.create(process.argv[1], options);
  const topic = { topic: '/noise', type: 'std_msgs/msg/String' };
  const data = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x4e, 0, 0]), Buffer.alloc(20_000, 46), Buffer.alloc(1)]);
  let written = 0;
  try {
    for (; written < 100; written++) {
      await bag.write({ topic, time_ms: 1000 + 10 * written, data }, false);
      bag.flush();
    }
  } catch (thrown) {
    bag.closeEarly();
    console.log(JSON.stringify({ code: thrown.code, written, messages: bag.messages }));
  }
`;

describe('a disk that is full', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'sage-full-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('ends a bag with its last whole chunk, and its metadata say so', async () => {
    const path = join(folder, 'full');
    const node = [process.execPath, ...loaderArguments, '--input-type=module', '-e', LIMITED, path];
    const limit = ['-c', 'trap "" XFSZ; ulimit -f 586; exec "$@"', 'sh'];
    const told = execFileSync('sh', [...limit, ...node], { cwd: packageRoot, encoding: 'utf8' });
    const { code, written, messages } = JSON.parse(told) as Record<string, unknown>;
    expect(code).to.equal('SAGE_1023');
    expect(messages).to.equal(written);
    const bag = await openBag(path, {});
    expect([...bag.read()]).to.have.length(Number(messages));
    expect(bag.messages).to.equal(messages);
    bag.close();
    const { rosbag2_bagfile_information: info } = parse(readFileSync(join(path, 'metadata.yaml'), 'utf8'));
    expect(info.message_count).to.equal(messages);
    expect(info.duration.nanoseconds).to.equal(10e6 * (Number(messages) - 1));
  });
});
