import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slot, Tensor } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  createModelHost,
  createModelManager,
  type ModelManager,
  modelFolder,
  parseManifest,
} from '../../models/index.js';
import { Sample } from '../percentile.js';

const ROUND_MS = 50;
/** Swaps before memory counts: until then caches fill. */
const WARM_UP = 30;
const PAUSE_MS = 20;
const CURVE_POINTS = 10;

/** What swapping a model while it is used costs. */
export interface SwapFigures {
  readonly mode: 'overlap' | 'gap';
  readonly swaps: number;
  /** From starting a host to the first run of the model being done, by itself. */
  readonly bare_load_ms_p50: number | null;
  /** How long requests were held. */
  readonly gap_ms_p50: number | null;
  readonly gap_ms_p99: number | null;
  readonly gap_over_bare_load: number;
  /** 20 Hz ticks of this process that came later than a period, and the 99th percentile of their lateness. */
  readonly ticks: number;
  readonly ticks_lost: number;
  readonly tick_lateness_ms_p99: number | null;
  /** Refinement steps meanwhile, and those that failed. */
  readonly steps: number;
  readonly steps_failed: number;
  readonly rss_mb_before: number;
  readonly rss_mb_after: number;
  readonly rss_growth_percent: number;
  /** Resident memory, and the part of it that is JavaScript's, over the run: whether it grows or settles. */
  readonly rss_mb_curve: readonly number[];
  readonly heap_mb_curve: readonly number[];
}

/** A folder with two models that differ in their name alone. */
function twins(parameters: Parameters['models'], id: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sage-swap-'));
  const from = modelFolder(parameters.folder);
  const manifest = parseManifest(JSON.parse(readFileSync(join(from, `${id}.json`), 'utf8')), id);
  cpSync(join(from, id), join(folder, id), { recursive: true });
  for (const name of ['a', 'b']) {
    const twin = { ...manifest, id: name, family: 'twins', carries: 'state' };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(twin));
  }
  return folder;
}

/** The 20 Hz of a cycle, and how late each tick is. */
class Ticks {
  readonly lateness = new Sample(100_000);
  count = 0;
  lost = 0;
  private due_ms = performance.now() + ROUND_MS;
  private readonly timer = setInterval(() => this.tick(), ROUND_MS / 10);

  private tick(): void {
    const late_ms = performance.now() - this.due_ms;
    if (late_ms < 0) return;
    this.count += 1;
    this.lateness.add(late_ms);
    if (late_ms >= ROUND_MS) this.lost += Math.floor(late_ms / ROUND_MS);
    while (this.due_ms <= performance.now()) this.due_ms += ROUND_MS;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Refines on, one step after the other, across all swaps: the state is that of the step before. */
class Load {
  steps = 0;
  failed = 0;
  private running = true;
  private readonly done: Promise<void>;

  constructor(private readonly manager: ModelManager) {
    this.done = this.loop();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async loop(): Promise<void> {
    const data = new Uint8Array(480 * 640 * 3).map((_, index) => (index * 31) % 251);
    const image: Tensor = { type: 'uint8', dims: [1, 480, 640, 3], data };
    const first = await this.manager.run({
      model: 'a',
      graph: 'encoder',
      inputs: { image },
      fetch: [],
      keep: ['features', 'state0'],
    });
    const features = first.slots.features!;
    let state: Slot = first.slots.state0!;
    while (this.running) {
      try {
        const { slots } = await this.manager.run({
          model: 'a',
          graph: 'refine',
          inputs: { features, state },
          fetch: ['energy'],
          keep: ['next_state'],
          free: [state],
        });
        state = slots.next_state!;
        this.steps += 1;
      } catch {
        // Counted, and shown; a state that is lost fails from here on.
        this.failed += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function bareLoads(parameters: Parameters['models'], runs: number): Promise<Sample> {
  const sample = new Sample(runs);
  const manifest = parseManifest(
    JSON.parse(readFileSync(join(modelFolder(parameters.folder), 'a.json'), 'utf8')),
    'a',
  );
  for (let i = 0; i < runs; i++) {
    const begun_ms = performance.now();
    const host = createModelHost({ parameters, manifests: [manifest] });
    await host.ready();
    sample.add(performance.now() - begun_ms);
    await host.close();
  }
  return sample;
}

function rssMb(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
}

/**
 * Swaps the model of vision to and fro under a refinement that never ends, and 20 Hz ticks beside it. `overlap`: both
 * fit; else the budget allows only one.
 */
export async function benchSwap(
  models: Parameters['models'],
  swaps: number,
  mode: 'overlap' | 'gap',
): Promise<SwapFigures> {
  const folder = twins(models, 'vision-refiner');
  try {
    const ram_mb_max = mode === 'overlap' ? 1e6 : 1;
    const parameters = { ...models, folder, probe_file: join(folder, 'probes') };
    const bare = await bareLoads(parameters, Math.min(20, swaps));
    const limits = { ...parameters, ram_mb_max: 1e6 };
    const manager = createModelManager({ parameters: limits, used: ['a'] });
    await manager.ready();
    limits.ram_mb_max = ram_mb_max;
    const ticks = new Ticks();
    const load = new Load(manager);
    const gaps = new Sample(swaps);
    let before_mb = rssMb();
    const rss_mb_curve: number[] = [];
    const heap_mb_curve: number[] = [];
    for (let i = 0; i < swaps; i++) {
      const { gap_ms } = await manager.swap('a', i % 2 === 0 ? 'b' : 'a', 'bench');
      gaps.add(gap_ms);
      if ((i + 1) % Math.ceil(swaps / CURVE_POINTS) === 0) {
        rss_mb_curve.push(Math.round(10 * rssMb()) / 10);
        heap_mb_curve.push(Math.round(process.memoryUsage().heapUsed / 1e5) / 10);
      }
      if (i === Math.min(WARM_UP, swaps - 2)) before_mb = rssMb();
    }
    const after_mb = rssMb();
    ticks.stop();
    await load.stop();
    await manager.close();
    return {
      mode,
      swaps,
      bare_load_ms_p50: bare.percentile(0.5),
      gap_ms_p50: gaps.percentile(0.5),
      gap_ms_p99: gaps.percentile(0.99),
      gap_over_bare_load: (gaps.percentile(0.5) ?? 0) / (bare.percentile(0.5) ?? 1),
      ticks: ticks.count,
      ticks_lost: ticks.lost,
      tick_lateness_ms_p99: ticks.lateness.percentile(0.99),
      steps: load.steps,
      steps_failed: load.failed,
      rss_mb_before: before_mb,
      rss_mb_after: after_mb,
      rss_growth_percent: (100 * (after_mb - before_mb)) / before_mb,
      rss_mb_curve,
      heap_mb_curve,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
