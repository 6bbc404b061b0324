import { expect } from 'chai';
import fc from 'fast-check';
import { adapterModel } from '../../../src/app/adapters.js';
import type {
  AdapterAnswer,
  AdapterDeclaration,
  AdapterTask,
  Detection,
  Region,
} from '../../../src/contracts/adapter.js';
import type { Vec3 } from '../../../src/contracts/geometry.js';
import type { BelievedObject } from '../../../src/contracts/goal.js';
import type { BatchItem, InferenceOutputs } from '../../../src/contracts/inference.js';
import type { StepContext } from '../../../src/contracts/irp.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import type { Situation } from '../../../src/kernel/situation.js';
import { createModelHost, type ModelHost } from '../../../src/models/index.js';
import { iou, suppress } from '../../../src/plugins/adapters/detection.js';
import { AdapterFaculty, createAdapterPlugin } from '../../../src/plugins/adapters/index.js';
import { inputForm, place, regionsOf, toFrame } from '../../../src/plugins/adapters/input.js';
import { thingRegions } from '../../../src/plugins/adapters/things.js';
import { codeOf, floats, hostParameters, manifestOf, thrownCode } from '../../models/fixtures.js';

type Rgb = readonly [number, number, number];
const RED: Rgb = [255, 0, 0];
const BLUE: Rgb = [0, 0, 255];

/** A grey frame with filled boxes. */
function frame(
  width: number,
  height: number,
  boxes: readonly { rgb: Rgb; x: number; y: number; w: number; h: number }[],
  encoding: 'rgb8' | 'bgra8' = 'rgb8',
): CameraFrame {
  const bytes = encoding === 'rgb8' ? 3 : 4;
  const step = width * bytes + 5;
  const data = new Uint8Array(step * height).fill(90);
  for (const { rgb, x, y, w, h } of boxes) {
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        const at = row * step + column * bytes;
        for (let k = 0; k < 3; k++) data[at + k] = rgb[encoding === 'rgb8' ? k : 2 - k]!;
      }
    }
  }
  return { width, height, step, encoding, data, frame_id: '' };
}

const context: StepContext = { step_idx: 0, random: () => 0, signal: new AbortController().signal };

