import type { MetabolicStatus } from '../../../contracts/metabolism.js';
import { defaultParameters } from '../../../contracts/parameters/index.js';
import type { JobOffer } from '../../../contracts/plan.js';
import { seededRandom } from '../../../contracts/ports.js';
import type { SalienceReading } from '../../../contracts/salience.js';
import { createHeuristicPlanner, createOrchestrator } from '../../../hrm/index.js';
import { createJobRunner, createVirtualRunner } from '../../../irp/index.js';
import { createMetabolism } from '../../../metabolism/index.js';
import { createAttentionPlugin } from '../../../plugins/attention/index.js';
import { createSalienceScorer } from '../../../salience/index.js';
import { trivialPlugin } from './whole-cycle.js';

/** CPU time of this process, µs: other work on the machine distorts it less than wall time. */
export const cpuNow_us = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** New embeddings beyond the size of the memory, so that each is new to it. */
const RING_FACTOR = 1.25;
const READINGS_WARM = 30;

/** SNARC alone, with full memories: CPU µs per cycle. */
export function salience_us(sources: number, dimension: number, memory_size: number, cycles: number): number {
  const random = seededRandom(1);
  const scorer = createSalienceScorer({ ...defaultParameters().salience, memory_size });
  const ring = Array.from({ length: Math.ceil(RING_FACTOR * memory_size) }, () =>
    Float32Array.from({ length: dimension }, () => random.next() - 0.5),
  );
  const context = { reward: new Map<string, number>(), conflict: new Map<string, number>() };
  const score = (count: number) => {
    const readings = Array.from({ length: sources }, (_, source): SalienceReading => {
      const embedding = ring[(count + 31 * source) % ring.length]!;
      return { source: `s${source}`, age_ms: 0, stale: false, fresh: true, embedding, weights: null };
    });
    scorer.score(readings, { ...context, now_ms: count * 50 });
  };
  const begin = memory_size + READINGS_WARM;
  for (let count = 0; count < begin; count++) score(count);
  const began_us = cpuNow_us();
  for (let count = begin; count < begin + cycles; count++) score(count);
  return (cpuNow_us() - began_us) / cycles;
}

const H_STEPS = 600;

function awake(breadth: number): MetabolicStatus {
  const { metabolism, hrm } = defaultParameters();
  const still = { surprise: 0, performance: null, safety_event: null, settled: null, battery_fraction: null };
  const inputs = { ...still, now_ms: 0, dt_s: 0.05, charging: false, request: null, busy: true };
  const status = createMetabolism(metabolism, hrm.atp_per_s).advance(inputs);
  return { ...status, attention_breadth: breadth };
}

/** Plan, grants, reports, trust and integration of one H-step over `plugins` running plugins: median µs. */
export async function hStep_us(plugins: number): Promise<number> {
  const list = Array.from({ length: plugins }, (_, index) => trivialPlugin(`p${index}`, 200));
  const policy = awake(plugins);
  const orchestrator = createOrchestrator(defaultParameters().hrm, list);
  const planner = createHeuristicPlanner();
  const runner = createVirtualRunner(list, { cost_ms: {}, default_cost_ms: 5, jobs_max: plugins + 8 });
  const source = seededRandom(1);
  const random = () => source.next();
  const running = new Set<string>();
  let seen = { trust: {} as Readonly<Record<string, number>>, h_energy: 0 };
  const times_us: number[] = [];
  for (let step = 0; step < H_STEPS; step++) {
    await runner.advance(50);
    const reports = runner.drain();
    const common = {
      resource: 'vision' as const,
      sources: [],
      task: null,
      goal_need: 0.5,
      last_result_ms: null,
    };
    const offers: JobOffer[] = list.map(({ id }) => ({ plugin: id, ...common, running: running.has(id) }));
    const inputs = { now_ms: step * 50, dt_s: 0.05, policy, offers, random };
    const began_ms = performance.now();
    const plan = planner.plan({ ...inputs, ...seen, salience: [], goal: null, energies: {} });
    const result = orchestrator.hStep({ ...inputs, plan, reports });
    times_us.push((performance.now() - began_ms) * 1000);
    seen = { trust: result.trust, h_energy: result.h_energy };
    running.clear();
    for (const { plugin, finished } of result.results) if (!finished) running.add(plugin);
    for (const command of result.commands) {
      if (command.kind === 'start') running.add(command.plugin);
      runner.submit(command);
    }
  }
  runner.close();
  // The median of the later half: one H-step is too short for the CPU clock, and others share the machine.
  return times_us.slice(H_STEPS / 2).sort((a, b) => a - b)[H_STEPS / 4]!;
}

/** What a step costs in the runner beyond a bare loop that calls the same plugin, CPU µs. */
export async function stepOverhead_us(steps: number): Promise<number> {
  const plugin = trivialPlugin('p', steps);
  const context = { step_idx: 0, random: () => 0, signal: new AbortController().signal };
  const bareBegan_us = cpuNow_us();
  let state = plugin.project((await plugin.initState(null, context)) as number);
  let best = plugin.energy(state);
  for (let step = 0; step < steps; step++) {
    state = plugin.project(plugin.step(state, context) as number);
    best = Math.min(best, plugin.energy(state));
  }
  const bare_us = cpuNow_us() - bareBegan_us;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const runner = createJobRunner([plugin], { cpuNow_ms: () => performance.now(), yieldToLoop: turn });
  const began_us = cpuNow_us();
  const start = { kind: 'start', job_id: 'j', plugin: 'p', task: null, seed: 1 } as const;
  runner.submit({ ...start, grant_matp: 1e9, max_steps: steps });
  while (runner.live_jobs > 0) await turn();
  const run_us = cpuNow_us() - began_us;
  const [report] = runner.drain();
  if (report?.best_energy !== best) throw new RangeError(`the runs differ: ${report?.halt_detail}`);
  return (run_us - bare_us) / steps;
}

const ROWS = 12;
const COLUMNS = 16;

/** One refinement of attention over five sources and 12 × 16 patches, runner included: CPU µs, and its steps. */
export async function attention_us(
  refinements: number,
): Promise<{ readonly us: number; readonly steps: number }> {
  const plugin = createAttentionPlugin(defaultParameters().attention);
  const random = seededRandom(1);
  const runner = createVirtualRunner([plugin], { cost_ms: {}, default_cost_ms: 0.001 });
  const start = { kind: 'start', plugin: plugin.id, grant_matp: 1e9, max_steps: 1000, seed: 1 } as const;
  let steps = 0;
  const began_us = cpuNow_us();
  for (let count = 0; count < refinements; count++) {
    const surprise = Float32Array.from({ length: ROWS * COLUMNS }, () => random.next() ** 8);
    const sources = Array.from({ length: 5 }, (_, index) => ({ source: `s${index}`, score: random.next() }));
    const patches = { source: 'camera', rows: ROWS, columns: COLUMNS, surprise, goal: null };
    runner.submit({ ...start, job_id: `a${count}`, task: { stamp_ms: 0, sources, patches } });
    await runner.advance(1);
    steps += runner.drain()[0]?.steps ?? 0;
  }
  return { us: (cpuNow_us() - began_us) / refinements, steps: steps / refinements };
}
