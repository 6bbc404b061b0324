import { SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferencePort, RunAhead, Slot } from '../../contracts/inference.js';
import type { IrpDeclaration, IrpPlugin, StepContext } from '../../contracts/irp.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { VisionAnswer, VisionTask } from '../../contracts/vision.js';
import { CELLS, type FrameFit, fitOf, INPUT_HEIGHT, INPUT_WIDTH, modelInput } from './frame.js';
import { type Findings, findObjects } from './objects.js';

/**
 * Energy before the first step: cross-entropy of the uniform distribution over three classes, nats per pixel.
 */
const ENERGY_OF_NOTHING = Math.log(3);
const CLASSES = 3;
/** States kept in the host per frame; beyond this, the oldest is freed and cannot be continued. */
const STATES_MAX = 24;
const FETCHED = ['probs', 'energy', 'confidence'];
const OUTPUTS = [...FETCHED, 'next_state'];
const NOTHING: Findings = { objects: [], robot_share: 0 };

const DECLARATION: IrpDeclaration = {
  state_space: 'feature grid 60 × 80 of a recurrent segmenter, kept in the model host',
  noise_model: 'sensor noise and what one look leaves undecided',
  energy: "the model's estimate of its own cross-entropy, nats per pixel",
  coherence_contribution: 'sharper masks: places and colours of the objects that the arm is to reach',
};

/** Shared by the states of one frame: its placement, and its handles in the host. */
interface FrameSession {
  readonly task: VisionTask;
  readonly fit: FrameFit;
  features: Slot;
  /** The state before the first step; in `states` as long as it is one of the latest. */
  start: Slot;
  /** Oldest first. */
  readonly states: Slot[];
  /** How often the frame was encoded: more than once if the host lost its state. */
  generation: number;
  closed: boolean;
}

/** One state of a refinement; immutable. */
interface VisionState {
  readonly session: FrameSession;
  readonly state: Slot;
  /** Generation of the session when this state was made. */
  readonly generation: number;
  /** 3 × 120 × 160 class probabilities, null before the first step. */
  readonly probs: Float32Array | null;
  readonly energy: number;
  /** Latest energies, oldest first; as many as the slope window. */
  readonly recent: readonly number[];
  /** Expected mean IoU of the masks, 0..1. */
  readonly confidence: number;
  /** Inference time so far, ms. */
  readonly model_ms: number;
}

interface VisionPluginDeps {
  readonly inference: InferencePort;
  readonly parameters: Pick<Parameters, 'vision'>;
  /** Model selected by perception; default as in the parameters. */
  readonly model?: string;
}

function numberOf(outputs: InferenceOutputs, name: string): number {
  const value = outputs.tensors[name]?.data[0];
  if (typeof value !== 'number') throw new SageError('SAGE_508', 'vision', `the model gave no "${name}"`);
  return value;
}

function probsOf(outputs: InferenceOutputs): Float32Array {
  const data = outputs.tensors.probs?.data;
  if (!(data instanceof Float32Array) || data.length !== CLASSES * CELLS) {
    throw new SageError('SAGE_508', 'vision', 'the model gave no probabilities of 3 × 120 × 160');
  }
  return data;
}

function slotOf(outputs: InferenceOutputs, name: string): Slot {
  const slot = outputs.slots[name];
  if (!slot) throw new SageError('SAGE_508', 'vision', `the model kept no "${name}"`);
  return slot;
}

class VisionPlugin implements IrpPlugin<VisionTask, VisionState, VisionAnswer> {
  readonly id = 'vision';
  readonly declaration = DECLARATION;
  readonly resource = 'vision';
  readonly cost = { init_atp: 8, step_atp: 5 };
  /** Extracting the objects costs as much as a step, so it is only done for the last state. */
  readonly interim = false;
  readonly limits;
  private readonly inference: InferencePort;
  private readonly model: string;
  private readonly vision: Parameters['vision'];

  constructor({ inference, parameters, model }: VisionPluginDeps) {
    this.inference = inference;
    this.model = model ?? parameters.vision.model;
    this.vision = parameters.vision;
    const { max_steps, deadline_ms, halt_eps, halt_k } = parameters.vision;
    this.limits = { max_steps, deadline_ms, halt_eps, halt_k, feasible_margin: null };
  }

  /** @throws SageError SAGE_201, SAGE_202 for an unusable frame; those of the inference port. */
  async initState(task: VisionTask, { signal }: StepContext): Promise<VisionState> {
    const fit = fitOf(task.frame);
    const outputs = await this.encode(task, fit, signal);
    const state = slotOf(outputs, 'state0');
    const features = slotOf(outputs, 'features');
    const session: FrameSession = {
      task,
      fit,
      features,
      start: state,
      states: [state],
      generation: 0,
      closed: false,
    };
    if (signal.aborted) {
      // Nobody will receive this state, so nobody else would dispose of it.
      this.release(session);
      throw signal.reason;
    }
    return {
      session,
      state,
      generation: 0,
      probs: null,
      energy: ENERGY_OF_NOTHING,
      recent: [ENERGY_OF_NOTHING].slice(0, this.limits.halt_k),
      confidence: 0,
      model_ms: outputs.run_ms + (outputs.wasted_ms ?? 0),
    };
  }

