/**
 * A refinement through the model host against a bare loop in Python's onnxruntime: same model, threads and machine,
 * in turns of a few frames each, so that what else the machine does falls on both. All deliver the masks and two
 * numbers of every step to the caller. Once with the host a step ahead of its caller, as vision has it, once without.
 * A bare loop in Node's onnxruntime, which is another version, tells what of the host in Node is the runtime.
 *
 *   npx tsx bench/refine.bench.ts [--rounds 15] [--frames 10] [--steps 4] [--precision fp32|int8] [--json]
 *
 * On a machine with other work, `chrt -r 10` before it gives all parties the same right of way.
 *
 * SAGE_PYTHON_ORT names a Python with onnxruntime; else .ros/ort or training/.venv.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Slot, Tensor } from '../src/contracts/inference.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { createModelHost, type ModelHost, modelFolder, nodeHost, pythonHost, readManifest } from '../src/models/index.js';
import { fileOf, inPrecision } from '../src/models/manifest.js';
import { pathOf } from '../src/models/verify.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    frames: { type: 'string', default: '10' },
    steps: { type: 'string', default: '4' },
    precision: { type: 'string', default: 'fp32' },
    json: { type: 'boolean' },
  },
});
const [ROUNDS, FRAMES, STEPS] = [Number(values.rounds), Number(values.frames), Number(values.steps)];
const WARM_UP_FRAMES = 60;
const root = fileURLToPath(new URL('..', import.meta.url));
const python =
  [process.env.SAGE_PYTHON_ORT ?? '', `${root}.ros/ort/bin/python`, `${root}training/.venv/bin/python`].find(existsSync) ??
  'python3';

/** Answers each line that it is given with one. */
class Bare {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(command: string, script: string, threads: number) {
    const files = ['encoder', 'refine'].map((graph) => pathOf(folder, fileOf(manifest, graph)));
    const args = [`${root}bench/${script}`, ...files, String(threads), String(STEPS)];
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout });
    this.lines.on('line', (line) => this.waiting.shift()?.(line));
  }

  next(): Promise<string> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async frames(count: number): Promise<number[]> {
    const line = this.next();
    this.child.stdin.write(`${count}\n`);
    return JSON.parse(await line) as number[];
  }

  end(): void {
    this.child.stdin.end();
  }
}

const data = new Uint8Array(640 * 480 * 3).map((_, i) => (i * 31) % 251);
const image: Tensor = { type: 'uint8', dims: [1, 480, 640, 3], data };

const ALL = ['probs', 'energy', 'confidence'];

/** As the vision plugin does it: the frame once, then masks and two numbers per step, each asked for when it is due. */
async function refine(host: ModelHost, step_ahead: boolean): Promise<void> {
  const model = 'vision-refiner';
  const outputs = [...ALL, 'next_state'];
  const first = await host.run({
    model,
    graph: 'encoder',
    inputs: { image },
    fetch: [],
    keep: ['features', 'state0'],
    ...(step_ahead ? { ahead: { graph: 'refine', inputs: { features: 'features', state: 'state0' }, outputs } } : {}),
  });
  const features = first.slots.features!;
  let state: Slot = first.slots.state0!;
  for (let k = 0; k < STEPS; k++) {
    const go_on = step_ahead && k + 1 < STEPS;
    const { slots } = await host.run({
      model,
      graph: 'refine',
      inputs: { features, state },
      fetch: ALL,
      keep: ['next_state'],
      free: [state],
      ...(go_on ? { ahead: { graph: 'refine', inputs: { features, state: 'next_state' }, outputs } } : {}),
    });
    state = slots.next_state!;
  }
  host.free([features, state]);
}

async function frames(host: ModelHost, step_ahead: boolean, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began_ms = performance.now();
    await refine(host, step_ahead);
    times.push(performance.now() - began_ms);
  }
  return times;
}

const at = (times: readonly number[], share: number): number => [...times].sort((a, b) => a - b)[Math.floor(share * times.length)]!;
const median = (times: readonly number[]): number => at(times, 0.5);
const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);

// Both give way alike, so that the scheduler treats them alike; and both have the very same files.
const precision = values.precision === 'int8' ? 'int8' : 'fp32';
const parameters = { ...defaultParameters().models, nice: 0, precision } as const;
const folder = modelFolder(parameters.folder);
const manifest = inPrecision(readManifest(`${folder}/vision-refiner.json`), parameters);
const only = (launch: ReturnType<typeof nodeHost>): ModelHost => createModelHost({ parameters, manifests: [manifest], launch });
const node = only(nodeHost());
const other = only(pythonHost(python));
await Promise.all([node.ready(), other.ready()]);
const bare = new Bare(python, 'bare_loop.py', parameters.threads);
const { onnxruntime } = JSON.parse(await bare.next()) as { onnxruntime: string };
const bare_node = new Bare(process.execPath, 'bare-loop.mjs', parameters.threads);
await bare_node.next();
const ways: Record<string, (count: number) => Promise<number[]>> = {
  bare: (count) => bare.frames(count),
  bare_in_node: (count) => bare_node.frames(count),
  node_host: (count) => frames(node, true, count),
  node_host_step_by_step: (count) => frames(node, false, count),
  python_host: (count) => frames(other, true, count),
  python_host_step_by_step: (count) => frames(other, false, count),
};
const times: Record<string, number[]> = {};
// A host lives for hours: its code is compiled by then.
for (const act of Object.values(ways)) await act(WARM_UP_FRAMES);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, act] of Object.entries(ways)) (times[name] ??= []).push(...(await act(FRAMES)));
}
bare.end();
bare_node.end();
const done = await Promise.all([node.stats(), other.stats()]);
await Promise.all([node.close(), other.close()]);
const result = Object.fromEntries(
  Object.entries(times).map(([name, own]) => [
    name,
    {
      median_ms: Number(median(own).toFixed(2)),
      mean_ms: Number((sum(own) / own.length).toFixed(2)),
      p10_ms: Number(at(own, 0.1).toFixed(2)),
      median_over_bare: Number((median(own) / median(times.bare!)).toFixed(3)),
      total_over_bare: Number((sum(own) / sum(times.bare!)).toFixed(3)),
    },
  ]),
);
/** Runs that nobody asked for in the end; they would have cost time that no figure here shows. */
const wasted_runs = done.reduce((total, { ahead_wasted = 0 }) => total + ahead_wasted, 0);
const about = { precision, frames: ROUNDS * FRAMES, steps: STEPS, threads: parameters.threads, python_onnxruntime: onnxruntime, wasted_runs };
if (values.json) console.log(JSON.stringify({ ...about, ...result }));
else {
  console.log(about);
  console.table(result);
}
