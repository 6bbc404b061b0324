import { expect } from 'chai';
import { adapterModel } from '../../../src/app/adapters.js';
import type { AdapterAnswer, AdapterModel } from '../../../src/contracts/adapter.js';
import { fromHalf, toHalf } from '../../../src/contracts/half.js';
import type { InferencePort, Tensor, TensorData, TensorType } from '../../../src/contracts/inference.js';
import type { StepContext } from '../../../src/contracts/irp.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import { parseManifest } from '../../../src/models/index.js';
import { createAdapterPlugin } from '../../../src/plugins/adapters/index.js';
import { codeOf } from '../../models/fixtures.js';

const context: StepContext = { step_idx: 0, random: () => 0, signal: new AbortController().signal };
/** Twice as wide as high: in a square input a quarter of the height is margin above, and one below. */
const FRAME: CameraFrame = {
  width: 40,
  height: 20,
  step: 120,
  encoding: 'rgb8',
  data: new Uint8Array(2400).fill(51),
  frame_id: '',
};

type Shape = readonly (number | string)[];
interface Made {
  readonly input?: { readonly dtype: TensorType; readonly shape: Shape };
  readonly adapter: object;
  readonly classes?: readonly string[];
  readonly outputs?: readonly string[];
}

/** A model as its manifest would make it; inputs of 64 × 64 pixels unless told otherwise. */
function modelOf({ input, adapter, classes, outputs = ['out'] }: Made): AdapterModel {
  const image = { name: 'image', ...(input ?? { dtype: 'float32', shape: [1, 3, 64, 64] }) };
  const value = (name: string) => ({ name, dtype: 'float32', shape: ['a'] });
  return adapterModel(
    parseManifest(
      {
        id: 'm',
        version: '1',
        task: 'test',
        licence: 'Apache-2.0',
        files: [{ name: 'main', path: 'm/m.onnx', sha256: '0'.repeat(64), bytes: 1 }],
        graphs: { main: { inputs: [image], outputs: outputs.map(value) } },
        ...(classes ? { classes } : {}),
        adapter,
      },
      'test',
    ),
  );
}

/** What the model makes of the frame, when its graph gives these numbers; and what the graph was fed. */
async function answered(
  made: Made,
  output: { readonly type?: TensorType; readonly dims: readonly number[]; readonly data: TensorData },
): Promise<AdapterAnswer & { readonly fed: Tensor; readonly asked: readonly string[] }> {
  const model = modelOf(made);
  let fed: Tensor | undefined;
  let asked: readonly string[] = [];
  const inference: InferencePort = {
    run: async ({ inputs, fetch }) => {
      fed = inputs.image as Tensor;
      asked = fetch;
      const tensors = { [model.output.name]: { type: 'float32' as const, ...output } };
      return { tensors, slots: {}, run_ms: 1 };
    },
    read: async () => fed!,
    free: () => undefined,
  };
  const plugin = createAdapterPlugin(model, inference);
  const state = await plugin.initState({ frame: FRAME, sound: null, things: [], stamp_ms: 1 }, context);
  const answer = plugin.answer(await plugin.step(state, context));
  return { ...answer, fed: fed!, asked };
}

/** Numbers with the values of `at` at these places. */
function filled(count: number, at: Readonly<Record<number, number>>): Float32Array {
  const data = new Float32Array(count);
  for (const [place, value] of Object.entries(at)) data[Number(place)] = value;
  return data;
}

