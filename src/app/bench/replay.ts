import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { McapIndexedReader } from '@mcap/core';
import { messageOf } from '../../contracts/errors.js';
import { openBag } from '../../replay/open-bag.js';
import { loadUnpackers } from '../../replay/unpack.js';
import { loadParameters } from '../config.js';
import { tabletopConfig } from '../paths.js';
import type { ReplayResult } from '../replay/session.js';
import { writeTabletopBag } from '../replay/tabletop-bag.js';

const run = promisify(execFile);
/** As bin/sage has Node replay: V8's helper threads leave a core to it, and its heap need not grow first. */
const REPLAY_FLAGS = ['--v8-pool-size=0', '--min-semi-space-size=16', '--initial-heap-size=128'];
/** Longest output of a replay or of Python that is taken, bytes. */
const OUTPUT_MAX = 1 << 24;

export interface ReplayBenchOptions {
  /** Length of the tabletop bag, s. */
  readonly seconds: number;
  /** A bag that was made before; null = one is made, and removed at the end. */
  readonly bag: string | null;
  /** A Python with `mcap` or `rosbags`; where it has neither, that figure is null. */
  readonly python: string;
}

export interface ReplayFigures {
  readonly bench: 'replay';
  readonly bag_s: number;
  readonly bag_mb: number;
  readonly messages: number;
  /** Time of the bag per time of the machine, everything on; with completions from the log; without the camera. */
  readonly speed_vision: number;
  readonly speed_recorded: number;
  readonly speed_without_camera: number;
  readonly inferences: number;
  /** Largest resident memory of each of those processes, models apart, MB. */
  readonly rss_mb_max: number;
  /** Messages per second, every message read and its bytes handed over. */
  readonly read_per_s: {
    readonly sage: number;
    readonly mcap_core: number;
    readonly python_mcap: number | null;
    readonly python_rosbags: number | null;
  };
  /** Of ours against the fastest other of each language; null where there is none. */
  readonly ratio_node: number;
  readonly ratio_python: number | null;
}

