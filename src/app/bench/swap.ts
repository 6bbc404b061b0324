import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../contracts/errors.js';
import type { Slot, Tensor } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  createModelHost,
  createModelManager,
  type ModelManager,
  modelFolder,
  parseManifest,
} from '../../models/index.js';
import { Pacer } from '../node/pacer.js';
import { mean, Sample } from '../percentile.js';
import { goFirst } from '../real-time.js';
import { heldMemoryProbe } from './held-memory.js';

const ROUND_MS = 50;
const PAUSE_MS = 20;
/** Parts of the run: swaps, then as long the same load without them, then loads of the model by itself. */
const BLOCKS = 10;
/** A phase without swaps takes as long as the one with swaps before it, but no longer than this, ms. */
const BASELINE_MS_MAX = 30_000;
const BARE_LOADS_PER_BLOCK = 2;
/** Share of the blocks that counts as warm-up: until then caches fill and code is compiled. */
const WARM_SHARE = 0.2;

/** Ticks of 20 Hz in one kind of phase. */
export interface TickFigures {
  readonly seconds: number;
  readonly ticks: number;
  /** Ticks that came a period late or more. */
  readonly lost: number;
  readonly lost_per_1000: number;
  readonly lateness_ms_p50: number | null;
  readonly lateness_ms_p99: number | null;
}

/** What swapping a model while it is used costs. */
export interface SwapFigures {
  readonly mode: 'overlap' | 'gap';
  readonly swaps: number;
  /** From starting a host to the first run of the model being done, by itself, measured between the swaps. */
  readonly bare_load_ms_p50: number | null;
  /** How long requests were held. */
  readonly gap_ms_p50: number | null;
  readonly gap_ms_p99: number | null;
  readonly gap_over_bare_load: number;
  /** How the thread of the ticks was scheduled; as in the node. */
  readonly scheduling: string;
  /** Ticks of this process while models were swapped, and under the same load while they were not. */
  readonly swapping: TickFigures;
  readonly without: TickFigures;
  /** Refinement steps meanwhile, and those that failed. */
  readonly steps: number;
  readonly steps_failed: number;
  /** Why the first of those failed. */
  readonly first_failure: string | null;
  /** Resident memory after warm-up and at the end, each after a collection: means of the blocks there. */
  readonly rss_mb_before: number;
  readonly rss_mb_after: number;
  readonly rss_growth_percent: number;
  /** Resident memory after each block, and the part of it that is JavaScript's. */
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

/** The 20 Hz of a cycle in one kind of phase, and how late each tick is. */
class Ticks {
  private readonly lateness = new Sample(100_000);
  private count = 0;
  private lost = 0;
  private spent_ms = 0;
  private began_ms = 0;
  private pacer: Pacer | null = null;

  start(): void {
    this.began_ms = performance.now();
    this.pacer = new Pacer(ROUND_MS, ({ lateness_ms }) => this.tick(lateness_ms));
    this.pacer.start();
  }

  /** Ends the phase; returns how long it took, ms. */
  stop(): number {
    this.pacer?.stop();
    const took_ms = performance.now() - this.began_ms;
    this.spent_ms += took_ms;
    return took_ms;
  }

  figures(): TickFigures {
    return {
      seconds: this.spent_ms / 1000,
      ticks: this.count,
      lost: this.lost,
      lost_per_1000: (1000 * this.lost) / Math.max(1, this.count),
      lateness_ms_p50: this.lateness.percentile(0.5),
      lateness_ms_p99: this.lateness.percentile(0.99),
    };
  }

  private tick(late_ms: number): void {
    this.count += 1;
    this.lateness.add(late_ms);
    if (late_ms >= ROUND_MS) this.lost += Math.floor(late_ms / ROUND_MS);
  }
}

/** Refines on, one step after the other, across all swaps: the state is that of the step before. */
class Load {
  steps = 0;
  failed = 0;
  first_failure: string | null = null;
  private running = true;
  private paused: Promise<void> | null = null;
  private readonly done: Promise<void>;

  constructor(private readonly manager: ModelManager) {
    this.done = this.loop();
  }

  /** No steps while `act` goes on; one that is under way may end beside it. */
  async pauseFor(act: () => Promise<void>): Promise<void> {
    this.paused = act();
    await this.paused;
    this.paused = null;
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
      await this.paused;
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
      } catch (thrown) {
        // Counted, and shown; a state that is lost fails from here on.
        this.failed += 1;
        this.first_failure ??= messageOf(thrown);
      }
      await sleep(PAUSE_MS);
    }
  }
}

