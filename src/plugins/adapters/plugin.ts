import type { AdapterAnswer, AdapterModel, AdapterTask, Region } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { BatchItem, InferencePort, Tensor } from '../../contracts/inference.js';
import type { HaltReason, IrpDeclaration, IrpPlugin, StepContext } from '../../contracts/irp.js';
import { combine, labelsOf, type Part, partOf } from './answers.js';
import {
  checkFrame,
  constantTensor,
  type InputForm,
  inputForm,
  inputTensor,
  type Placed,
  place,
  regionsOf,
  soundTensor,
} from './input.js';

/** Energy before the first look. */
const ENERGY_OF_NOTHING = 1;
const DEADLINE_MS = 10_000;
const LOOK_ATP = 10;

/** One state of a refinement; immutable. */
interface AdapterState {
  readonly task: AdapterTask;
  /** Regions to look at; null: no image. */
  readonly regions: readonly (Region | null)[];
  /** Looks so far, and how many of them failed. */
  readonly looked: number;
  readonly failed: number;
  /** Results of the successful looks. */
  readonly parts: readonly Part[];
  readonly together: Part | null;
  readonly model_ms: number;
}

/** Describes what is looked at. */
function looksOf({ tiles, things }: AdapterModel['adapter']): string {
  const parts = [
    ...(tiles > 1 ? [`${tiles ** 2} parts`] : []),
    ...(things > 0 ? [`up to ${things} things`] : []),
  ];
  return parts.length === 0 ? 'one look' : `a look at the whole, then at ${parts.join(' and ')}`;
}

function declarationOf({ id, adapter, vision, audio }: AdapterModel): IrpDeclaration {
  const senses = [vision && 'picture', audio && 'sound'].filter((sense) => sense !== null).join(' and ');
  return {
    state_space: `what ${id} (${adapter.kind}) said in ${looksOf(adapter)}`,
    noise_model: 'none: the model answers once per look and is not asked again',
    energy: 'half how unsure the model is, half the share of the looks that are left to do',
    coherence_contribution: `${adapter.kind} of ${senses} as a source of salience, and doubt where it contradicts`,
  };
}

/** One look and its feed; `region` is null for a model without an image. */
interface Look {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly placed: Placed | null;
}

/**
 * Makes a refinement of a user's one-shot model without pretending otherwise: each step is one look, first at
 * the whole frame and then, with tiles or things, at parts of it; with `batch`, each step is that many looks
 * in one run. Without parts there is only one step.
 */
class AdapterPlugin implements IrpPlugin<AdapterTask, AdapterState, AdapterAnswer> {
  readonly id: string;
  readonly declaration: IrpDeclaration;
  readonly resource = 'vision';
  readonly cost;
  readonly limits;
  private readonly form;

  constructor(
    private readonly model: AdapterModel,
    private readonly inference: InferencePort,
  ) {
    this.id = model.id;
    this.declaration = declarationOf(model);
    this.form = formOf(model);
    const { tiles, things, batch } = model.adapter;
    const looks_max = this.form === null ? 1 : 1 + (tiles > 1 ? tiles ** 2 : 0) + things;
    // A step is charged for the largest batch it may run.
    this.cost = { init_atp: 1, step_atp: LOOK_ATP * Math.min(batch, looks_max) };
    this.limits = {
      max_steps: Math.ceil(looks_max / batch),
      deadline_ms: DEADLINE_MS,
      halt_eps: 0,
      halt_k: 1,
      feasible_margin: null,
    };
  }

  /** @throws SageError SAGE_201, SAGE_202 for an unusable frame, SAGE_508 for sound of the wrong length. */
  initState(task: AdapterTask): AdapterState {
    if (this.form !== null) checkFrame(requireSense(this.id, 'picture', task.frame));
    if (this.model.audio !== null)
      soundTensor(this.id, requireSense(this.id, 'sound', task.sound), this.model.audio);
    return {
      task,
      regions: this.regionsOf(task),
      looked: 0,
      parts: [],
      failed: 0,
      together: null,
      model_ms: 0,
    };
  }

  /** Regions to look at, in order; a single null for a model without an image. */
  private regionsOf({ frame, things }: AdapterTask): readonly (Region | null)[] {
    const { tiles, things: things_max } = this.model.adapter;
    if (this.form === null || frame === null) return [null];
    return [...regionsOf(frame, tiles), ...things.slice(0, things_max)];
  }

  energy({ together, looked, regions }: AdapterState): number {
    if (together === null) return ENERGY_OF_NOTHING;
    return 0.5 * together.uncertainty + 0.5 * (1 - looked / regions.length);
  }

