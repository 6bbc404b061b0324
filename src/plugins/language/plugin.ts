import { SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferencePort } from '../../contracts/inference.js';
import type { IrpDeclaration, IrpPlugin, StepContext } from '../../contracts/irp.js';
import type { LanguageAnswer, LanguageTask } from '../../contracts/language.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { HEADS, type Logits, readMeaning } from './meaning.js';
import { LETTERS, symbolsOf, WORDS, wordsOf } from './tokens.js';

/** The latent meaning, row-major: four vectors of 128 numbers in −1..1; zeros at the start. */
const MEANING_DIMS = [1, 4, 128] as const;
const MEANING_LENGTH = 4 * 128;
/** The belief about each word, in the same space; a word recognised in one step informs the next. */
const BELIEFS_DIMS = [1, WORDS, 128] as const;
const BELIEFS_LENGTH = WORDS * 128;
/**
 * Energy before the first step: cross-entropy of the uniform distribution over verb, colour and kind, nats.
 */
const ENERGY_OF_NOTHING = Math.log(HEADS.intent) + Math.log(HEADS.colour) + Math.log(HEADS.kind);
const NOTHING = { meaning: null, confidence: 0, nearest: '' } as const;

const DECLARATION: IrpDeclaration = {
  state_space:
    'what each word is believed to be, and the meaning of all: 24 and 4 vectors of 128 numbers in −1..1',
  noise_model: 'misheard, mistyped, lost and doubled words; words that were not heard at all',
  energy: "the model's estimate of its own cross-entropy over verb, colour and kind, nats",
  coherence_contribution: 'goals from speech that the rules cannot read',
};

/** One state of a refinement; immutable. */
interface LanguageState {
  readonly task: LanguageTask;
  readonly symbols: Int32Array;
  readonly beliefs: Float32Array;
  readonly latent: Float32Array;
  /** Relative change of the latent by the last step: norm of the change over the norm of the latent. */
  readonly moved: number;
  readonly read: Omit<LanguageAnswer, 'goal_id'>;
  readonly energy: number;
  /** Inference time so far, ms. */
  readonly model_ms: number;
}

interface LanguagePluginDeps {
  readonly inference: InferencePort;
  readonly parameters: Pick<Parameters, 'language'>;
  /** Model selected by perception; default as in the parameters. */
  readonly model?: string;
}

function floatsOf(outputs: InferenceOutputs, name: string, length: number): Float32Array {
  const data = outputs.tensors[name]?.data;
  if (!(data instanceof Float32Array) || data.length !== length)
    throw new SageError('SAGE_508', 'language', `the model gave no "${name}" of ${length} numbers`);
  return data;
}

function logitsOf(outputs: InferenceOutputs): Logits {
  return {
    intent: floatsOf(outputs, 'intent', HEADS.intent),
    colour: floatsOf(outputs, 'colour', HEADS.colour),
    kind: floatsOf(outputs, 'kind', HEADS.kind),
  };
}

/** |b − a| / |b|; 1 if b is zero. */
function change(a: Float32Array, b: Float32Array): number {
  let moved = 0;
  let length = 0;
  for (let index = 0; index < b.length; index++) {
    moved += (b[index]! - a[index]!) ** 2;
    length += b[index]! ** 2;
  }
  return length > 0 ? Math.sqrt(moved / length) : 1;
}

class LanguagePlugin implements IrpPlugin<LanguageTask, LanguageState, LanguageAnswer> {
  readonly id = 'language';
  readonly declaration = DECLARATION;
  readonly resource = 'llm';
  readonly cost = { init_atp: 1, step_atp: 4 };
  readonly limits;
  private readonly inference: InferencePort;
  private readonly model: string;
  private readonly language: Parameters['language'];

  constructor({ inference, parameters, model }: LanguagePluginDeps) {
    this.inference = inference;
    this.model = model ?? parameters.language.model;
    this.language = parameters.language;
    const { max_steps, deadline_ms, halt_eps, halt_k } = parameters.language;
    this.limits = { max_steps, deadline_ms, halt_eps, halt_k, feasible_margin: null };
  }

  /** @throws SageError SAGE_401 for an utterance without words, or with more than the model takes. */
  initState(task: LanguageTask): LanguageState {
    const words = wordsOf(task.text);
    if (words.length === 0 || words.length > WORDS)
      throw new SageError(
        'SAGE_401',
        'language',
        `${words.length} words, between 1 and ${WORDS} can be read`,
      );
    return {
      task,
      symbols: symbolsOf(words),
      beliefs: new Float32Array(BELIEFS_LENGTH),
      latent: new Float32Array(MEANING_LENGTH),
      moved: 1,
      read: NOTHING,
      energy: ENERGY_OF_NOTHING,
      model_ms: 0,
    };
  }

  energy(state: LanguageState): number {
    return state.energy;
  }

  /** One run of the graph: reads the words again, given the beliefs so far. */
  async step(before: LanguageState, { signal }: StepContext): Promise<LanguageState> {
    const { task, symbols } = before;
    const outputs = await this.inference.run({
      model: this.model,
      graph: 'step',
      inputs: {
        tokens: { type: 'int32', dims: [1, WORDS, LETTERS], data: symbols },
        beliefs: { type: 'float32', dims: BELIEFS_DIMS, data: before.beliefs },
        meaning: { type: 'float32', dims: MEANING_DIMS, data: before.latent },
      },
      fetch: ['next_beliefs', 'next_meaning', 'intent', 'colour', 'kind', 'energy'],
      signal,
    });
    const latent = floatsOf(outputs, 'next_meaning', MEANING_LENGTH);
    return {
      task,
      symbols,
      beliefs: floatsOf(outputs, 'next_beliefs', BELIEFS_LENGTH),
      latent,
      moved: change(before.latent, latent),
      read: readMeaning(logitsOf(outputs)),
      energy: floatsOf(outputs, 'energy', 1)[0]!,
      model_ms: before.model_ms + outputs.run_ms,
    };
  }

  project(state: LanguageState): LanguageState {
    return state;
  }

  /** Done when the meaning is stationary. */
  halt(_energies: readonly number[], state: LanguageState): { reason: 'slope<eps'; detail: string } | null {
    const { settled } = this.language;
    if (state.moved >= settled) return null;
    return { reason: 'slope<eps', detail: `the meaning moved by ${state.moved.toFixed(4)} < ${settled}` };
  }

  answer({ task, read }: LanguageState): LanguageAnswer {
    return { goal_id: task.goal_id, ...read };
  }

  emitTelemetry({ model_ms, read, moved }: LanguageState): Readonly<Record<string, number>> {
    return { cpu_ms: model_ms, confidence: read.confidence, moved };
  }
}

/**
 * Language: reads a noisy utterance (misheard, mistyped, with gaps) step by step into verb and target. A step
 * is one run of the model on the words and the meaning so far.
 */
export function createLanguagePlugin(
  deps: LanguagePluginDeps,
): IrpPlugin<LanguageTask, LanguageState, LanguageAnswer> {
  return new LanguagePlugin(deps);
}
