/**
 * What the members of the vision model's family cost by precision: `npx tsx bench/members.bench.ts [--runs 60]`. CPU time
 * of the encoder and of one step on one thread, median, all taken in turns; and CPU and memory of a host until it is
 * warm. CPU times say the same on a busy machine, nearly.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { createModelHost, fileOf, inPrecision, modelFolder, readManifest } from '../src/models/index.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '60' } } });
const MEMBERS = ['vision-refiner', 'vision-refiner-coarse'];
const PRECISIONS = ['fp32', 'int8'] as const;
/** Clock ticks of /proc/PID/stat in a second. */
const TICKS_PER_S = 100;
const folder = modelFolder('models');
const parameters = defaultParameters().models;

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

async function sessionsOf(id: string, precision: (typeof PRECISIONS)[number]) {
  const manifest = inPrecision(readManifest(join(folder, `${id}.json`)), { precision, providers: ['cpu'] });
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionProviders: ['cpu'] };
  const load = (graph: string) => ort.InferenceSession.create(join(folder, fileOf(manifest, graph).path), options);
  const [encoder, refine] = [await load('encoder'), await load('refine')];
  const image = new ort.Tensor('uint8', new Uint8Array(480 * 640 * 3).map((_, i) => (i * 7919) % 251), [1, 480, 640, 3]);
  const { features, state0 } = await encoder.run({ image });
  const calls = { encoder: () => encoder.run({ image }), step: () => refine.run({ features: features!, state: state0! }) };
  return { name: `${id} ${precision}`, calls, took: { encoder: [] as number[], step: [] as number[] } };
}

async function hostOf(id: string, precision: (typeof PRECISIONS)[number]) {
  const manifests = [readManifest(join(folder, `${id}.json`))];
  const host = createModelHost({ parameters: { ...parameters, precision }, manifests });
  await host.ready();
  const { pid } = host.health();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const load_cpu_ms = ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_S;
  const rss_mb = (await host.stats()).rss_bytes / 1e6;
  await host.close();
  return { load_cpu_ms, rss_mb: Math.round(rss_mb) };
}

const members = [];
for (const id of MEMBERS) for (const precision of PRECISIONS) members.push(await sessionsOf(id, precision));
for (let run = 0; run < Number(values.runs); run++) {
  for (const { calls, took } of members) {
    for (const graph of ['encoder', 'step'] as const) {
      const begun = process.cpuUsage();
      await calls[graph]();
      const { user, system } = process.cpuUsage(begun);
      took[graph].push((user + system) / 1000);
    }
  }
}
const rows: Record<string, object> = {};
for (const { name, took } of members) {
  const [id = '', precision] = name.split(' ') as [string, (typeof PRECISIONS)[number]];
  const ms = { encoder_ms: median(took.encoder).toFixed(2), step_ms: median(took.step).toFixed(2) };
  rows[name] = { ...ms, ...(await hostOf(id, precision)) };
}
console.table(rows);
