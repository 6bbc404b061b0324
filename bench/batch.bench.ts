/**
 * What it saves to send several looks of an adapter together: a small classifier that looks at a frame and 16 parts of
 * it, by one request per look and by batches. Once with a graph that takes several pictures (they run as one), once with
 * one that takes a single picture (they run in turn, in one round trip).
 *
 *   npx tsx bench/batch.bench.ts [--frames 60] [--json]
 */
import { parseArgs } from 'node:util';
import { adapterModel } from '../src/app/adapters.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { createModelHost, readManifest } from '../src/models/index.js';
import { createAdapterPlugin } from '../src/plugins/adapters/index.js';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '60' }, json: { type: 'boolean' } } });
const FRAMES = Number(values.frames);
const TILES = 4;
const WARM_UP = 10;
const folder = new URL('../test/fixtures/models/', import.meta.url).pathname;
const manifests = ['zoo-regions', 'zoo-classify'].map((id) => readManifest(`${folder}${id}.json`));
const host = createModelHost({ parameters: { ...defaultParameters().models, folder, nice: 0 }, manifests });
await host.ready();
const data = new Uint8Array(640 * 480 * 3).map((_, i) => (i * 31) % 251);
const frame = { width: 640, height: 480, step: 640 * 3, encoding: 'rgb8', data, frame_id: '' } as const;
const context = { step_idx: 0, random: () => 0.5, signal: new AbortController().signal };

async function refinement(id: string, batch: number): Promise<void> {
  const model = adapterModel(manifests.find((each) => each.id === id)!);
  const plugin = createAdapterPlugin({ ...model, adapter: { ...model.adapter, tiles: TILES, batch } }, host);
  let state = await plugin.initState({ frame, sound: null, things: [], stamp_ms: 0 }, context);
  while (plugin.halt!([], state) === null) state = await plugin.step(state, context);
}

/** Median over frames, ms: the whole refinement, and CPU of this process in the mean. */
async function measure(id: string, batch: number) {
  for (let i = 0; i < WARM_UP; i++) await refinement(id, batch);
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let i = 0; i < FRAMES; i++) {
    const began_ms = performance.now();
    await refinement(id, batch);
    times.push(performance.now() - began_ms);
  }
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (share: number): number => Number(times[Math.floor(share * times.length)]!.toFixed(2));
  return { p10_ms: at(0.1), p50_ms: at(0.5), cpu_ms: Number(((user + system) / 1000 / FRAMES).toFixed(2)) };
}

const result: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const id of ['zoo-regions', 'zoo-classify']) {
  const kind = id === 'zoo-regions' ? 'stacked' : 'in_turn';
  for (const batch of [1, 4, 17]) result[`${kind}_batch_${batch}`] = await measure(id, batch);
}
await host.close();
if (values.json) console.log(JSON.stringify({ frames: FRAMES, looks: 1 + TILES ** 2, ...result }));
else console.table(result);
