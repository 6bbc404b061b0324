import type { AttentionAnswer, AttentionTask } from '../../contracts/attention.js';
import type { IrpDeclaration, IrpPlugin, StepContext } from '../../contracts/irp.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { softmax } from '../../salience/index.js';
import { evidenceOf } from './evidence.js';
import { divergence, entropyOf, projectOntoSimplex } from './simplex.js';

type AttentionParameters = Parameters['attention'];

/** Lower bound on final shares: the divergence from 0 would be infinite. */
const SHARE_MIN = 1e-300;
const DEADLINE_MS = 500;
const HALT_EPS = 1e-4;
const HALT_K = 3;

const DECLARATION: IrpDeclaration = {
  state_space: 'two probability simplices: shares of the sources, shares of the patches of the camera image',
  noise_model: 'temperature, cooled geometrically from temperature_start (all alike) to temperature_end',
  energy: 'free energy at temperature_end above its minimum, in units of that temperature, nats',
  coherence_contribution:
    'which sources the planner favours, which of several objects is meant, when vision looks',
};

/** One simplex: the scores of its places, its final shares, and its current shares. */
interface Field {
  readonly scores: Float64Array;
  readonly end: Float64Array;
  readonly shares: Float64Array;
}

/** One state of a refinement; immutable. */
export interface AttentionState {
  readonly task: AttentionTask;
  readonly temperature: number;
  readonly fields: readonly Field[];
}

/**
 * Attention as an iterative refinement (seeds/002): shares on the probability simplex whose entropy falls as
 * the temperature does.
 *
 * A step of mirror descent with the entropic mirror map goes a fraction `rate` towards the minimum of the
 * free energy F_T(p) = −Σ p·score − T·H(p) at the current temperature, p ∝ exp(score / T), along the
 * geometric mean: p ← p^(1−rate) · exp(rate · score / T); the projection normalises. From equal shares, every
 * state is p ∝ exp(β·score) with an increasing β, so the entropy falls with every step.
 *
 * The energy is F at the final temperature above its minimum, over that temperature: KL(p ‖ p_end), 0 on
 * arrival. It is not F at the current temperature, whose minimum rises while it cools (dF/dT = −H), so that a
 * better map would score higher. With p as above, its derivative by β is (β − β_end)·Var(score) ≤ 0: it never
 * rises.
 *
 * Stopped early, attention is broader than its final state. The end has a closed form; the point of the steps
 * is that a short budget leaves attention broad.
 */
class AttentionPlugin implements IrpPlugin<AttentionTask, AttentionState, AttentionAnswer> {
  readonly id = 'attention';
  readonly declaration = DECLARATION;
  readonly resource = 'vision';
  readonly cost = { init_atp: 0.1, step_atp: 0.02 };
  readonly limits;

  constructor(private readonly parameters: AttentionParameters) {
    this.limits = {
      max_steps: parameters.steps_max,
      deadline_ms: DEADLINE_MS,
      halt_eps: HALT_EPS,
      halt_k: HALT_K,
      feasible_margin: null,
    };
  }

  initState(task: AttentionTask): AttentionState {
    const { temperature_end } = this.parameters;
    const scores = [Float64Array.from(task.sources, ({ score }) => finite(score)), this.patchScores(task)];
    const fields = scores
      .filter(({ length }) => length > 0)
      .map((field) => ({
        scores: field,
        end: Float64Array.from(softmax([...field].map((score) => score / temperature_end)), (share) =>
          Math.max(SHARE_MIN, share),
        ),
        shares: new Float64Array(field.length).fill(1),
      }));
    return { task, temperature: this.temperature_start, fields };
  }

  energy({ fields }: AttentionState): number {
    return fields.reduce((sum, { shares, end }) => sum + divergence(shares, end), 0);
  }

  step({ task, fields }: AttentionState, { step_idx }: StepContext): AttentionState {
    const temperature = this.temperatureAt(step_idx);
    return { task, temperature, fields: fields.map((field) => this.cooled(field, temperature)) };
  }

  /** Projects onto the simplex, in place: nothing else holds a state before its projection. */
  project(state: AttentionState): AttentionState {
    for (const { shares } of state.fields) projectOntoSimplex(shares);
    return state;
  }

  answer({ task, temperature, fields }: AttentionState): AttentionAnswer {
    const withSources = task.sources.length > 0;
    const sources = withSources ? fields[0]! : null;
    const patches = fields[withSources ? 1 : 0] ?? null;
    return {
      stamp_ms: task.stamp_ms,
      sources: task.sources.map(({ source }, index) => ({ source, share: sources?.shares[index] ?? 0 })),
      map:
        task.patches === null || patches === null
          ? null
          : {
              source: task.patches.source,
              rows: task.patches.rows,
              columns: task.patches.columns,
              shares: Float32Array.from(patches.shares),
            },
      evidence: evidenceOf(task.patches, patches?.shares ?? null, this.parameters),
      entropy_nats: fields.reduce((sum, { shares }) => sum + entropyOf(shares), 0),
      temperature,
    };
  }

  emitTelemetry({ temperature, fields }: AttentionState): Readonly<Record<string, number>> {
    return {
      temperature,
      entropy_nats: fields.reduce((sum, { shares }) => sum + entropyOf(shares), 0),
    };
  }

  /** Score of each patch: its surprise, plus the goal weighted by goal_bias. */
  private patchScores({ patches }: AttentionTask): Float64Array {
    if (patches === null) return new Float64Array(0);
    const { surprise, goal } = patches;
    return Float64Array.from(
      surprise,
      (value, index) => finite(value) + this.parameters.goal_bias * finite(goal?.[index] ?? 0),
    );
  }

  private temperatureAt(step_idx: number): number {
    const { temperature_end, cooling_steps } = this.parameters;
    const share = Math.min(1, (step_idx + 1) / cooling_steps);
    return this.temperature_start * (temperature_end / this.temperature_start) ** share;
  }

  /** Never below the end: the annealing only cools. */
  private get temperature_start(): number {
    return Math.max(this.parameters.temperature_start, this.parameters.temperature_end);
  }

  private cooled(field: Field, temperature: number): Field {
    const { rate } = this.parameters;
    const { scores, end } = field;
    const shares = new Float64Array(scores.length);
    let largest = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < scores.length; index++) {
      const log = (1 - rate) * Math.log(Math.max(SHARE_MIN, field.shares[index]!));
      shares[index] = log + (rate * scores[index]!) / temperature;
      if (shares[index]! > largest) largest = shares[index]!;
    }
    for (let index = 0; index < shares.length; index++) shares[index] = Math.exp(shares[index]! - largest);
    return { scores, end, shares };
  }
}

const finite = (value: number) => (Number.isFinite(value) ? value : 0);

/** Attention over sources and image patches, see the class. Pure: no model, a few microseconds per step. */
export function createAttentionPlugin(
  parameters: AttentionParameters,
): IrpPlugin<AttentionTask, AttentionState, AttentionAnswer> {
  return new AttentionPlugin(parameters);
}
