import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import type {
  InferenceOutputs,
  InferencePort,
  InferenceRequest,
  Slot,
  Tensor,
} from '../../../src/contracts/inference.js';
import type { StepContext } from '../../../src/contracts/irp.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { refine } from '../../../src/irp/index.js';
import { createModelHost, type ModelHost } from '../../../src/models/index.js';
import { createVisionPlugin } from '../../../src/plugins/vision/index.js';
import { hostParameters, manifestOf } from '../../models/fixtures.js';
import { cube, lookAt, render } from './synthetic.js';

/** What this rejects with; fails the test when it does not. */
async function rejection(work: unknown): Promise<Error> {
  try {
    await work;
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('it did not reject');
}

const codeOf = async (work: unknown): Promise<string> => ((await rejection(work)) as SageError).code;

const context = (step_idx = 0, signal = new AbortController().signal): StepContext => ({
  step_idx,
  random: () => 0.5,
  signal,
});

const SCENE = render({
  pose: lookAt([0.3, 0, 0.02], 0.95, 55, 15),
  boxes: [cube(0.3, 0.1, 0.3), cube(0.33, -0.08, -0.2, [40, 90, 205])],
  table: [140, 135, 130],
  blurs: 1,
});

/** Answers at once with the probabilities of the scene; counts what is kept. */
class FakeInference implements InferencePort {
  readonly asked: InferenceRequest[] = [];
  readonly live = new Set<number>();
  confidence = 0.5;
  /** Slots that the host does not have any more. */
  lost = new Set<number>();
  private next = 1;

  async run(request: InferenceRequest): Promise<InferenceOutputs> {
    this.asked.push(request);
    await Promise.resolve();
    for (const input of Object.values(request.inputs)) {
      if ('slot' in input && this.lost.has(input.slot)) throw new SageError('SAGE_511', 'slot', 'gone');
    }
    const slots = Object.fromEntries((request.keep ?? []).map((name) => [name, this.keep()] as const));
    const one = (value: number): Tensor => ({ type: 'float32', dims: [1], data: Float32Array.of(value) });
    const probs: Tensor = { type: 'float32', dims: [1, 3, 120, 160], data: SCENE.probs };
    const energy = one(1 / this.asked.length);
    const tensors = request.graph === 'refine' ? { probs, energy, confidence: one(this.confidence) } : {};
    return { tensors, slots, run_ms: 3 };
  }

  async read(): Promise<Tensor> {
    throw new Error('not used');
  }

  free(slots: readonly Slot[]): void {
    for (const { slot } of slots) expect(this.live.delete(slot), `slot ${slot} is freed once`).to.equal(true);
  }

  private keep(): Slot {
    this.live.add(this.next);
    return { slot: this.next++, generation: 1 };
  }
}

describe('plugins/vision/plugin', () => {
  const parameters = defaultParameters();
  const make = (inference: InferencePort) => createVisionPlugin({ inference, parameters });

  it('sends the frame once, keeps the grid in the host, and frees all of it when disposed of', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    let state = await plugin.initState(SCENE.task, context());
    expect(plugin.energy(state)).to.be.closeTo(Math.log(3), 1e-9);
    expect(plugin.answer(state)).to.deep.include({ objects: [], confidence: 0, stamp_ms: 1000 });
    for (let k = 0; k < 3; k++) state = plugin.project(await plugin.step(state, context(k)));
    expect(plugin.energy(state)).to.be.closeTo(1 / 4, 1e-6);
    expect(inference.live.size).to.equal(5);
    const [encoder, ...steps] = inference.asked;
    const image = encoder!.inputs.image as Tensor;
    expect(image.data.buffer, 'without a copy').to.equal(SCENE.task.frame.data.buffer);
    for (const step of steps)
      expect(Object.values(step.inputs).every((input) => 'slot' in input)).to.equal(true);
    expect(plugin.emitTelemetry!(state)).to.deep.equal({ cpu_ms: 12, confidence: 0.5 });
    plugin.dispose!(state);
    expect(inference.live.size).to.equal(0);
  });

  it('leaves earlier states as they are, and can go on from them', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    const start = await plugin.initState(SCENE.task, context());
    const first = await plugin.step(start, context());
    const answer = JSON.stringify(plugin.answer(first));
    const energy = plugin.energy(first);
    const second = await plugin.step(first, context(1));
    const branch = await plugin.step(first, context(1));
    expect(inference.asked[3]!.inputs.state).to.deep.equal(first.state);
    expect(plugin.energy(first)).to.equal(energy);
    expect(JSON.stringify(plugin.answer(first))).to.equal(answer);
    expect(plugin.energy(start)).to.be.closeTo(Math.log(3), 1e-9);
    expect(branch.state).to.not.deep.equal(second.state);
    plugin.dispose!(second);
    expect(inference.live.size).to.equal(0);
  });

  it('re-encodes the frame if the host has lost its state', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    const start = await plugin.initState(SCENE.task, context());
    const first = await plugin.step(start, context());
    const graphs = () => inference.asked.splice(0).map(({ graph }) => graph);
    graphs();
    // The host was replaced: what it kept is gone.
    inference.lost = new Set(inference.live);
    const second = await plugin.step(first, context(1));
    expect(graphs()).to.deep.equal(['refine', 'encoder', 'refine']);
    expect(plugin.answer(second).objects).to.have.length(2);
    await plugin.step(second, context(2));
    const branch = await plugin.step(first, context(1));
    expect(graphs(), 'a branch of before goes on from the new look').to.deep.equal(['refine', 'refine']);
    plugin.dispose!(branch);
    expect(inference.live.size, 'all of it is freed').to.equal(0);
  });

  it('bounds the states that it keeps for one frame', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    let state = await plugin.initState(SCENE.task, context());
    for (let k = 0; k < 40; k++) state = await plugin.step(state, context(k));
    expect(inference.live.size).to.equal(25);
    plugin.dispose!(state);
    expect(inference.live.size).to.equal(0);
  });

  it('frees what comes in after it was disposed of or given up', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    const state = await plugin.initState(SCENE.task, context());
    const late = plugin.step(state, context());
    plugin.dispose!(state);
    await late;
    expect(inference.live.size).to.equal(0);
    const stop = new AbortController();
    const given_up = plugin.initState(SCENE.task, context(0, stop.signal));
    stop.abort(new Error('enough'));
    expect((await rejection(given_up)).message).to.equal('enough');
    expect(inference.live.size).to.equal(0);
  });

  it('halts when the model is sure of itself, and not before', async () => {
    const inference = new FakeInference();
    const plugin = make(inference);
    const enough = parameters.vision.halt_confidence;
    inference.confidence = enough - 0.01;
    const state = await plugin.step(await plugin.initState(SCENE.task, context()), context());
    expect(plugin.halt!([1, 0.5], state)).to.equal(null);
    inference.confidence = enough + 0.01;
    const sure = await plugin.step(state, context(1));
    expect(plugin.halt!([1, 0.5, 0.3], sure)).to.include({ reason: 'feasible' });
    expect(plugin.limits.max_steps).to.equal(parameters.vision.max_steps);
  });

  it('answers with the objects on the table, as plain data', async () => {
    const plugin = make(new FakeInference());
    const state = await plugin.step(await plugin.initState(SCENE.task, context()), context());
    const answer = plugin.answer(state);
    expect(answer.objects.map(({ colour }) => colour).sort()).to.deep.equal(['blue', 'red']);
    expect({ ...answer, objects: [] }.confidence).to.equal(0.5);
    expect(JSON.parse(JSON.stringify(answer)).objects).to.have.length(2);
    expect(structuredClone(answer).objects).to.have.length(2);
    expect(answer.objects, 'worked out once').to.equal(answer.objects);
  });

  it('passes on why a frame or a model cannot be used', async () => {
    const plugin = make(new FakeInference());
    const cut = { ...SCENE.task.frame, data: SCENE.task.frame.data.subarray(0, 1000) };
    expect(await codeOf(plugin.initState({ ...SCENE.task, frame: cut }, context()))).to.equal('SAGE_201');
    const dead: InferencePort = {
      run: () => Promise.reject(new SageError('SAGE_504', 'model host', 'killed')),
      read: () => Promise.reject(new Error('not used')),
      free: () => undefined,
    };
    expect(await codeOf(make(dead).initState(SCENE.task, context()))).to.equal('SAGE_504');
  });

  describe('with a model host', function () {
    this.timeout(240_000);
    let host: ModelHost;
    before(async () => {
      host = createModelHost({ parameters: hostParameters(), manifests: [manifestOf('toy-vision')] });
      await host.ready();
    });
    after(() => host.close());

    it('refines a rendered frame until the masks are sharp, and leaves nothing behind', async () => {
      const plugin = createVisionPlugin({
        inference: host,
        parameters: { vision: { ...parameters.vision, model: 'toy-vision' } },
      });
      let state = await plugin.initState(SCENE.task, context());
      const energies = [plugin.energy(state)];
      for (let k = 0; k < 6; k++) {
        state = await plugin.step(state, context(k));
        energies.push(plugin.energy(state));
      }
      for (let k = 1; k < energies.length; k++) expect(energies[k]).to.be.below(energies[k - 1]!);
      const { objects } = plugin.answer(state);
      expect(objects.map(({ colour }) => colour).sort()).to.deep.equal(['blue', 'red']);
      const red = objects.find(({ colour }) => colour === 'red')!;
      expect(Math.hypot(red.position_m[0] - 0.3, red.position_m[1] - 0.1)).to.be.below(0.006);
      expect((await host.stats()).slots).to.equal(8);
      plugin.dispose!(state);
      expect(await host.stats()).to.include({ slots: 0, slot_bytes: 0 });
      expect(await codeOf(plugin.step(state, context())), 'a disposed state').to.equal('SAGE_511');
    });

    // Rules under which refinements end by confidence, by slope over one and over two steps, and by their steps.
    const ends = [
      { halt_confidence: 0.99996, halt_eps: 0 },
      { halt_confidence: 1, halt_eps: 0.02, halt_k: 1 },
      { halt_confidence: 1, halt_eps: 0.05, halt_k: 2 },
      { halt_confidence: 1, halt_eps: 0, max_steps: 3 },
    ];
    for (const rules of ends)
      it(`has the host a step ahead, never for nothing, and ends as without: ${JSON.stringify(rules)}`, async () => {
        const machine = {
          cpuNow_ms: () => performance.now(),
          yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
        };
        const report = async (step_ahead: boolean) => {
          const vision = { ...parameters.vision, ...rules, model: 'toy-vision', step_ahead };
          const plugin = createVisionPlugin({ inference: host, parameters: { vision } });
          const before = await host.stats();
          const { energies, best, halt_reason, steps } = await refine(plugin, SCENE.task, machine);
          const after = await host.stats();
          return {
            said: { energies, best, halt_reason, steps },
            runs: after.runs - before.runs,
            used: after.ahead_used! - before.ahead_used!,
            wasted: after.ahead_wasted! - before.ahead_wasted!,
          };
        };
        const [ahead, without] = [await report(true), await report(false)];
        expect(ahead.said).to.deep.equal(without.said);
        expect(without).to.include({ used: 0, wasted: 0, runs: ahead.said.steps + 1 });
        expect(ahead).to.include({ used: ahead.said.steps, wasted: 0, runs: ahead.said.steps + 1 });
        expect(ahead.said.steps).to.be.within(2, 7);
      });
  });
});