describe('plugins/adapters: outputs as exporters have them', () => {
  const detection = { kind: 'detection' } as const;
  /** The middle of the frame: 16 × 16 pixels of the input are 10 × 10 of the frame. */
  const box = { left: 15, top: 5, right: 25, bottom: 15 };

  it('takes boxes that are ready, with the score before the class or behind it', async () => {
    const six = filled(300 * 6, { 0: 24, 1: 24, 2: 40, 3: 40, 4: 0.9, 5: 11 });
    for (const dims of [
      [1, 300, 6],
      [300, 6],
    ]) {
      const { detections } = await answered({ adapter: detection }, { dims, data: six });
      expect(detections).to.deep.equal([{ label: 'class 11', score: Math.fround(0.9), ...box }]);
    }
    const seven = { dims: [1, 7], data: Float32Array.of(0, 24, 24, 40, 40, 1, 0.8) };
    const named = await answered({ adapter: detection, classes: ['cup', 'pen'] }, seven);
    expect(named.detections).to.deep.equal([{ label: 'pen', score: Math.fround(0.8), ...box }]);
    const none = await answered({ adapter: detection }, { dims: [0, 7], data: new Float32Array(0) });
    expect(none.detections).to.deep.equal([]);
    expect(none.embedding, 'as many numbers whatever is seen').to.have.length(256);
  });

  it('passes over values of masks and keypoints, and refuses other classes than are named', async () => {
    // 2 classes and 32 values of masks, 2000 boxes; box 7 is of the second class.
    const boxes = 2000;
    const at = (value: number): number => value * boxes + 7;
    const data = filled(38 * boxes, { [at(0)]: 32, [at(1)]: 32, [at(2)]: 16, [at(3)]: 16, [at(5)]: 0.9 });
    data.fill(5, 6 * boxes);
    const output = { dims: [1, 38, boxes], data };
    const classes = ['cup', 'pen'];
    const { detections } = await answered({ adapter: { ...detection, extra: 32 }, classes }, output);
    expect(detections.map(({ label }) => label)).to.deep.equal(['pen']);
    const refused = await answered({ adapter: detection, classes }, output).catch(String);
    expect(refused).to.match(/SAGE_517.*has 34 classes, but the manifest names 2;.*set extra/);
    expect(await codeOf(answered({ adapter: { ...detection, extra: 34 } }, output))).to.equal('SAGE_517');
  });

  it('rejects a classifier with other classes than named, and an output that no classifier has', async () => {
    const adapter = { kind: 'classification' } as const;
    const four = { dims: [1, 4], data: Float32Array.of(0, 9, 0, 0) };
    const told = await answered({ adapter, classes: ['a', 'b', 'c'] }, four).catch(String);
    expect(told).to.contain('it outputs 4 classes, but the manifest names 3');
    const map = { dims: [1, 4, 8, 8], data: new Float32Array(256) };
    expect(await codeOf(answered({ adapter }, map))).to.equal('SAGE_517');
    const one = await answered({ adapter }, { dims: [1, 1], data: Float32Array.of(3) });
    expect(
      [...one.embedding].map((p) => p.toFixed(2)),
      'one number: this or not',
    ).to.deep.equal(['0.05', '0.95']);
  });

  it('takes and gives half precision', async () => {
    const input = { dtype: 'float16' as const, shape: [1, 3, 64, 64] };
    const data = toHalf(Float32Array.of(0.25, 0.75));
    const made = { input, adapter: { kind: 'classification', softmax: false } };
    const answer = await answered(made, { type: 'float16', dims: [1, 2], data });
    expect([...answer.embedding]).to.deep.equal([0.25, 0.75]);
    expect(answer.fed).to.include({ type: 'float16' });
    const pixels = fromHalf(answer.fed.data as Uint16Array);
    expect(pixels[32 * 64 + 32]).to.be.closeTo(0.2, 1e-3);
  });

  it('takes channels that the exporter left open', async () => {
    const input = { dtype: 'float32' as const, shape: ['batch_size', 'num_channels', 'height', 'width'] };
    const made = { input, adapter: { kind: 'embedding', size: [32, 48] } };
    const { fed } = await answered(made, { dims: [1, 2], data: Float32Array.of(1, 2) });
    expect(fed.dims).to.deep.equal([1, 3, 32, 48]);
  });

  it('reads the output that is named', async () => {
    const outputs = ['last_hidden_state', 'image_embeds'];
    const adapter = { kind: 'embedding', output: 'image_embeds' };
    const { asked } = await answered({ adapter, outputs }, { dims: [1, 2], data: Float32Array.of(1, 2) });
    expect(asked).to.deep.equal(['image_embeds']);
    const other = { adapter: { kind: 'embedding', output: 'nothing' }, outputs };
    expect(() => modelOf(other)).to.throw(
      /SAGE_517.*no output "nothing"; it has last_hidden_state, image_embeds/,
    );
  });

  const segmentation = { kind: 'segmentation' } as const;
  const shares = ({ labels }: AdapterAnswer) =>
    Object.fromEntries(labels.map(({ label, share }) => [label, Number(share.toFixed(3))]));

  it('counts what is in the picture and not the margin beside it', async () => {
    // 8 × 8 places of an input of 64 × 64: rows 2 to 5 are the picture. Class 1 has its upper half, and the margin.
    const data = new Float32Array(2 * 64);
    for (let place = 0; place < 64; place++) data[(place < 32 ? 64 : 0) + place] = 9;
    const { labels } = await answered({ adapter: segmentation }, { dims: [1, 2, 8, 8], data });
    expect(labels.map(({ share }) => share)).to.deep.equal([0.5, 0.5]);
    data.fill(0);
    data.fill(9, 64, 64 + 16);
    data.fill(9, 64 + 48);
    const margin = await answered({ adapter: segmentation }, { dims: [1, 2, 8, 8], data });
    expect(shares(margin), 'the margin alone is of class 1').to.deep.equal({ 'class 0': 1 });
  });

  it('takes numbers of classes, and leaves out those that count for nothing', async () => {
    const map = new Int32Array(64).fill(2);
    map.fill(255, 0, 24);
    const classes = ['ground', 'cup', 'pen'];
    const big = BigInt64Array.from(map, BigInt);
    for (const output of [
      { type: 'int64' as const, dims: [1, 8, 8], data: big },
      { type: 'int64' as const, dims: [1, 1, 8, 8], data: big },
      { type: 'int32' as const, dims: [1, 8, 8], data: map },
      { dims: [1, 8, 8], data: Float32Array.from(map) },
    ]) {
      const answer = await answered({ adapter: segmentation, classes }, output);
      expect(shares(answer)).to.deep.equal({ pen: 1 });
      expect(answer.embedding).to.have.length(3);
    }
    const unnamed = await answered({ adapter: segmentation }, { type: 'int64', dims: [1, 8, 8], data: big });
    expect(unnamed.embedding, 'as many whatever is seen').to.have.length(256);
    const scores = { dims: [1, 8, 8], data: new Float32Array(64).fill(0.5) };
    expect(await codeOf(answered({ adapter: segmentation }, scores))).to.equal('SAGE_517');
  });

  it('takes one channel for a class against the rest, and channels last', async () => {
    const data = new Float32Array(64).fill(-4);
    data.fill(4, 0, 32);
    const one = await answered(
      { adapter: segmentation, classes: ['rest', 'cup'] },
      { dims: [1, 1, 8, 8], data },
    );
    expect(shares(one)).to.deep.equal({ rest: 0.5, cup: 0.5 });
    expect(one.uncertainty).to.be.closeTo(1 - 1 / (1 + Math.exp(-4)), 1e-6);
    const last = new Float32Array(8 * 8 * 3);
    for (let place = 0; place < 64; place++) last[place * 3 + (place < 24 ? 2 : 1)] = 9;
    const input = { dtype: 'float32' as const, shape: [1, 64, 64, 3] };
    const answer = await answered({ input, adapter: segmentation }, { dims: [1, 8, 8, 3], data: last });
    expect(shares(answer)).to.deep.equal({ 'class 1': 0.75, 'class 2': 0.25 });
  });
});
