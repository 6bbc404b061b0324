import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { replayOffline } from '../../../src/app/replay/session.js';
import { CdrWriter, setStamp } from '../../../src/ros/cdr.js';
import { msToStamp } from '../../../src/ros/stamps.js';
import { type Made, temporaryFolder, writeMcap } from '../../replay/bags.js';
import { skip } from '../../skip.js';
import { PLAIN, recordsOf, WALL_MS } from './simulated.js';

const AMBIENT = join(projectRoot, '../shared/bags/jsk_mic_ambient_s16le');
const SPEECH = join(projectRoot, '../shared/bags/audio/ps_goforward.raw');
const RATE_HZ = 16000;
const PIECE = 800;

/** As a recorder writes it: the file of the message, and those of the types within. */
const DEFINITION = [
  readFileSync(join(projectRoot, 'msg/AudioChunk.msg'), 'utf8'),
  'MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id',
  'MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec',
].join(`\n${'='.repeat(80)}\n`);

/** Surprise of what is heard, cycle by cycle. */
const surprises = (log: string): number[] =>
  recordsOf(log).flatMap((record) =>
    record.kind === 'cycle'
      ? record.salience.filter(({ source }) => source === 'audio').map(({ surprise }) => surprise)
      : [],
  );

/** Samples as a microphone sends them: 20 pieces a second. */
function pieces(samples: Int16Array): Made[] {
  return Array.from({ length: Math.floor(samples.length / PIECE) }, (_, n) => {
    const part = samples.subarray(PIECE * n, PIECE * (n + 1));
    const head = new CdrWriter().header('microphone').uint32(RATE_HZ).uint8(1).uint32(part.length).finish();
    const data = Buffer.concat([head, Buffer.from(part.buffer, part.byteOffset, part.byteLength)]);
    const time_ms = WALL_MS + (1000 * PIECE * n) / RATE_HZ;
    setStamp(data, msToStamp(time_ms));
    return {
      topic: '/audio/in',
      type: 'sage/msg/AudioChunk',
      definition: DEFINITION,
      time_ms: time_ms + 50,
      data,
    };
  });
}

/** A hiss, the same each time. */
function hiss(seconds: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: seconds * RATE_HZ }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 24) - 128;
  });
}

describe('a bag with sound', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function heard(name: string, samples: Int16Array): Promise<number[]> {
    const bag = folder.path(`${name}.mcap`);
    await writeMcap(bag, pieces(samples));
    const log = folder.path(`${name}.jsonl`);
    await replayOffline({ ...PLAIN, bag, log });
    return surprises(log);
  }

  it('has a word in a hiss surprise, and no second before it', async () => {
    const samples = hiss(8);
    for (let i = 0; i < RATE_HZ; i++)
      samples[5 * RATE_HZ + i]! += Math.round(6000 * Math.sin(0.15 * i) * Math.sin(0.0008 * i));
    const told = await heard('word', samples);
    expect(Math.max(...told.slice(0, 99))).to.be.below(0.3);
    expect(Math.max(...told.slice(99, 125))).to.be.above(0.95);
    expect(told.at(-1)).to.be.below(0.3);
  });

  it('hears a real word in a real room', async function () {
    if (!existsSync(SPEECH)) skip(this, 'the recordings in ../shared/bags are not there');
    const bytes = readFileSync(SPEECH);
    const samples = hiss(8);
    for (let i = 0; 2 * i < bytes.length; i++) samples[5 * RATE_HZ + i]! += bytes.readInt16LE(2 * i);
    const told = await heard('speech', samples);
    expect(Math.max(...told.slice(0, 99))).to.be.below(0.3);
    expect(Math.max(...told.slice(99, 125))).to.be.above(0.95);
  });

  it('is not surprised by a real room in which nobody speaks, by audio_common_msgs in stereo', async function () {
    if (!existsSync(AMBIENT)) skip(this, 'the recordings in ../shared/bags are not there');
    const log = folder.path('ambient.jsonl');
    const set = ['microphone.data_rate_hz=44100', 'microphone.data_channels=2'];
    await replayOffline({ ...PLAIN, bag: AMBIENT, log, set });
    const told = surprises(log);
    expect(told.length).to.be.above(340);
    expect(Math.max(...told)).to.be.below(0.3);
  });
});
