/**
 * Times of the model host: `npx tsx bench/host.bench.ts [--runs 300] [--json]`.
 * A 640 × 480 frame there and an acknowledgement back, encoder and refinement through the host, what of it is the
 * model itself, how late a 5 ms timer of this process fires meanwhile, and how long the host takes to come up.
 */
import { parseArgs } from 'node:util';
import type { InferenceOutputs, Slot, Tensor } from '../src/contracts/inference.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { HostConnection } from '../src/models/connection.js';
import { createModelHost, type ModelHost, nodeHost } from '../src/models/index.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '300' }, json: { type: 'boolean' } } });
const RUNS = Number(values.runs);
const FRAME_BYTES = 640 * 480 * 3;
const TIMER_MS = 5;

interface Figures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

function figures(durations_ms: readonly number[]): Figures {
  const sorted = [...durations_ms].sort((a, b) => a - b);
  const at = (share: number): number => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(3));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

async function timed<T>(into: number[], act: () => Promise<T>): Promise<T> {
  const began_ms = performance.now();
  const result = await act();
  into.push(performance.now() - began_ms);
  return result;
}

/** A frame to the host, which looks at the header and answers: the cost of the way alone. */
async function roundTrip(): Promise<Figures> {
  const connection = new HostConnection(nodeHost(), { onLine: () => undefined, onGone: () => undefined });
  await connection.hello;
  const durations: number[] = [];
  const bytes = new Uint8Array(FRAME_BYTES);
  const tensor = { name: 'image', dtype: 'uint8' as const, dims: [1, 480, 640, 3], bytes };
  // No model of this name is loaded: the host reads the frame, and refuses.
  const ask = { op: 'run' as const, model: 'none', graph: 'none', inputs: [], slots: [], fetch: [], keep: [], free: [] };
  for (let i = 0; i < RUNS + 20; i++) {
    await timed(durations, () => connection.request(ask, [tensor]).catch(() => undefined));
  }
  connection.endInput(new Error('done') as never);
  return figures(durations.slice(20));
}

class Refinement {
  readonly encoder: number[] = [];
  readonly encoder_model: number[] = [];
  readonly refine: number[] = [];
  readonly refine_model: number[] = [];

  constructor(private readonly host: ModelHost) {}

  async frame(image: Tensor, steps: number): Promise<void> {
    const first = await timed(this.encoder, () =>
      this.host.run({
        model: 'vision-refiner',
        graph: 'encoder',
        inputs: { image },
        fetch: [],
        keep: ['features', 'state0'],
      }),
    );
    this.encoder_model.push(first.run_ms);
    const features = first.slots.features!;
    let state: Slot = first.slots.state0!;
    for (let k = 0; k < steps; k++) {
      const next: InferenceOutputs = await timed(this.refine, () =>
        this.host.run({
          model: 'vision-refiner',
          graph: 'refine',
          inputs: { features, state },
          fetch: ['probs', 'energy', 'confidence'],
          keep: ['next_state'],
          free: [state],
        }),
      );
      this.refine_model.push(next.run_ms);
      state = next.slots.next_state!;
    }
    this.host.free([features, state]);
  }
}

/** Lateness of a timer in this process while `act` goes on. */
async function lateness(act: () => Promise<void>): Promise<Figures> {
  const late: number[] = [];
  let due_ms = performance.now() + TIMER_MS;
  const timer = setInterval(() => {
    const now_ms = performance.now();
    late.push(Math.max(0, now_ms - due_ms));
    due_ms = now_ms + TIMER_MS;
  }, TIMER_MS);
  await act();
  clearInterval(timer);
  return figures(late.slice(2));
}

const began_ms = performance.now();
const host = createModelHost({ parameters: defaultParameters().models });
await host.ready();
const ready_ms = Number((performance.now() - began_ms).toFixed(0));
const data = new Uint8Array(FRAME_BYTES).map((_, i) => (i * 31) % 251);
const image: Tensor = { type: 'uint8', dims: [1, 480, 640, 3], data };
const warm = new Refinement(host);
for (let i = 0; i < 10; i++) await warm.frame(image, 4);
const measured = new Refinement(host);
const late = await lateness(async () => {
  for (let i = 0; i < RUNS; i++) await measured.frame(image, 4);
});
const { rss_bytes, slots } = await host.stats();
await host.close();
const result = {
  runs: RUNS,
  host_ready_ms: ready_ms,
  frame_round_trip_ms: await roundTrip(),
  encoder_ms: figures(measured.encoder),
  encoder_model_ms: figures(measured.encoder_model),
  refine_ms: figures(measured.refine),
  refine_model_ms: figures(measured.refine_model),
  timer_lateness_ms: late,
  host_rss_mb: Math.round(rss_bytes / 1e6),
  slots_left: slots,
};
if (values.json) console.log(JSON.stringify(result));
else console.table(Object.fromEntries(Object.entries(result).filter(([, value]) => typeof value === 'object')));
if (!values.json) console.log(Object.entries(result).filter(([, value]) => typeof value === 'number'));