  private encode({ frame }: VisionTask, fit: FrameFit, signal: AbortSignal): Promise<InferenceOutputs> {
    const dims = [1, INPUT_HEIGHT, INPUT_WIDTH, 3];
    return this.inference.run({
      model: this.model,
      graph: 'encoder',
      inputs: { image: { type: 'uint8', dims, data: modelInput(frame, fit) } },
      fetch: [],
      keep: ['features', 'state0'],
      ...(this.vision.step_ahead && this.limits.max_steps > 0
        ? { ahead: { graph: 'refine', inputs: { features: 'features', state: 'state0' }, outputs: OUTPUTS } }
        : {}),
      signal,
    });
  }

  /**
   * The step that the host may run ahead while the kernel processes this one: none if this is the last, or
   * its numbers end the refinement.
   */
  private nextStep({ features }: FrameSession, recent: readonly number[], step_idx: number): RunAhead | null {
    const { halt_eps, halt_k, max_steps } = this.limits;
    if (!this.vision.step_ahead || step_idx + 1 >= max_steps) return null;
    const [low, high] = [Math.min(...recent), Math.max(...recent)];
    // Given these energies, the slope rule holds for exactly the next values in this range.
    const flat = recent.length >= halt_k && high - low < halt_eps;
    return {
      graph: 'refine',
      inputs: { features, state: 'next_state' },
      outputs: OUTPUTS,
      unless: [
        { output: 'confidence', from: this.vision.halt_confidence },
        ...(flat ? [{ output: 'energy', from: high - halt_eps, to: low + halt_eps }] : []),
      ],
    };
  }

  energy(state: VisionState): number {
    return state.energy;
  }

  /**
   * One run of the refinement graph. The grid stays in the host; the probabilities come back with each step.
   * If the grid is lost (its host was replaced, or its model by one with another grid), the frame is encoded
   * again.
   */
  async step(before: VisionState, context: StepContext): Promise<VisionState> {
    const { session } = before;
    if (before.generation < session.generation)
      return this.refine({ ...before, state: session.start }, context);
    try {
      return await this.refine(before, context);
    } catch (thrown) {
      if (!(thrown instanceof SageError) || thrown.code !== 'SAGE_511' || session.closed) throw thrown;
      // Another branch may have done so meanwhile.
      if (before.generation === session.generation) await this.lookAgain(session, context.signal);
      return this.refine({ ...before, state: session.start }, context);
    }
  }

  private async lookAgain(session: FrameSession, signal: AbortSignal): Promise<void> {
    const outputs = await this.encode(session.task, session.fit, signal);
    const lost = [session.features, ...session.states.splice(0)];
    session.features = slotOf(outputs, 'features');
    session.start = slotOf(outputs, 'state0');
    session.states.push(session.start);
    session.generation += 1;
    this.inference.free(lost);
    if (session.closed) this.release(session);
  }

  private async refine(before: VisionState, { signal, step_idx }: StepContext): Promise<VisionState> {
    const { session } = before;
    const ahead = this.nextStep(session, before.recent, step_idx);
    const outputs = await this.inference.run({
      model: this.model,
      graph: 'refine',
      inputs: { features: session.features, state: before.state },
      fetch: FETCHED,
      keep: ['next_state'],
      ...(ahead === null ? {} : { ahead }),
      signal,
    });
    const state = slotOf(outputs, 'next_state');
    session.states.push(state);
    if (session.closed) this.inference.free(session.states.splice(0));
    else if (session.states.length > STATES_MAX) this.inference.free(session.states.splice(0, 1));
    const energy = numberOf(outputs, 'energy');
    return {
      session,
      state,
      generation: session.generation,
      probs: probsOf(outputs),
      energy,
      recent: [...before.recent, energy].slice(-this.limits.halt_k),
      confidence: numberOf(outputs, 'confidence'),
      // Speculative work of the host that was wasted is charged to the next refinement.
      model_ms: before.model_ms + outputs.run_ms + (outputs.wasted_ms ?? 0),
    };
  }

  project(state: VisionState): VisionState {
    return state;
  }

  halt(_energies: readonly number[], state: VisionState): { reason: 'feasible'; detail: string } | null {
    const enough = this.vision.halt_confidence;
    if (state.confidence < enough) return null;
    return { reason: 'feasible', detail: `confidence ${state.confidence.toFixed(3)} ≥ ${enough}` };
  }

  answer({ session, probs, confidence }: VisionState): VisionAnswer {
    const found = probs ? findObjects(session.task, session.fit, probs, this.vision) : NOTHING;
    return {
      stamp_ms: session.task.stamp_ms,
      objects: found.objects,
      robot_share: found.robot_share,
      confidence,
    };
  }

  emitTelemetry(state: VisionState): Readonly<Record<string, number>> {
    return { cpu_ms: state.model_ms, confidence: state.confidence };
  }

  dispose(state: VisionState): void {
    state.session.closed = true;
    this.release(state.session);
  }

  private release({ features, states }: FrameSession): void {
    this.inference.free([features, ...states.splice(0)]);
  }
}

/**
 * Vision: segments a camera frame step by step and extracts the objects on the table. The frame goes to the
 * model host once; between steps only the masks and two numbers come back.
 */
export function createVisionPlugin(deps: VisionPluginDeps): IrpPlugin<VisionTask, VisionState, VisionAnswer> {
  return new VisionPlugin(deps);
}