describe('plugins/adapters', function () {
  this.timeout(240_000);
  let host: ModelHost;
  before(async () => {
    const ids = ['zoo-classify', 'zoo-regions', 'zoo-segment', 'zoo-embed', 'zoo-yolov8', 'zoo-yolov5'];
    host = createModelHost({ parameters: hostParameters(), manifests: ids.map(manifestOf) });
    await host.ready();
  });
  after(() => host.close());

  /** Refines to the end; gives the last answer and the energies. */
  async function refine(
    id: string,
    picture: CameraFrame,
    tiles = 1,
    more: Partial<AdapterDeclaration> = {},
    things: readonly Region[] = [],
  ): Promise<{ answer: AdapterAnswer; energies: number[] }> {
    const model = adapterModel(manifestOf(id));
    const plugin = createAdapterPlugin({ ...model, adapter: { ...model.adapter, tiles, ...more } }, host);
    let state = await plugin.initState({ frame: picture, sound: null, things, stamp_ms: 7 }, context);
    const energies = [plugin.energy(state)];
    for (let step = 0; step < plugin.limits.max_steps; step++) {
      expect(plugin.halt!(energies, state)).to.equal(null);
      state = plugin.project(await plugin.step(state, context));
      energies.push(plugin.energy(state));
    }
    expect(plugin.halt!(energies, state)?.reason).to.equal('feasible');
    return { answer: plugin.answer(state), energies };
  }

  it('classifies a frame of any encoding, in one step that says so', async () => {
    for (const encoding of ['rgb8', 'bgra8'] as const) {
      const { answer, energies } = await refine(
        'zoo-classify',
        frame(40, 30, [{ rgb: RED, x: 0, y: 0, w: 40, h: 30 }], encoding),
      );
      expect(answer.labels[0]!.label).to.equal('red');
      expect(answer.labels[0]!.share).to.be.above(0.99);
      expect(answer.stamp_ms).to.equal(7);
      expect(energies).to.have.length(2);
      expect(energies[1]).to.be.below(0.05);
    }
    const unsure = await refine('zoo-classify', frame(40, 30, []));
    expect(unsure.answer.labels[0]!.label).to.equal('grey');
    expect(unsure.answer.uncertainty).to.be.above(0.02);
  });

  const shareOf = ({ answer }: { answer: AdapterAnswer }, label: string): number =>
    answer.labels.find((each) => each.label === label)?.share ?? 0;

  it('sends the looks of a step as one, and answers as if each had gone alone', async () => {
    const picture = frame(80, 60, [{ rgb: RED, x: 0, y: 0, w: 40, h: 30 }]);
    const runs = async () => (await host.stats()).runs;
    const begun = await runs();
    const alone = await refine('zoo-regions', picture, 2, { batch: 1 });
    expect([alone.energies.length, (await runs()) - begun]).to.deep.equal([6, 5]);
    const together = await refine('zoo-regions', picture, 2, { batch: 5 });
    expect([together.energies.length, (await runs()) - begun], 'one step, one run').to.deep.equal([2, 6]);
    const some = await refine('zoo-regions', picture, 2, { batch: 2 });
    expect([some.energies.length, (await runs()) - begun], 'three steps').to.deep.equal([4, 9]);
    const turns = await refine('zoo-classify', picture, 2, { batch: 5 });
    expect([turns.energies.length, (await runs()) - begun], 'one after the other').to.deep.equal([2, 14]);
    for (const { answer } of [together, some, turns]) {
      expect(answer.labels.map(({ label }) => label)).to.deep.equal(
        alone.answer.labels.map(({ label }) => label),
      );
      for (const [k, value] of answer.embedding.entries()) {
        expect(value).to.be.closeTo(alone.answer.embedding[k]!, 1e-5);
      }
    }
  });

  it('looks at things by themselves, and so sees what is lost in the whole', async () => {
    const [thing, none] = [
      { left: 60, top: 40, width: 12, height: 12 },
      { left: 0, top: 0, width: 12, height: 12 },
    ];
    const picture = frame(80, 60, [{ rgb: RED, x: 60, y: 40, w: 12, h: 12 }]);
    const more = { things: 2, batch: 3 };
    const whole = shareOf(await refine('zoo-regions', picture), 'red');
    const looked = await refine('zoo-regions', picture, 1, more, [thing, none, thing]);
    expect(shareOf(looked, 'red')).to.be.above(whole + 0.2);
    expect(looked.energies, 'no more than two things, all in one step').to.have.length(2);
    expect(shareOf(await refine('zoo-regions', picture, 1, more, []), 'red')).to.be.closeTo(whole, 1e-6);
  });

  it('leaves out a look that fails, and fails where all do', async () => {
    const model = adapterModel(manifestOf('zoo-regions'));
    const give = async (faults: readonly boolean[]) => {
      const failed = { code: 'SAGE_507', where: 'output', text: 'NaN' } as const;
      const batch = faults.map((bad): BatchItem => {
        const data = Float32Array.of(9, 0, 0, 0);
        return bad
          ? { tensors: null, fault: failed }
          : { tensors: { logits: { type: 'float32', dims: [1, 4], data } }, fault: null };
      });
      const run = async (): Promise<InferenceOutputs> => ({ tensors: {}, slots: {}, run_ms: 1, batch });
      const plugin = createAdapterPlugin(model, { run, read: async () => floats(0), free: () => undefined });
      const task = { frame: frame(80, 60, []), sound: null, things: [], stamp_ms: 1 };
      return plugin.emitTelemetry!(await plugin.step(await plugin.initState(task, context), context));
    };
    expect(await give([false, true, false, true, false])).to.include({ looks: 5, looks_failed: 2 });
    expect(await codeOf(give([true, true, true, true, true]))).to.equal('SAGE_507');
  });

  it('finds the things in the picture, the surest and most salient first, and those that cannot be seen not at all', () => {
    const thing = (id: string, x: number, y: number, confidence: number) =>
      ({ id, position_m: [x, y, 0], size_m: 4, confidence }) as unknown as BelievedObject;
    const situation = {
      beliefs: {
        all: [
          thing('a', 10, 10, 0.5),
          thing('b', 40, 30, 0.9),
          thing('c', -5, 0, 1),
          thing('d', 60, 20, 0.6),
        ],
      },
      body: { project: ([x, y]: Vec3) => (x < -1 ? null : [10 * x, 10 * y]) },
      camera: { frame: frame(1280, 960, []) },
      camera_model: { width: 640, height: 480 },
      camera_pose: {},
      pullAt: ([x]: Vec3) => (x === 10 ? 1 : 0),
    } as unknown as Parameters<typeof thingRegions>[0];
    const [first, second, ...others] = thingRegions(situation, 2);
    expect(first, 'attention is drawn there').to.deep.equal({ left: 100, top: 100, width: 200, height: 200 });
    expect(second).to.deep.equal({ left: 700, top: 500, width: 200, height: 200 });
    expect(others).to.have.length(0);
    expect(thingRegions(situation, 9)).to.have.length(3);
    expect(thingRegions({ ...situation, camera_pose: null }, 9)).to.deep.equal([]);
    const around = {
      ...situation,
      camera: { ...situation.camera, stamp_ms: 5 },
      camera_stale: false,
      resting: false,
      goals: { busy: false },
      microphone: { current: () => null },
      now_ms: 9,
    } as unknown as Situation;
    const asked = (things: number) => {
      const model = adapterModel(manifestOf('zoo-regions'));
      const faculty = new AdapterFaculty({ ...model, adapter: { ...model.adapter, things } }, () => true);
      return (faculty.offer(around, false)!.task as AdapterTask).things;
    };
    expect(asked(2), 'the kernel asks for these').to.deep.equal([first, second]);
    expect(asked(0)).to.deep.equal([]);
  });

  for (const id of ['zoo-yolov8', 'zoo-yolov5']) {
    it(`finds things with the outputs of ${id.slice(4)}, in pixels of the frame`, async () => {
      const boxes = [
        { rgb: RED, x: 20, y: 60, w: 40, h: 40 },
        { rgb: BLUE, x: 120, y: 20, w: 40, h: 40 },
      ];
      const { answer } = await refine(id, frame(200, 100, boxes));
      const [first, ...others] = [...answer.detections].sort((a, b) => a.left - b.left);
      expect(others.length, 'doubles are suppressed').to.be.within(1, 4);
      expect(first!.label).to.equal('red');
      expect(answer.detections.some(({ label }) => label === 'blue')).to.equal(true);
      expect(answer.detections.some(({ label }) => label === 'green')).to.equal(false);
      for (const { label, left, top, right, bottom } of answer.detections) {
        const own = boxes[label === 'red' ? 0 : 1]!;
        expect(
          iou(
            { left, top, right, bottom },
            { left: own.x, top: own.y, right: own.x + own.w, bottom: own.y + own.h },
          ),
        ).to.be.above(0.2);
      }
      const [red, green] = answer.embedding;
      expect(red).to.be.above(0.5);
      expect(green).to.equal(0);
      const empty = await refine(id, frame(200, 100, []));
      expect(empty.answer.detections).to.deep.equal([]);
    });
  }

  it('finds with tiles what is too small for one look, and every step lowers the energy', async () => {
    const small = frame(320, 320, [{ rgb: RED, x: 290, y: 10, w: 20, h: 20 }]);
    expect((await refine('zoo-yolov8', small)).answer.detections).to.deep.equal([]);
    const { answer, energies } = await refine('zoo-yolov8', small, 3);
    expect(energies).to.have.length(11);
    expect(energies.at(-1)).to.be.below(0.3);
    expect(answer.detections.map(({ label }) => label)).to.include('red');
    const best = answer.detections[0]!;
    expect(best.left, 'in the corner where it lies').to.be.above(250);
    expect(best.bottom).to.be.below(60);
  });

  it('says which share of the frame each class has', async () => {
    const { answer } = await refine('zoo-segment', frame(64, 64, [{ rgb: BLUE, x: 0, y: 0, w: 64, h: 32 }]));
    expect(answer.labels.map(({ label }) => label).sort()).to.deep.equal(['blue', 'grey']);
    for (const { share } of answer.labels) expect(share).to.be.closeTo(0.5, 0.01);
  });

  it('embeds a frame, alike for like frames', async () => {
    const a = (await refine('zoo-embed', frame(64, 64, []))).answer.embedding;
    const b = (await refine('zoo-embed', frame(64, 64, [{ rgb: RED, x: 0, y: 0, w: 16, h: 16 }]))).answer
      .embedding;
    expect(a).to.have.length(48);
    expect(a.filter((value, k) => Math.abs(value - b[k]!) > 0.05)).to.have.length(3);
  });

  it('refuses frames and outputs that are not what they must be', async () => {
    const model = adapterModel(manifestOf('zoo-yolov8'));
    const plugin = createAdapterPlugin(model, host);
    const cut = { ...frame(40, 30, []), data: new Uint8Array(10) };
    expect(
      thrownCode(() => plugin.initState({ frame: cut, sound: null, things: [], stamp_ms: 0 }, context)),
    ).to.equal('SAGE_201');
    const other = createAdapterPlugin(
      { ...model, adapter: { ...model.adapter, kind: 'segmentation' } },
      host,
    );
    const state = await other.initState(
      { frame: frame(40, 30, []), sound: null, things: [], stamp_ms: 0 },
      context,
    );
    const thrown = await Promise.resolve(other.step(state, context)).catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'SAGE_517' });
    expect(thrownCode(() => adapterModel(manifestOf('add')))).to.equal('SAGE_517');
    const form = (shape: (number | string)[], dtype = 'float32', size?: number[]) =>
      inputForm('m', { name: 'x', dtype, shape }, size);
    expect(thrownCode(() => form([1, 4, 32, 32]))).to.equal('SAGE_517');
    expect(thrownCode(() => form([2, 3, 32, 32]))).to.equal('SAGE_517');
    expect(thrownCode(() => form([1, 3, 'h', 'w']))).to.equal('SAGE_517');
    expect(thrownCode(() => form([1, 3, 32, 32], 'int64'))).to.equal('SAGE_517');
    expect(form(['batch', 3, 'h', 'w'], 'float32', [48, 64])).to.include({
      height: 48,
      width: 64,
      channels_first: true,
    });
  });

  it('maps positions of the input to any frame', () => {
    const side = fc.integer({ min: 8, max: 2000 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom('stretch', 'letterbox' as const),
        fc.integer({ min: 1, max: 4 }),
        (width, height, fit, tiles) => {
          const form = {
            name: 'x',
            dtype: 'float32' as const,
            height: 64,
            width: 96,
            channels_first: true,
            batched: true,
          };
          const regions = regionsOf({ width, height } as CameraFrame, tiles);
          expect(regions).to.have.length(tiles === 1 ? 1 : 1 + tiles ** 2);
          for (const region of regions) {
            const placed = place(region, form, fit);
            const [x, y] = toFrame(placed, placed.left_px, placed.top_px);
            expect(x).to.be.closeTo(region.left, 1e-6);
            expect(y).to.be.closeTo(region.top, 1e-6);
            const [right, bottom] = toFrame(placed, 96 - placed.left_px, 64 - placed.top_px);
            expect(right).to.be.closeTo(region.left + region.width, 1e-6);
            expect(bottom).to.be.closeTo(region.top + region.height, 1e-6);
          }
        },
      ),
    );
  });

  it('leaves no two boxes of a class that overlap more than allowed, and never the surest out', () => {
    const number = fc.double({ min: 0, max: 100, noNaN: true });
    const box = fc
      .record({
        x: number,
        y: number,
        w: fc.double({ min: 1, max: 50, noNaN: true }),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        label: fc.constantFrom('a', 'b'),
      })
      .map(
        ({ x, y, w, score, label }): Detection => ({
          label,
          score,
          left: x,
          top: y,
          right: x + w,
          bottom: y + w,
        }),
      );
    fc.assert(
      fc.property(
        fc.array(box, { maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (boxes, iou_max) => {
          const kept = suppress(boxes, iou_max);
          for (const [i, a] of kept.entries()) {
            for (const b of kept.slice(i + 1))
              if (a.label === b.label) expect(iou(a, b)).to.be.at.most(iou_max);
          }
          for (const label of ['a', 'b']) {
            const best = Math.max(
              -1,
              ...boxes.filter((each) => each.label === label).map(({ score }) => score),
            );
            if (best >= 0)
              expect(kept.some((each) => each.label === label && each.score === best)).to.equal(true);
          }
        },
      ),
    );
  });
});
