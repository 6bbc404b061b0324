/**
 * What the mind costs, without ROS, sensors or models. `npx tsx bench/mind.bench.ts [--json]`; about 20 seconds.
 * CPU time, not wall time, so that other work on the machine distorts it less.
 */
import { pathToFileURL } from 'node:url';
import type { IrpPlugin } from '../src/contracts/irp.js';
import type { MetabolicStatus } from '../src/contracts/metabolism.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import type { JobOffer } from '../src/contracts/plan.js';
import { seededRandom } from '../src/contracts/ports.js';
import type { SalienceReading } from '../src/contracts/salience.js';
import { createHeuristicPlanner, createOrchestrator } from '../src/hrm/index.js';
import { createJobRunner, createVirtualRunner } from '../src/irp/index.js';
import { createMetabolism } from '../src/metabolism/index.js';
import { createSalienceScorer } from '../src/salience/index.js';

const cpuNow_us = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** CPU µs per call of `work`, over at least `least_ms`, after a warm-up. */
function perCall_us(work: (count: number) => void, least_ms = 700): number {
  for (let count = 0; count < 50; count++) work(count);
  const began_us = cpuNow_us();
  let calls = 0;
  while (cpuNow_us() - began_us < least_ms * 1000) {
    for (let burst = 0; burst < 20; burst++) work(calls++);
  }
  return (cpuNow_us() - began_us) / calls;
}

/** Random embeddings, each unlike the others: the memory fills, and every reading is compared with all of it. */
export function salience_us(sources: number, dimension: number, memory_size: number): number {
  const random = seededRandom(1);
  const scorer = createSalienceScorer({ ...defaultParameters().salience, memory_size });
  const embeddings = Array.from({ length: 257 }, () =>
    Float32Array.from({ length: dimension }, () => random.next() - 0.5),
  );
  const at = (count: number): SalienceReading[] =>
    Array.from({ length: sources }, (_, source) => ({
      source: `s${source}`,
      age_ms: 0,
      stale: false,
      fresh: true,
      embedding: embeddings[(count + 31 * source) % embeddings.length]!,
      weights: null,
    }));
  // New random embeddings until the memory is full; after that they come round again.
  const refresh = (count: number) => {
    const embedding = embeddings[count % embeddings.length]!;
    for (let index = 0; index < dimension; index++) embedding[index] = random.next() - 0.5;
  };
  const context = { reward: new Map<string, number>(), conflict: new Map<string, number>() };
  for (let count = 0; count < memory_size + 30; count++) {
    refresh(count);
    scorer.score(at(count), { ...context, now_ms: count * 50 });
  }
  return perCall_us((count) => scorer.score(at(count), { ...context, now_ms: count * 50 }));
}

const trivial = (id: string, max_steps = 200): IrpPlugin<unknown, number, number> => ({
  id,
  declaration: { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' },
  resource: 'time',
  cost: { init_atp: 0.001, step_atp: 0.001 },
  limits: { max_steps, deadline_ms: 1e9, halt_eps: 0, halt_k: 3, feasible_margin: null },
  initState: () => 1,
  energy: (state) => state,
  step: (state) => state * 0.999999,
  project: (state) => state,
  answer: (state) => state,
});

const AWAKE: MetabolicStatus = {
  ...createMetabolism(defaultParameters().metabolism, 1000).advance({
    now_ms: 0,
    dt_s: 0.05,
    surprise: 0,
    performance: null,
    safety_event: null,
    battery_fraction: null,
    charging: false,
    request: null,
    busy: true,
  }),
};

/** One H-step with plan, grants, reports, trust and integration over `plugins` running plugins. */
export async function hStep_us(plugins: number): Promise<number> {
  const list = Array.from({ length: plugins }, (_, index) => trivial(`p${index}`));
  const policy = { ...AWAKE, attention_breadth: plugins };
  const orchestrator = createOrchestrator(defaultParameters().hrm, list);
  const planner = createHeuristicPlanner();
  const runner = createVirtualRunner(list, { cost_ms: {}, default_cost_ms: 5, jobs_max: plugins });
  const random = seededRandom(1);
  const offers: JobOffer[] = list.map(({ id, resource }) => ({
    plugin: id,
    resource,
    sources: [],
    task: null,
    goal_need: 0.5,
    running: true,
    last_result_ms: null,
  }));
  let trust: Readonly<Record<string, number>> = {};
  const times_us: number[] = [];
  for (let round = 0; round < 400; round++) {
    await runner.advance(50);
    const reports = runner.drain();
    const began_ms = performance.now();
    const now_ms = round * 50;
    const plan = planner.plan({
      now_ms,
      salience: [],
      policy,
      trust,
      goal: null,
      offers,
      energies: {},
      h_energy: 0,
      random: () => random.next(),
    });
    const inputs = { now_ms, dt_s: 0.05, policy, plan, offers, reports, random: () => random.next() };
    const result = orchestrator.hStep(inputs);
    times_us.push((performance.now() - began_ms) * 1000);
    ({ trust } = result);
    for (const command of result.commands) runner.submit(command);
  }
  // The median of the later half: one H-step is too short for the CPU clock, and others share the machine.
  return times_us.slice(200).sort((a, b) => a - b)[100]!;
}

/** What a step costs in the runner beyond a bare loop that calls the same plugin. */
export async function stepOverhead_us(): Promise<number> {
  const steps = 200_000;
  const plugin = trivial('p', steps);
  const context = { step_idx: 0, random: () => 0, signal: new AbortController().signal };
  const bareBegan_us = cpuNow_us();
  let state = plugin.initState(null, context) as number;
  let best = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    state = plugin.project(plugin.step(state, context) as number);
    best = Math.min(best, plugin.energy(state));
  }
  const bare_us = cpuNow_us() - bareBegan_us;
  const runner = createJobRunner([plugin], {
    cpuNow_ms: () => performance.now(),
    yieldToLoop: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const began_us = cpuNow_us();
  runner.submit({ kind: 'start', job_id: 'j', plugin: 'p', task: null, grant_matp: 1e9, max_steps: steps, seed: 1 });
  while (runner.live_jobs > 0) await new Promise((resolve) => setImmediate(resolve));
  const run_us = cpuNow_us() - began_us;
  const [report] = runner.drain();
  if (report?.steps !== steps || report.best_energy !== best) throw new Error('the runs differ');
  return (run_us - bare_us) / steps;
}

export async function benchMind() {
  const five_us = salience_us(5, 256, 1000);
  const growth = {
    memory: [250, 500, 1000, 2000, 4000].map((size) => ({ memory_size: size, us: round(salience_us(5, 256, size)) })),
    sources: [1, 2, 5, 10, 20].map((count) => ({ sources: count, us: round(salience_us(count, 256, 1000)) })),
  };
  const plugins = [];
  for (const count of [1, 5, 20, 100]) plugins.push({ plugins: count, us: round(await hStep_us(count)) });
  return {
    salience_5x256x1000_us: round(five_us),
    salience_cycles_per_s: Math.round(1e6 / five_us),
    camera_576_us: round(salience_us(1, 576, 1000)),
    h_step: plugins,
    step_overhead_us: round(await stepOverhead_us()),
    growth,
  };
}

const round = (value: number) => Math.round(value * 100) / 100;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const figures = await benchMind();
  console.log(JSON.stringify(figures, null, process.argv.includes('--json') ? 0 : 2));
}
