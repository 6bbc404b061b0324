import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zstd from '@foxglove/wasm-zstd';
import { expect } from 'chai';
import { type ReplayResult, replayOffline } from '../../../src/app/replay/session.js';
import { CdrWriter, setStamp } from '../../../src/ros/cdr.js';
import { msToStamp } from '../../../src/ros/stamps.js';
import { type Made, temporaryFolder, text, writeMcap, writeSqlite } from '../../replay/bags.js';
import { joints, PLAIN, recordsOf, WALL_MS } from './simulated.js';

const [WIDTH, HEIGHT] = [64, 48];

/** Three seconds of images that grow brighter, of one colour each, in the bytes that `pixels` gives for a row. */
function images(encoding: string, row: (red: number, y: number) => readonly number[]): Made[] {
  return Array.from({ length: 30 }, (_, n) => {
    const data = Buffer.from(Array.from({ length: HEIGHT }, (_row, y) => row(4 * n, y)).flat());
    const step = data.length / HEIGHT;
    const head = new CdrWriter().header('camera').uint32(HEIGHT).uint32(WIDTH).text(encoding);
    const message = Buffer.concat([head.uint8(0).uint32(step).uint32(data.length).finish(), data]);
    const time_ms = WALL_MS + 100 * n;
    setStamp(message, msToStamp(time_ms));
    return { topic: '/camera/image_raw', type: 'sensor_msgs/msg/Image', time_ms, data: message };
  });
}

const across = (...pixels: readonly number[][]): readonly number[] =>
  Array.from({ length: WIDTH / pixels.length }, () => pixels.flat()).flat();

/** What the mind was given of the camera, by stamp. */
function seenIn(log: string): string[] {
  return recordsOf(log).flatMap((record) =>
    record.kind === 'input' && record.source === 'camera' ? [`${record.stamp_ms} ${record.digest}`] : [],
  );
}

