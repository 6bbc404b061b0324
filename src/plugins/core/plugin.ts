import { SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferencePort, Tensor } from '../../contracts/inference.js';
import {
  type IrpDeclaration,
  type IrpPlugin,
  RESOURCES,
  type Resource,
  type StepContext,
} from '../../contracts/irp.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { CORE, CORE_CONTEXT, CORE_TOKENS, type CoreAdvice, type CoreTask } from '../../hrm/index.js';

const GRAPH = 'cycle';
/** By then the situation it was given has passed, ms. */
const DEADLINE_MS = 1000;
/** Approximate cost of a cycle of the edge core, ms of one core; see docs/models/core.md. */
const COST = { init_atp: 0.5, step_atp: 1 };

const DECLARATION: IrpDeclaration = {
  state_space: 'states h and l of the H/L network, carried on from one refinement to the next',
  noise_model: 'what the first thought leaves undecided',
  energy: 'one minus the probability that more cycles would not change the decision',
  coherence_contribution: 'which plugins run, and who has which share of the ATP',
};

/** One state of a refinement; immutable. */
interface CoreState {
  readonly task: CoreTask;
  readonly h: Float32Array;
  readonly l: Float32Array;
  readonly width: number;
  /** Null before the first cycle. */
  readonly advice: CoreAdvice | null;
  /** Inference time so far, ms. */
  readonly model_ms: number;
}

interface CorePluginDeps {
  readonly inference: InferencePort;
  readonly parameters: Pick<Parameters, 'plan'>;
  /** Width of the model's hidden states. */
  readonly width?: number;
}

/**
 * The H/L core as a plugin: a step is one reasoning cycle (one run of the graph), and it halts when the
 * network signals it is done (`plan.halt`). Its states h and l carry over from one refinement to the next.
 */
export function createCorePlugin(deps: CorePluginDeps): IrpPlugin<CoreTask, CoreState, CoreAdvice | null> {
  return new CorePlugin(deps);
}

class CorePlugin implements IrpPlugin<CoreTask, CoreState, CoreAdvice | null> {
  readonly id = CORE;
  readonly declaration = DECLARATION;
  readonly resource = 'time';
  readonly cost = COST;
  readonly limits;
  private readonly inference: InferencePort;
  private readonly plan: Parameters['plan'];
  private readonly width: number;
  private carried: { readonly h: Float32Array; readonly l: Float32Array } | null = null;

  constructor({ inference, parameters, width = 128 }: CorePluginDeps) {
    this.inference = inference;
    this.plan = parameters.plan;
    this.width = width;
    this.limits = {
      max_steps: 64,
      deadline_ms: DEADLINE_MS,
      halt_eps: 0,
      halt_k: 1,
      feasible_margin: null,
    };
  }

  initState(task: CoreTask): CoreState {
    const { width } = this;
    const zeros = () => new Float32Array(CORE_TOKENS * width);
    const { h, l } = this.carried ?? { h: zeros(), l: zeros() };
    return { task, h, l, width, advice: null, model_ms: 0 };
  }

  energy({ advice }: CoreState): number {
    return advice === null ? 1 : 1 - advice.halt;
  }

  /**
   * @throws SageError SAGE_508 if the model's outputs are not those of a core; those of the inference port.
   */
  async step(before: CoreState, { signal }: StepContext): Promise<CoreState> {
    const { seen, stamp_ms } = before.task;
    const tensor = (data: Float32Array, ...dims: number[]): Tensor => ({ type: 'float32', dims, data });
    const state = [1, CORE_TOKENS, before.width] as const;
    const outputs = await this.inference.run({
      model: this.plan.model,
      graph: GRAPH,
      inputs: {
        h: tensor(before.h, ...state),
        l: tensor(before.l, ...state),
        context: tensor(seen.context, 1, CORE_TOKENS, CORE_CONTEXT),
        salience: tensor(seen.salience, 1, CORE_TOKENS, 5),
        present: tensor(seen.present, 1, CORE_TOKENS),
      },
      fetch: ['next_h', 'next_l', 'actions', 'halt', 'resources'],
      signal,
    });
    const h = floats(outputs, 'next_h', before.h.length);
    const l = floats(outputs, 'next_l', before.l.length);
    this.carried = { h, l };
    const advice: CoreAdvice = {
      stamp_ms,
      wanted: wantedOf(seen.plugins, floats(outputs, 'actions', CORE_TOKENS)),
      shares: sharesOf(floats(outputs, 'resources', RESOURCES.length)),
      halt: floats(outputs, 'halt', 1)[0]!,
      cycles: (before.advice?.cycles ?? 0) + 1,
    };
    return { ...before, h, l, advice, model_ms: before.model_ms + outputs.run_ms };
  }

  project(state: CoreState): CoreState {
    return state;
  }

  halt(_energies: readonly number[], { advice }: CoreState): { reason: 'feasible'; detail: string } | null {
    if (advice === null || advice.halt <= this.plan.halt) return null;
    return { reason: 'feasible', detail: `halt probability ${advice.halt.toFixed(4)} > ${this.plan.halt}` };
  }

  answer({ advice }: CoreState): CoreAdvice | null {
    return advice;
  }

  emitTelemetry({ advice, model_ms }: CoreState): Readonly<Record<string, number>> {
    return { cpu_ms: model_ms, halt: advice?.halt ?? 0 };
  }
}

function floats(outputs: InferenceOutputs, name: string, length: number): Float32Array {
  const data = outputs.tensors[name]?.data;
  if (data instanceof Float32Array && data.length === length) return data;
  throw new SageError('SAGE_508', CORE, `the model gave no "${name}" of ${length} numbers`);
}

/** Sigmoid of the logit of each token that is an offer. */
function wantedOf(plugins: readonly (string | null)[], logits: Float32Array): Record<string, number> {
  return Object.fromEntries(
    plugins.flatMap((plugin, token) =>
      plugin === null ? [] : [[plugin, 1 / (1 + Math.exp(-logits[token]!))]],
    ),
  );
}

function sharesOf(logits: Float32Array): Record<Resource, number> {
  const most = Math.max(...logits);
  const powers = [...logits].map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Object.fromEntries(RESOURCES.map((name, at) => [name, powers[at]! / sum])) as Record<
    Resource,
    number
  >;
}
