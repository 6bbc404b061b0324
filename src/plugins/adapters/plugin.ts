import type { AdapterAnswer, AdapterModel, AdapterTask } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { InferencePort, Tensor } from '../../contracts/inference.js';
import type { HaltReason, IrpDeclaration, IrpPlugin, StepContext } from '../../contracts/irp.js';
import { combine, labelsOf, type Part, partOf } from './answers.js';
import { checkFrame, inputForm, inputTensor, type Placed, place, regionsOf, soundTensor } from './input.js';

/** Energy of a frame that was not looked at yet. */
const ENERGY_OF_NOTHING = 1;
const DEADLINE_MS = 10_000;

/** One state of a refinement; never changed once made. */
export interface AdapterState {
  readonly task: AdapterTask;
  /** What each look so far gave. */
  readonly parts: readonly Part[];
  readonly together: Part | null;
  readonly model_ms: number;
}

function declarationOf({ id, adapter, vision, audio }: AdapterModel): IrpDeclaration {
  const senses = [vision && 'picture', audio && 'sound'].filter((sense) => sense !== null).join(' and ');
  const looks = adapter.tiles === 1 ? 'one look' : `a look at the whole, then at ${adapter.tiles ** 2} parts`;
  return {
    state_space: `what ${id} (${adapter.kind}) said in ${looks}`,
    noise_model: 'none: the model answers once per look and is not asked again',
    energy: 'half how unsure the model is, half the share of the looks that are left to do',
    coherence_contribution: `${adapter.kind} of ${senses} as a source of salience, and doubt where it contradicts`,
  };
}

/**
 * A user's one-shot model as a refinement that is honest about it: each step is one look, at the whole frame first and
 * then, with tiles, at its parts in turn. Without tiles one step is all there is.
 */
class AdapterPlugin implements IrpPlugin<AdapterTask, AdapterState, AdapterAnswer> {
  readonly id: string;
  readonly declaration: IrpDeclaration;
  readonly resource = 'vision';
  readonly cost = { init_atp: 1, step_atp: 10 };
  readonly limits;
  private readonly form;
  private readonly looks: number;

  constructor(
    private readonly model: AdapterModel,
    private readonly inference: InferencePort,
  ) {
    this.id = model.id;
    this.declaration = declarationOf(model);
    this.form = model.vision && inputForm(model.id, model.vision, model.adapter.size);
    this.looks = this.form === null || model.adapter.tiles === 1 ? 1 : 1 + model.adapter.tiles ** 2;
    this.limits = {
      max_steps: this.looks,
      deadline_ms: DEADLINE_MS,
      halt_eps: 0,
      halt_k: 1,
      feasible_margin: null,
    };
  }

  /** @throws SageError SAGE_201, SAGE_202 for a frame that cannot be used, SAGE_508 for a sound of another length. */
  initState(task: AdapterTask): AdapterState {
    if (this.form !== null) checkFrame(requireSense(this.id, 'picture', task.frame));
    if (this.model.audio !== null)
      soundTensor(this.id, requireSense(this.id, 'sound', task.sound), this.model.audio);
    return { task, parts: [], together: null, model_ms: 0 };
  }

  energy({ together, parts }: AdapterState): number {
    if (together === null) return ENERGY_OF_NOTHING;
    return 0.5 * together.uncertainty + 0.5 * (1 - parts.length / this.looks);
  }

  /** One look. @throws SageError those of the inference port, SAGE_517 for an output of another form. */
  async step(before: AdapterState, { signal }: StepContext): Promise<AdapterState> {
    const { model, form } = this;
    const { frame, sound } = before.task;
    if (before.parts.length >= this.looks) return before;
    const inputs: Record<string, Tensor> = {};
    let placed: Placed | null = null;
    if (form !== null && frame !== null) {
      placed = place(regionsOf(frame, model.adapter.tiles)[before.parts.length]!, form, model.adapter.fit);
      inputs[form.name] = inputTensor(frame, placed, form, model.adapter);
    }
    if (model.audio !== null && sound !== null)
      inputs[model.audio.name] = soundTensor(this.id, sound, model.audio);
    const { tensors, run_ms } = await this.inference.run({
      model: model.id,
      graph: model.graph,
      inputs,
      fetch: [model.output.name],
      signal,
    });
    const output = tensors[model.output.name];
    if (!output) throw new SageError('SAGE_508', this.id, `it gave no output "${model.output.name}"`);
    const parts = [...before.parts, partOf(model, output, placed)];
    return {
      task: before.task,
      parts,
      together: combine(model, parts),
      model_ms: before.model_ms + run_ms,
    };
  }

  project(state: AdapterState): AdapterState {
    return state;
  }

  halt(_: readonly number[], { parts }: AdapterState): { reason: HaltReason; detail: string } | null {
    if (parts.length < this.looks) return null;
    return {
      reason: 'feasible',
      detail: this.looks === 1 ? 'a one-shot model has answered' : 'every part was looked at',
    };
  }

  answer({ task, together }: AdapterState): AdapterAnswer {
    return {
      stamp_ms: task.stamp_ms,
      embedding: together?.vector ?? new Float32Array(0),
      uncertainty: together?.uncertainty ?? 1,
      detections: together?.detections ?? [],
      labels: together ? labelsOf(this.model, together.vector) : [],
    };
  }

  emitTelemetry({ together, parts, model_ms }: AdapterState): Readonly<Record<string, number>> {
    const detections = together?.detections.length ?? 0;
    return { cpu_ms: model_ms, looks: parts.length, detections, uncertainty: together?.uncertainty ?? 1 };
  }
}

/** Its faculty asks only when everything is there. @throws SageError SAGE_508 */
function requireSense<T>(id: string, sense: string, given: T | null): T {
  if (given === null) throw new SageError('SAGE_508', id, `it needs a ${sense}`);
  return given;
}

/** @throws SageError SAGE_517 where the model's input is no image that an adapter can make. */
export function createAdapterPlugin(
  model: AdapterModel,
  inference: InferencePort,
): IrpPlugin<AdapterTask, AdapterState, AdapterAnswer> {
  return new AdapterPlugin(model, inference);
}