  /**
   * One look, or a batch of them. A failed look is skipped.
   * @throws SageError those of the inference port, SAGE_517 for an output of another form; if all looks fail,
   * the error of the first.
   */
  async step(before: AdapterState, { signal }: StepContext): Promise<AdapterState> {
    const { model } = this;
    const looks = before.regions
      .slice(before.looked, before.looked + model.adapter.batch)
      .map((region) => lookAt(model, this.form, before.task, region));
    if (looks.length === 0) return before;
    const { items, run_ms } = await this.ask(looks, signal);
    const found = items.flatMap(({ tensors }, i) => {
      return tensors?.[model.output.name] ? [partOf(model, tensors, looks[i]!.placed)] : [];
    });
    const parts = [...before.parts, ...found];
    if (parts.length === 0) throw failureOf(this.id, items, model.output.name);
    return {
      task: before.task,
      regions: before.regions,
      looked: before.looked + looks.length,
      parts,
      failed: before.failed + looks.length - found.length,
      together: combine(model, parts),
      model_ms: before.model_ms + run_ms,
    };
  }

  private async ask(
    looks: readonly Look[],
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly BatchItem[]; readonly run_ms: number }> {
    const { id: model, graph, fetch } = this.model;
    const request = { model, graph, fetch, signal };
    const [first, ...others] = looks;
    if (first && others.length === 0) {
      const { tensors, run_ms } = await this.inference.run({ ...request, inputs: first.inputs });
      return { items: [{ tensors, fault: null }], run_ms };
    }
    const batch = looks.map(({ inputs }) => inputs);
    const { batch: items = [], run_ms } = await this.inference.run({ ...request, inputs: {}, batch });
    return { items, run_ms };
  }

  project(state: AdapterState): AdapterState {
    return state;
  }

  halt(
    _: readonly number[],
    { looked, regions }: AdapterState,
  ): { reason: HaltReason; detail: string } | null {
    if (looked < regions.length) return null;
    return {
      reason: 'feasible',
      detail: regions.length === 1 ? 'a one-shot model has answered' : 'every part was looked at',
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

  emitTelemetry({ together, looked, failed, model_ms }: AdapterState): Readonly<Record<string, number>> {
    const detections = together?.detections.length ?? 0;
    const uncertainty = together?.uncertainty ?? 1;
    return { cpu_ms: model_ms, looks: looked, looks_failed: failed, detections, uncertainty };
  }
}

function lookAt(
  model: AdapterModel,
  form: InputForm | null,
  { frame, sound }: AdapterTask,
  region: Region | null,
): Look {
  const inputs: Record<string, Tensor> = {};
  let placed: Placed | null = null;
  if (form !== null && frame !== null && region !== null) {
    placed = place(region, form, model.adapter.fit);
    inputs[form.name] = inputTensor(frame, placed, form, model.adapter);
  }
  if (model.audio !== null && sound !== null)
    inputs[model.audio.name] = soundTensor(model.id, sound, model.audio);
  for (const value of model.constants)
    inputs[value.name] = constantTensor(model.id, value, model.adapter.constants[value.name]!);
  return { inputs, placed };
}

const formOf = ({ id, vision, adapter }: AdapterModel): InputForm | null =>
  vision && inputForm(id, vision, adapter.size);

/** The feed for a look at the whole. @throws SageError SAGE_517, SAGE_508 if it cannot be made */
export function feedOf(model: AdapterModel, task: AdapterTask): Readonly<Record<string, Tensor>> {
  const [whole = null] = task.frame === null ? [] : regionsOf(task.frame, 1);
  return lookAt(model, formOf(model), task, whole).inputs;
}

/** Why all looks failed. */
function failureOf(id: string, items: readonly BatchItem[], output: string): SageError {
  const fault = items.find((item) => item.fault !== null)?.fault;
  return fault ? SageError.of(fault) : new SageError('SAGE_508', id, `it returned no output "${output}"`);
}

/** The faculty only asks when everything is available. @throws SageError SAGE_508 */
function requireSense<T>(id: string, sense: string, given: T | null): T {
  if (given === null) throw new SageError('SAGE_508', id, `it needs a ${sense}`);
  return given;
}

/** @throws SageError SAGE_517 if an adapter cannot produce the model's input. */
export function createAdapterPlugin(
  model: AdapterModel,
  inference: InferencePort,
): IrpPlugin<AdapterTask, AdapterState, AdapterAnswer> {
  return new AdapterPlugin(model, inference);
}
