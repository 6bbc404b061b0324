import { cpus } from 'node:os';
import { heldMemoryProbe } from '../held-memory.js';
import { attention_us, cpuNow_us, hStep_us, salience_us, stepOverhead_us } from './parts.js';
import { ASKED, fullLoop, type LoopSize } from './whole-cycle.js';

const SOURCES = [1, 2, 5, 10, 20];
const MEMORIES = [250, 500, 1000, 2000, 4000];
const PLUGINS = [1, 2, 5, 10, 20, 50];
const H_STEP_PLUGINS = [1, 5, 20, 100];
const OVERHEAD_STEPS = 100_000;
const REFINEMENTS = 1000;
/** Of several measurements the least disturbed counts: the machine is shared. */
const REPEATS = 5;

/** What grows, and the CPU of a whole cycle, µs. */
export interface Growth {
  readonly size: number;
  readonly cycle_us: number;
}

export interface MindFigures {
  readonly cpu: string;
  readonly whole_cycle_us: number;
  readonly whole_cycle_us_median: number;
  readonly cycles_per_s: number;
  readonly salience_us: number;
  readonly h_step_us: readonly { readonly plugins: number; readonly us: number }[];
  readonly step_overhead_us: number;
  /** One refinement of attention over five sources and 192 patches, and its steps. */
  readonly attention_us: number;
  readonly attention_steps: number;
  readonly by_sources: readonly Growth[];
  readonly by_memory: readonly Growth[];
  readonly by_plugins: readonly Growth[];
}

export interface MemoryFigures {
  readonly cycles: number;
  /** Resident memory after the warm-up, and at the end, MB, each after a collection. */
  readonly rss_begin_mb: number;
  readonly rss_end_mb: number;
  readonly rss_growth_percent: number;
  readonly heap_begin_mb: number;
  readonly heap_end_mb: number;
  readonly samples: readonly { readonly cycles: number; readonly rss_mb: number; readonly heap_mb: number }[];
}

const round = (value: number) => Math.round(value * 100) / 100;

/** CPU µs per whole cycle with full memories, one figure per repeat, in order. */
async function cycles_us(size: LoopSize, cycles: number, repeats = REPEATS): Promise<readonly number[]> {
  const loop = await fullLoop(size);
  const found: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const began_us = cpuNow_us();
    for (let count = 0; count < cycles; count++) await loop.cycle();
    found.push((cpuNow_us() - began_us) / cycles);
  }
  return found.sort((a, b) => a - b);
}

async function growth(
  sizes: readonly number[],
  change: (size: number) => Partial<LoopSize>,
  cycles: number,
): Promise<Growth[]> {
  const found: Growth[] = [];
  for (const size of sizes) {
    const [least] = await cycles_us({ ...ASKED, ...change(size) }, cycles, 3);
    found.push({ size, cycle_us: round(least!) });
  }
  return found;
}

/**
 * The whole mind without ROS, sensors or models: buffers, cycle, orchestrator, runner with trivial plugins, attention.
 * @param cycles per measurement
 */
export async function benchMind(cycles: number): Promise<MindFigures> {
  const whole = await cycles_us(ASKED, cycles);
  const least = whole[0]!;
  const few = Math.max(1, Math.floor(cycles / 4));
  const attention = await attention_us(REFINEMENTS);
  // The first run is of code that is not compiled yet.
  await stepOverhead_us(OVERHEAD_STEPS);
  const overhead_us = await stepOverhead_us(OVERHEAD_STEPS);
  const h_step_us = [];
  for (const plugins of H_STEP_PLUGINS) h_step_us.push({ plugins, us: round(await hStep_us(plugins)) });
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    whole_cycle_us: round(least),
    whole_cycle_us_median: round(whole[Math.floor(whole.length / 2)]!),
    cycles_per_s: Math.round(1e6 / least),
    salience_us: round(salience_us(ASKED.sources, ASKED.dimension, ASKED.memory_size, cycles)),
    h_step_us,
    step_overhead_us: round(overhead_us),
    attention_us: round(attention.us),
    attention_steps: round(attention.steps),
    by_sources: await growth(SOURCES, (sources) => ({ sources }), few),
    by_memory: await growth(MEMORIES, (memory_size) => ({ memory_size }), few),
    by_plugins: await growth(PLUGINS, (plugins) => ({ plugins }), few),
  };
}

const MB = 1024 * 1024;
const SAMPLES = 20;
/** Share of the cycles that counts as warm-up: code is compiled, and the heap finds its size. */
const WARM_SHARE = 0.1;

/** Resident memory over many whole cycles, each sample after a collection; one more sample at their beginning. */
export async function benchMemory(cycles: number, samples_wanted = SAMPLES): Promise<MemoryFigures> {
  const loop = await fullLoop(ASKED);
  const held = heldMemoryProbe();
  const sample = async () => {
    const { rss_bytes, heap_bytes } = await held();
    return { cycles: loop.cycles, rss_mb: round(rss_bytes / MB), heap_mb: round(heap_bytes / MB) };
  };
  for (let count = 0; count < cycles * WARM_SHARE; count++) await loop.cycle();
  const samples = [await sample()];
  for (let part = 0; part < samples_wanted; part++) {
    for (let count = 0; count < cycles / samples_wanted; count++) await loop.cycle();
    samples.push(await sample());
  }
  const [first, last] = [samples[0]!, samples.at(-1)!];
  return {
    cycles,
    rss_begin_mb: first.rss_mb,
    rss_end_mb: last.rss_mb,
    rss_growth_percent: round(100 * (last.rss_mb / first.rss_mb - 1)),
    heap_begin_mb: first.heap_mb,
    heap_end_mb: last.heap_mb,
    samples,
  };
}
