/**
 * Lateness of a 20 Hz tick in a process whose two model hosts are saturated:
 * `npx tsx bench/ticks.bench.ts [--seconds 30] [--nice 5] [--priority 1] [--json]`.
 */
import { parseArgs } from 'node:util';
import { Pacer } from '../src/app/node/pacer.js';
import { Sample } from '../src/app/percentile.js';
import { goFirst } from '../src/app/real-time.js';
import type { Tensor } from '../src/contracts/inference.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { createModelHost } from '../src/models/index.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    nice: { type: 'string', default: String(defaultParameters().models.nice) },
    priority: { type: 'string', default: String(defaultParameters().node.real_time_priority) },
    json: { type: 'boolean' },
  },
});
const PERIOD_MS = 50;
const parameters = { ...defaultParameters().models, nice: Number(values.nice) };
const hosts = [createModelHost({ parameters }), createModelHost({ parameters })];
await Promise.all(hosts.map((host) => host.ready()));
const image: Tensor = { type: 'uint8', dims: [1, 480, 640, 3], data: new Uint8Array(640 * 480 * 3) };
let running = true;
let runs = 0;
const loads = hosts.map(async (host) => {
  while (running) {
    const { slots } = await host.run({ model: 'vision-refiner', graph: 'encoder', inputs: { image }, fetch: [], keep: ['features', 'state0'] });
    const { slots: next } = await host.run({
      model: 'vision-refiner',
      graph: 'refine',
      inputs: { features: slots.features!, state: slots.state0! },
      fetch: ['probs', 'energy', 'confidence'],
      keep: ['next_state'],
    });
    host.free([...Object.values(slots), ...Object.values(next)]);
    runs += 2;
  }
});
// As the node does.
const { told: scheduling } = await goFirst(Number(values.priority));
const lateness = new Sample(100_000);
const pacer = new Pacer(PERIOD_MS, ({ lateness_ms }) => lateness.add(lateness_ms));
pacer.start();
await new Promise((resolve) => setTimeout(resolve, 1000 * Number(values.seconds)));
pacer.stop();
running = false;
await Promise.all(loads);
await Promise.all(hosts.map((host) => host.close()));
const at = (share: number): number => Number((lateness.percentile(share) ?? Number.NaN).toFixed(3));
const result = { seconds: Number(values.seconds), nice: parameters.nice, scheduling, runs, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), max_ms: at(1) };
console.log(values.json ? JSON.stringify(result) : result);
