import type { InferencePort } from '../../../contracts/inference.js';
import type { IrpPlugin } from '../../../contracts/irp.js';
import { defaultParameters, type Parameters } from '../../../contracts/parameters/index.js';
import { seededRandom } from '../../../contracts/ports.js';
import { createVirtualRunner } from '../../../irp/index.js';
import type { Kernel } from '../../../kernel/kernel.js';
import { LatestBuffers } from '../../../kernel/latest-buffers.js';
import { composeMind, type Extension } from '../../compose.js';

const PERIOD_MS = 50;
/** Steps of a refinement of a trivial plugin: one a cycle, then the next refinement. */
const STEPS = 20;
/** Beyond the size of the memory, so that every embedding is new to it. */
const RING_FACTOR = 1.25;

export interface LoopSize {
  readonly sources: number;
  readonly dimension: number;
  readonly memory_size: number;
  readonly plugins: number;
}

/** What the benchmark asks for (issue 4). */
export const ASKED: LoopSize = { sources: 5, dimension: 256, memory_size: 1000, plugins: 5 };

const noInference: InferencePort = {
  run: () => Promise.reject(new Error('nothing here may run a model')),
  read: () => Promise.reject(new Error('nothing here may read a slot')),
  free: () => {},
};

/** Lowers a number, one step a cycle. */
export function trivialPlugin(id: string, max_steps = STEPS): IrpPlugin<null, number, number> {
  return {
    id,
    declaration: { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' },
    resource: 'vision',
    cost: { init_atp: 0.001, step_atp: 0.001 },
    limits: { max_steps, deadline_ms: 1e9, halt_eps: 0, halt_k: 3, feasible_margin: null },
    initState: () => 1,
    energy: (state) => state,
    step: (state) => state * 0.999,
    project: (state) => state,
    answer: (state) => state,
  };
}

function extension(index: number, sources: number): Extension {
  const id = `trivial-${index}`;
  return {
    plugin: trivialPlugin(id),
    faculty: {
      plugin: id,
      offer: (_situation, running) => ({
        plugin: id,
        resource: 'vision',
        sources: [`source-${index % sources}`],
        task: null,
        goal_need: 0.5,
        running,
        last_result_ms: null,
      }),
      integrate: () => {},
    },
  };
}

/** Awake for ever, with room for all plugins. */
function parametersFor({ memory_size, plugins }: LoopSize): Parameters {
  const { salience, metabolism, ...rest } = defaultParameters();
  return {
    ...rest,
    salience: { ...salience, memory_size },
    metabolism: {
      ...metabolism,
      consumption_per_s: [0, 0, 0, 0, 0],
      attention_breadth: [plugins + 1, plugins + 1, plugins + 1, plugins + 1, plugins + 1],
    },
  };
}

/** The whole mind as it runs on a robot, without ROS: buffers, the cycle, and the runner with trivial plugins. */
export interface Loop {
  readonly kernel: Kernel;
  /** One cycle: every source delivers, every plugin makes a step, the kernel cycles, its commands go to the runner. */
  cycle(): Promise<void>;
  readonly cycles: number;
  /** Refinements running after the last cycle. */
  readonly running: number;
}

/** A loop whose memories are full: every source has delivered more new embeddings than its memory holds. */
export async function fullLoop(size: LoopSize): Promise<Loop> {
  const loop = createLoop(size);
  for (let count = 0; count < size.memory_size + 50; count++) await loop.cycle();
  return loop;
}

export function createLoop(size: LoopSize): Loop {
  const parameters = parametersFor(size);
  const extensions = Array.from({ length: size.plugins }, (_, index) => extension(index, size.sources));
  const { kernel, plugins } = composeMind(parameters, noInference, extensions);
  const runner = createVirtualRunner(plugins, {
    cost_ms: { attention: 0.1 },
    default_cost_ms: PERIOD_MS,
    jobs_max: size.plugins + 4,
  });
  const buffers = new LatestBuffers();
  const random = seededRandom(1);
  const ring = Array.from({ length: Math.ceil(RING_FACTOR * size.memory_size) }, () =>
    Float32Array.from({ length: size.dimension }, () => random.next() - 0.5),
  );
  let cycles = 0;
  let running = 0;
  return {
    kernel,
    get cycles() {
      return cycles;
    },
    get running() {
      return running;
    },
    async cycle(): Promise<void> {
      const stamp_ms = 1e6 + cycles * PERIOD_MS;
      for (let source = 0; source < size.sources; source++) {
        const embedding = ring[(cycles + 31 * source) % ring.length]!;
        const common = { source: `source-${source}`, stamp_ms, received_ms: stamp_ms };
        buffers.put({ kind: 'embedding', ...common, embedding, weights: null });
      }
      await runner.advance(PERIOD_MS);
      const inputs = { observations: buffers.drain(), now_ms: stamp_ms, reports: runner.drain() };
      const effects = kernel.cycle(inputs);
      for (const command of effects.jobs) runner.submit(command);
      running = effects.report.running.length;
      cycles++;
    },
  };
}
