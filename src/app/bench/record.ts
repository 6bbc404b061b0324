import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SageError } from '../../contracts/errors.js';
import { decoderOf } from '../../replay/decode.js';
import { openBag } from '../../replay/open-bag.js';
import { tabletopConfig } from '../paths.js';
import { packageRoot } from '../root.js';

const TRUTH = '/sim/ground_truth';
const IMAGES = '/camera/image_raw';
/** Ticks of /proc per second: sysconf(_SC_CLK_TCK) of every Linux that is built today. */
const TICKS_PER_S = 100;
const STARTING_S = 5;

/** What recording the streams of the tabletop costs, and whether anything is lost. */
export interface RecordFigures {
  readonly bench: 'record';
  readonly seconds: number;
  readonly frames_sent: number;
  readonly frames_recorded: number;
  readonly zstd: boolean;
  /** What the recorder itself says is missing, of all topics: dropped before it took them, or left out. */
  readonly told_lost: number;
  readonly mb_per_s: number;
  /** Of one core. */
  readonly cpu_share: number;
}

/**
 * Records the simulated world: 640 × 480 at 30 Hz, joints at 100 Hz. Frames are counted against what the world says it
 * sent in the same time, which is recorded with them. @throws SageError SAGE_802
 */
export async function benchRecord(seconds: number, zstd: boolean): Promise<RecordFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'sage-bench-record-'));
  const world = start(['sim', '--config', tabletopConfig()]);
  try {
    const bag = join(folder, 'bag');
    const topics = ['--topics', 'camera/image_raw', 'camera/camera_info', 'joint_states', 'sim/ground_truth'];
    const words = ['record', '--json', '--out', bag, '--seconds', String(seconds + STARTING_S), ...topics];
    const recorder = start(zstd ? [...words, '--zstd'] : words);
    const lines = createInterface({ input: recorder.stdout! });
    let last: Readonly<Record<string, unknown>> = {};
    let cpu: { readonly ticks: number; readonly at_ms: number } | null = null;
    let share = 0;
    lines.on('line', (line) => {
      last = JSON.parse(line) as Record<string, unknown>;
    });
    // Starting up is not recording.
    const watch = setInterval(() => {
      const ticks = ticksOf(recorder);
      if (ticks === null) return;
      if (cpu === null) cpu = { ticks, at_ms: performance.now() };
      else share = (ticks - cpu.ticks) / TICKS_PER_S / ((performance.now() - cpu.at_ms) / 1000);
    }, 5000);
    const code = await new Promise((resolve) => recorder.once('exit', resolve));
    clearInterval(watch);
    if (code !== 0) throw new SageError('SAGE_802', 'sage record', `it ended with ${String(code)}`);
    return {
      bench: 'record',
      seconds,
      ...(await counted(bag)),
      zstd,
      told_lost: Number(last.lost),
      mb_per_s: Math.round(Number(last.bytes) / Number(last.seconds) / 1e5) / 10,
      cpu_share: Math.round(1000 * share) / 1000,
    };
  } finally {
    world.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As a user does; the script becomes the process that it starts. */
function start(words: readonly string[]): ChildProcess {
  return spawn(join(packageRoot, 'bin', 'sage'), [...words], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** User and system time of a process and its threads; null once it is gone. */
function ticksOf({ pid }: ChildProcess): number | null {
  try {
    // The name in parentheses may hold blanks; what counts stands behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    // It has ended between two looks.
    return null;
  }
}

/** Frames between the first and the last word of the world. */
async function counted(path: string): Promise<{ frames_sent: number; frames_recorded: number }> {
  const bag = await openBag(path, {});
  try {
    const topic = bag.topics.find((found) => found.topic === TRUTH);
    if (topic === undefined) throw new SageError('SAGE_802', TRUTH, 'the world was not heard');
    const decode = decoderOf(topic);
    let first: number | null = null;
    let sent = 0;
    let recorded = 0;
    let since = 0;
    for (const { topic: from, data } of bag.read({ topics: new Set([TRUTH, IMAGES]) })) {
      if (from.topic === IMAGES) {
        since += 1;
        continue;
      }
      const { data: json } = decode(data) as { readonly data: string };
      const { camera } = JSON.parse(json) as { readonly camera: { readonly frames_sent: number } };
      // Before its first picture has come, recorder and camera have not found each other.
      if (first === null && since === 0) continue;
      if (first === null) first = camera.frames_sent;
      else recorded += since;
      sent = camera.frames_sent - first;
      since = 0;
    }
    return { frames_sent: sent, frames_recorded: recorded };
  } finally {
    bag.close();
  }
}