/** Starts a host with the model and ends it, some times. */
async function bareLoads(parameters: Parameters['models'], runs: number, into: Sample): Promise<void> {
  const folder = modelFolder(parameters.folder);
  const manifest = parseManifest(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')), 'a');
  for (let i = 0; i < runs; i++) {
    const begun_ms = performance.now();
    const host = createModelHost({ parameters, manifests: [manifest] });
    await host.ready();
    into.add(performance.now() - begun_ms);
    await host.close(true);
  }
}

const tenths = (value: number): number => Math.round(10 * value) / 10;

/** Growth from the first blocks after warm-up to the last ones, as many each. */
function growthOf(curve: readonly number[]): { before_mb: number; after_mb: number; percent: number } {
  const settled = curve.slice(Math.min(curve.length - 1, Math.ceil(WARM_SHARE * curve.length)));
  const some = Math.max(1, Math.floor(settled.length / 4));
  const [before_mb, after_mb] = [mean(settled.slice(0, some)), mean(settled.slice(-some))];
  return { before_mb, after_mb, percent: (100 * (after_mb - before_mb)) / before_mb };
}

/**
 * Swaps the model of vision to and fro under a refinement that never ends, and 20 Hz ticks beside it; in turns with the
 * same load and no swaps, so that what is late for the swapping can be told from what is late anyway. `overlap`: both
 * fit; else the budget allows only one.
 */
export async function benchSwap(
  { models, node }: Pick<Parameters, 'models' | 'node'>,
  swaps: number,
  mode: 'overlap' | 'gap',
): Promise<SwapFigures> {
  const { told: scheduling } = await goFirst(node.real_time_priority);
  const held = heldMemoryProbe();
  const folder = twins(models, 'vision-refiner');
  const parameters = { ...models, folder, probe_file: join(folder, 'probes') };
  const limits = { ...parameters, ram_mb_max: 1e6 };
  const manager = createModelManager({ parameters: limits, used: ['a'] });
  try {
    await manager.ready();
    limits.ram_mb_max = mode === 'overlap' ? 1e6 : 1;
    const [swapping, without] = [new Ticks(), new Ticks()];
    const [gaps, bare] = [new Sample(swaps), new Sample(BLOCKS * BARE_LOADS_PER_BLOCK)];
    const [rss_mb_curve, heap_mb_curve]: [number[], number[]] = [[], []];
    const load = new Load(manager);
    const blocks = Math.min(BLOCKS, swaps);
    let done = 0;
    for (let block = 0; block < blocks; block++) {
      swapping.start();
      for (; done < Math.round(((block + 1) * swaps) / blocks); done++) {
        const { gap_ms } = await manager.swap('a', done % 2 === 0 ? 'b' : 'a', 'bench');
        gaps.add(gap_ms);
      }
      const took_ms = swapping.stop();
      without.start();
      await sleep(Math.min(took_ms, BASELINE_MS_MAX));
      without.stop();
      // A swap by gap has no steps beside it either: they wait.
      await load.pauseFor(() => bareLoads(parameters, BARE_LOADS_PER_BLOCK, bare));
      const { rss_bytes, heap_bytes } = await held();
      const rss_mb = tenths(rss_bytes / 1e6);
      rss_mb_curve.push(rss_mb);
      heap_mb_curve.push(tenths(heap_bytes / 1e6));
      process.stderr.write(`${done} of ${swaps} swaps, ${rss_mb} MB, ${load.failed} steps failed\n`);
    }
    await load.stop();
    const growth = growthOf(rss_mb_curve);
    return {
      mode,
      swaps,
      bare_load_ms_p50: bare.percentile(0.5),
      gap_ms_p50: gaps.percentile(0.5),
      gap_ms_p99: gaps.percentile(0.99),
      gap_over_bare_load: (gaps.percentile(0.5) ?? 0) / (bare.percentile(0.5) ?? 1),
      scheduling,
      swapping: swapping.figures(),
      without: without.figures(),
      steps: load.steps,
      steps_failed: load.failed,
      first_failure: load.first_failure,
      rss_mb_before: growth.before_mb,
      rss_mb_after: growth.after_mb,
      rss_growth_percent: growth.percent,
      rss_mb_curve,
      heap_mb_curve,
    };
  } finally {
    await manager.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