describe('a bag of somebody else', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  before(() => zstd.isLoaded);
  after(() => folder.remove());

  async function replayed(
    name: string,
    made: readonly Made[],
  ): Promise<{ result: ReplayResult; log: string }> {
    const bag = folder.path(`${name}.mcap`);
    await writeMcap(bag, made);
    const log = folder.path(`${name}.jsonl`);
    return { result: await replayOffline({ ...PLAIN, bag, log }), log };
  }

  it('looks the same to the mind as plain pixels where its camera sends a mosaic or 16 bits', async () => {
    const plain = await replayed(
      'rgb8',
      images('rgb8', (red) => across([red, 100, 50])),
    );
    const mosaic = await replayed(
      'bayer',
      images('bayer_grbg8', (red, y) => (y % 2 === 0 ? across([100], [red]) : across([50], [100]))),
    );
    const deep = await replayed(
      'rgb16',
      images('rgb16', (red) => across([7, red, 7, 100, 7, 50])),
    );
    expect(seenIn(plain.log)).to.have.length(30);
    expect(seenIn(mosaic.log)).to.deep.equal(seenIn(plain.log));
    expect(seenIn(deep.log)).to.deep.equal(seenIn(plain.log));
  });

  it('can have more images without stamps between two cycles than stay readable', async () => {
    const [bag, log] = [folder.path('fast.mcap'), folder.path('fast.jsonl')];
    const fast = images('rgb8', (red) => across([red, 100, 50])).map((image, n) => ({
      ...image,
      time_ms: WALL_MS + 5 + n,
    }));
    for (const { data } of fast) setStamp(Buffer.from(data.buffer, data.byteOffset), { sec: 0, nanosec: 0 });
    // A few images fill a chunk, so that its memory is used again while others still wait.
    await writeMcap(bag, [joints(0, WALL_MS), ...fast, joints(200, WALL_MS + 200)], { chunkSize: 40_000 });
    await replayOffline({ ...PLAIN, bag, log });
    const slow = folder.path('slow.jsonl');
    await writeMcap(bag, [joints(0, WALL_MS), ...fast.slice(-1), joints(200, WALL_MS + 200)], {
      chunkSize: 40_000,
    });
    await replayOffline({ ...PLAIN, bag, log: slow });
    expect(seenIn(log)).to.have.length(1).and.to.deep.equal(seenIn(slow));
  });

  it('says for how long its images were of no use', async () => {
    const { result, log } = await replayed(
      'depth',
      images('16UC1', (red) => across([0, red])),
    );
    expect(seenIn(log)).to.deep.equal([]);
    const [first] = result.faults;
    expect(first).to.include({ code: 'SAGE_202', cycles: result.cycles });
    expect(result.missing).to.include('joint_states').and.not.include('camera/image_raw');
  });

  it('gives the same result compressed by file, by message, or not at all', async () => {
    const made = Array.from({ length: 100 }, (_, n) => joints(20 * n, WALL_MS + 20 * n));
    const { log } = await replayed('plain', made);
    const body = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(1);
    const each = made.map((message) => ({
      ...message,
      data: Uint8Array.from(zstd.compress(message.data, 1)),
    }));
    await writeMcap(folder.path('each.mcap'), each);
    writeSqlite(folder.path('each.db3'), each);
    writeFileSync(folder.path('whole.mcap.zstd'), zstd.compress(readFileSync(folder.path('plain.mcap')), 1));
    for (const name of ['each.mcap', 'each.db3', 'whole.mcap.zstd']) {
      const again = folder.path(`${name}.jsonl`);
      const { messages } = await replayOffline({ ...PLAIN, bag: folder.path(name), log: again });
      expect(messages, name).to.be.greaterThan(90);
      expect(body(again), name).to.deep.equal(body(log));
    }
  });

  it('may have messages of another type on a topic too, which are not heard', async () => {
    const made = Array.from({ length: 20 }, (_, n) => joints(20 * n, WALL_MS + 20 * n));
    const path = folder.path('types.mcap');
    const other = { topic: '/joint_states', type: 'std_msgs/msg/String', data: text('I am no joint') };
    const parts = [made, [10, 110, 210].map((ms) => ({ ...other, time_ms: WALL_MS + ms }))];
    mkdirSync(path);
    for (const [nth, part] of parts.entries()) await writeMcap(join(path, `a_${nth}.mcap`), part);
    const files = 'relative_file_paths: [a_0.mcap, a_1.mcap]';
    writeFileSync(join(path, 'metadata.yaml'), `rosbag2_bagfile_information:\n  ${files}\n`);
    const { faults, topics } = await replayOffline({ ...PLAIN, bag: path });
    expect(topics.map(({ type }) => type)).to.deep.equal(['sensor_msgs/msg/JointState']);
    expect(faults.map(({ code }) => code)).to.not.include('SAGE_208');
  });

  it('can be interrupted while nothing happens in it', async () => {
    const bag = folder.path('pause.db3');
    writeSqlite(bag, [joints(0, WALL_MS), joints(300_000, WALL_MS + 300_000)]);
    let turns = 0;
    let timer: NodeJS.Immediate;
    const count = (): void => {
      turns += 1;
      timer = setImmediate(count);
    };
    timer = setImmediate(count);
    const { cycles } = await replayOffline({ ...PLAIN, bag });
    clearImmediate(timer);
    expect(cycles).to.equal(6001);
    // A signal is heard when the event loop turns.
    expect(turns).to.be.greaterThan(80);
  });

  it('says what memory a chunk takes that is larger than writers make them', async () => {
    const bag = folder.path('large.mcap');
    const large = { topic: '/large', time_ms: WALL_MS + 10, data: text('x'.repeat(70_000_000)) };
    const compressChunk = (data: Uint8Array) => ({
      compression: 'zstd',
      compressedData: Uint8Array.from(zstd.compress(data, 1)),
    });
    const made = [joints(0, WALL_MS), large, joints(20, WALL_MS + 20)];
    await writeMcap(bag, made, { chunkSize: 1 << 28, compressChunk });
    const { notices } = await replayOffline({ ...PLAIN, bag });
    expect(notices.join()).to.match(/a chunk of the bag decompresses to 70 MB, .*three times/);
    await writeMcap(bag, made.slice(0, 1), { compressChunk });
    expect((await replayOffline({ ...PLAIN, bag })).notices.join()).to.not.include('decompresses to');
  });
});
