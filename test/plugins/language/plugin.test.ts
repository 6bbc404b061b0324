import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import type {
  InferenceOutputs,
  InferencePort,
  InferenceRequest,
  Tensor,
} from '../../../src/contracts/inference.js';
import type { StepContext } from '../../../src/contracts/irp.js';
import type { LanguageAnswer, LanguageTask } from '../../../src/contracts/language.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { createLanguagePlugin } from '../../../src/plugins/language/index.js';

const PICK = 1;
const STOP = 6;
const RED = 1;
const BLOCK = 1;
const parameters = defaultParameters();

const context = (step_idx: number): StepContext => ({
  step_idx,
  random: () => 0.5,
  signal: new AbortController().signal,
});
const task = (text: string): LanguageTask => ({ goal_id: 'g', text });
const floats = (data: Float32Array): Tensor => ({ type: 'float32', dims: [1, data.length], data });

/** Logits that speak for one answer, the more the surer. */
const logits = (length: number, chosen: number, sure: number): Tensor =>
  floats(Float32Array.from({ length }, (_, index) => (index === chosen ? sure : 0)));

/** A model that halves the distance of its latent from 1 with each step, and grows surer of its answer. */
class FakeModel implements InferencePort {
  readonly requests: InferenceRequest[] = [];
  broken: Record<string, Tensor> = {};

  constructor(private readonly verb: number) {}

  run(request: InferenceRequest): Promise<InferenceOutputs> {
    this.requests.push(request);
    const sure = 2 * this.requests.length;
    const on = (name: 'beliefs' | 'meaning'): Tensor =>
      floats(((request.inputs[name] as Tensor).data as Float32Array).map((value) => (value + 1) / 2));
    const tensors = {
      next_beliefs: on('beliefs'),
      next_meaning: on('meaning'),
      intent: logits(8, this.verb, sure),
      colour: logits(12, RED, sure),
      kind: logits(2, BLOCK, sure),
      energy: floats(Float32Array.of(3 / sure)),
      ...this.broken,
    };
    return Promise.resolve({ tensors, slots: {}, run_ms: 2 });
  }
  read(): Promise<Tensor> {
    throw new Error('nothing is kept in the host');
  }
  free(): void {
    throw new Error('nothing is kept in the host');
  }
}

async function read(text: string, model: FakeModel, steps: number) {
  const plugin = createLanguagePlugin({ inference: model, parameters });
  let state = plugin.project(await plugin.initState(task(text), context(0)));
  const energies = [plugin.energy(state)];
  for (let step = 1; step <= steps; step++) {
    state = plugin.project(await plugin.step(state, context(step)));
    energies.push(plugin.energy(state));
  }
  return { plugin, state, energies, answer: plugin.answer(state), halt: plugin.halt?.(energies, state) };
}

describe('plugins/language: the plugin', () => {
  it('reads step by step: the meaning goes in again, the energy falls, the answer grows surer', async () => {
    const model = new FakeModel(PICK);
    const one = await read('pik up the red blok', model, 1);
    const three = await read('pik up the red blok', new FakeModel(PICK), 3);
    expect(three.answer.meaning).to.deep.equal({ verb: 'pick', target: { colour: 'red', kind: 'block' } });
    expect(three.answer.confidence).to.be.above(one.answer.confidence);
    expect(three.energies).to.deep.equal([...three.energies].sort((a, b) => b - a));
    const { inputs, model: id, graph } = model.requests[0]!;
    expect([id, graph]).to.deep.equal(['language-refiner', 'step']);
    expect((inputs.tokens as Tensor).dims).to.deep.equal([1, 24, 12]);
    expect([...(inputs.meaning as Tensor).data].every((value) => value === 0)).to.equal(true);
    expect([...(inputs.beliefs as Tensor).data].every((value) => value === 0)).to.equal(true);
  });

  it('reads the words in the light of what the step before believed them to be', async () => {
    const model = new FakeModel(PICK);
    await read('pik up the red blok', model, 3);
    const { beliefs, meaning } = model.requests[2]!.inputs as Record<string, Tensor>;
    expect(beliefs!.dims).to.deep.equal([1, 24, 128]);
    expect(new Set(beliefs!.data as Float32Array)).to.deep.equal(new Set([0.75]));
    expect(new Set(meaning!.data as Float32Array)).to.deep.equal(new Set([0.75]));
  });

  it('does not change a state that it was given', async () => {
    const { plugin, state } = await read('stop', new FakeModel(STOP), 1);
    const latent = [...state.latent];
    await plugin.step(state, context(2));
    expect([...state.latent]).to.deep.equal(latent);
  });

  it('halts when the meaning has converged, and not before', async () => {
    expect((await read('stop', new FakeModel(STOP), 2)).halt).to.equal(null);
    const still = await read('stop', new FakeModel(STOP), 7);
    expect(still.halt?.reason).to.equal('slope<eps');
    expect(still.state.moved).to.be.below(parameters.language.settled);
  });

  it('names the nearest command where it is taken for none', async () => {
    const { answer } = await read('the weather is fine', new FakeModel(0), 1);
    expect(answer.meaning).to.equal(null);
    expect(answer.nearest).to.equal('pick up the red block');
  });

  it('gives a stop no target, and the confidence of the verb alone', async () => {
    const { answer } = await read('shtop', new FakeModel(STOP), 2);
    expect(answer.meaning).to.deep.equal({ verb: 'stop', target: null });
    expect(answer.confidence).to.be.closeTo(Math.exp(4) / (Math.exp(4) + 7), 1e-6);
  });

  it('knows nothing before the first step', async () => {
    const { answer } = await read('stop', new FakeModel(STOP), 0);
    expect(answer).to.deep.equal({
      goal_id: 'g',
      meaning: null,
      confidence: 0,
      nearest: '',
    } as LanguageAnswer);
  });

  for (const text of ['', '!?', 'word '.repeat(25)]) {
    it(`refuses ${JSON.stringify(text.slice(0, 12))} of ${text.split(' ').length - 1} words with SAGE_401`, () => {
      const plugin = createLanguagePlugin({ inference: new FakeModel(PICK), parameters });
      expect(() => plugin.initState(task(text), context(0))).to.throw(SageError, /SAGE_401|words/);
    });
  }

  for (const [what, broken] of [
    ['beliefs of another shape', { next_beliefs: floats(new Float32Array(5)) }],
    ['a latent of another shape', { next_meaning: floats(new Float32Array(5)) }],
    ['logits of another number of verbs', { intent: floats(new Float32Array(7)) }],
    ['an energy that is no float', { energy: { type: 'int32', dims: [1], data: new Int32Array(1) } }],
  ] as const) {
    it(`refuses ${what} with SAGE_508`, async () => {
      const model = new FakeModel(PICK);
      model.broken = broken as unknown as Record<string, Tensor>;
      const plugin = createLanguagePlugin({ inference: model, parameters });
      const state = await plugin.initState(task('stop'), context(0));
      const thrown = await Promise.resolve(plugin.step(state, context(1))).then(
        () => null,
        (error: unknown) => error,
      );
      expect((thrown as SageError).code).to.equal('SAGE_508');
    });
  }
});