/** Replays the tabletop bag, and reads it beside other readers, in one run on one machine. */
export async function benchReplay(options: ReplayBenchOptions): Promise<ReplayFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'sage-bench-'));
  try {
    const bag = options.bag ?? (await makeBag(join(folder, 'tabletop.mcap'), options.seconds));
    return await measure(bag, folder, options.python);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeBag(path: string, seconds: number): Promise<string> {
  process.stderr.write(`writing a bag of ${seconds} s\n`);
  const written = await writeTabletopBag(path, {
    parameters: loadParameters([tabletopConfig()]),
    seed: 1,
    seconds,
    goals: ['pick up the red block', 'point at the green block', 'go home'],
    goal_every_s: 20,
    camera_hz: 30,
    joints_hz: 100,
    jpeg_quality: null,
  });
  return written.path;
}

async function measure(bag: string, folder: string, python: string): Promise<ReplayFigures> {
  const log = join(folder, 'vision.jsonl');
  process.stderr.write('replaying it with vision, from the log, without the camera; then reading it\n');
  const vision = await replayed(bag, ['--log', log]);
  const recorded = await replayed(bag, ['--from', log, '--log', join(folder, 'recorded.jsonl')]);
  const others = ['/joint_states', '/robot_description', '/sage/goal', '/camera/pose', '/camera/camera_info'];
  const blind = await replayed(bag, ['--log', join(folder, 'blind.jsonl'), '--topics', ...others]);
  const read_per_s = {
    sage: await readOurs(bag),
    mcap_core: await readCore(bag),
    python_mcap: await readPython(python, PYTHON_MCAP, bag),
    python_rosbags: await readPython(python, PYTHON_ROSBAGS, bag),
  };
  const fastest = Math.max(read_per_s.python_mcap ?? 0, read_per_s.python_rosbags ?? 0);
  const opened = await openBag(bag);
  opened.close();
  return {
    bench: 'replay',
    bag_s: (opened.end_ms - opened.start_ms) / 1000,
    bag_mb: (await sizeOf(bag)) / 1e6,
    messages: opened.messages ?? 0,
    speed_vision: vision.speed,
    speed_recorded: recorded.speed,
    speed_without_camera: blind.speed,
    inferences: vision.inferences,
    rss_mb_max: Math.max(...[vision, recorded, blind].map(({ rss_mb_max }) => rss_mb_max)),
    read_per_s,
    ratio_node: read_per_s.sage / read_per_s.mcap_core,
    ratio_python: fastest === 0 ? null : read_per_s.sage / fastest,
  };
}

/** `sage replay` as a process of its own, so that its memory is its own. */
async function replayed(bag: string, args: readonly string[]): Promise<ReplayResult> {
  const node = [...process.execArgv, ...REPLAY_FLAGS, process.argv[1] ?? ''];
  const own = ['replay', bag, '--config', tabletopConfig(), '--json', ...args];
  const { stdout } = await run(process.execPath, [...node, ...own], { maxBuffer: OUTPUT_MAX });
  return JSON.parse(stdout) as ReplayResult;
}

/** Messages per second over the whole bag. */
async function rate(read: () => Promise<number>): Promise<number> {
  const begin_ms = performance.now();
  const messages = await read();
  return messages / ((performance.now() - begin_ms) / 1000);
}

function readOurs(path: string): Promise<number> {
  return rate(async () => {
    const bag = await openBag(path);
    let messages = 0;
    let bytes = 0;
    for (const { data } of bag.read()) {
      messages += 1;
      bytes += data.length;
    }
    bag.close();
    return bytes > 0 ? messages : 0;
  });
}

/** The library of the format's own project, as its example opens a file. */
function readCore(path: string): Promise<number> {
  return rate(async () => {
    const file = await open(path);
    const { size } = await file.stat();
    const readable = {
      size: async () => BigInt(size),
      read: async (at: bigint, length: bigint) => {
        const bytes = new Uint8Array(Number(length));
        await file.read(bytes, 0, Number(length), Number(at));
        return bytes;
      },
    };
    const unpackers = [...(await loadUnpackers())];
    const decompressHandlers = Object.fromEntries(
      unpackers.map(([name, unpack]) => [
        name,
        (bytes: Uint8Array, length: bigint) => unpack(bytes, Number(length)),
      ]),
    );
    const reader = await McapIndexedReader.Initialize({ readable, decompressHandlers });
    let messages = 0;
    for await (const { data } of reader.readMessages()) if (data.length > 0) messages += 1;
    await file.close();
    return messages;
  });
}

const TIMED = `
begin = time.perf_counter()
count = 0
BODY
print(count / (time.perf_counter() - begin))
`;
const PYTHON_MCAP = `import sys, time
from mcap.reader import make_reader
${TIMED.replace('BODY', 'with open(sys.argv[1], "rb") as file:\n    for schema, channel, message in make_reader(file).iter_messages():\n        count += len(message.data) > 0')}`;
const PYTHON_ROSBAGS = `import pathlib, sys, time
from rosbags.rosbag2.storage_mcap import McapReader
${TIMED.replace('BODY', 'reader = McapReader(pathlib.Path(sys.argv[1]))\nreader.open()\nfor connection, stamp, data in reader.messages(reader.connections, None, None):\n    count += len(data) > 0\nreader.close()')}`;

/** Null where this Python cannot read it; why is said. */
async function readPython(python: string, script: string, bag: string): Promise<number | null> {
  try {
    const { stdout } = await run(python, ['-c', script, bag], { maxBuffer: OUTPUT_MAX });
    return Number(stdout);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown).trim().split('\n').at(-1)}\n`);
    return null;
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path);
  const { size } = await file.stat();
  await file.close();
  return size;
}
