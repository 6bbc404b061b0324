import { expect } from 'chai';
import { detectionForm, isProbabilities, kindOf, type Seen } from '../../../src/app/model-import/guess.js';
import { otherTask } from '../../../src/app/model-import/other-task.js';

function seen(dims: readonly number[], more: Partial<Seen> & { readonly task?: string } = {}): Seen {
  const count = dims.reduce((all, dim) => all * dim, 1);
  const metadata = new Map(more.task === undefined ? [] : [['task', more.task]]);
  const data = new Float32Array(count).fill(-1);
  return {
    name: 'out',
    type: 'float32',
    dims,
    data,
    metadata,
    classes: [],
    input: [640, 640],
    masks: 0,
    ...more,
  };
}
const names = (count: number): string[] => Array.from({ length: count }, (_, k) => `c${k}`);

describe('app/model-import: what kind of model gives this', () => {
  it('knows it by the shape, as exporters have it', () => {
    for (const [dims, kind] of [
      [[1, 84, 8400], 'detection'],
      [[1, 25200, 85], 'detection'],
      [[1, 300, 6], 'detection'],
      [[5, 7], 'detection'],
      [[1, 21, 65, 65], 'segmentation'],
      [[1, 1, 256, 256], 'segmentation'],
      [[1, 65, 65, 21], 'segmentation'],
      [[1, 1000], 'classification'],
      [[1, 1001, 1, 1], 'classification'],
      [[1, 512], null],
      [[1, 50, 768], null],
      [[1, 1, 17, 3], null],
      [[1, 1, 100, 7], null],
    ] as const) {
      expect(kindOf(seen(dims)), dims.join('×')).to.equal(kind);
    }
    expect(kindOf(seen([1, 64, 128], { type: 'int64', data: null }))).to.equal('segmentation');
    expect(kindOf(seen([1, 3], { classes: names(3) }))).to.equal('classification');
    expect(kindOf(seen([1, 2], { data: Float32Array.of(0.25, 0.75) }))).to.equal('classification');
    expect(kindOf(seen([1, 7, 64], { classes: names(3) })), 'few boxes, but as many values').to.equal(
      'detection',
    );
  });

  it('believes the exporter before the shape', () => {
    expect(kindOf(seen([1, 512], { task: 'classify' }))).to.equal('classification');
    expect(kindOf(seen([1, 7, 64], { task: 'detect' }))).to.equal('detection');
  });

  it("knows the layout of a detector's rows, and the values after its classes", () => {
    const form = (dims: readonly number[], classes: number, task?: string) =>
      detectionForm(seen(dims, { classes: names(classes), ...(task ? { task } : {}) }));
    expect(form([1, 84, 8400], 80)).to.deep.equal({ layout: 'yolov8', extra: 0 });
    expect(form([1, 116, 8400], 80, 'segment')).to.deep.equal({ layout: 'yolov8', extra: 32 });
    expect(form([1, 56, 8400], 1, 'pose')).to.deep.equal({ layout: 'yolov8', extra: 51 });
    expect(form([1, 25200, 117], 80, 'segment')).to.deep.equal({ layout: 'yolov5', extra: 32 });
    expect(form([1, 84, 8400], 79), 'names of another model').to.deep.equal({ layout: 'yolov8', extra: 0 });
    expect(form([1, 25200, 6], 1), 'one class of YOLOv5').to.deep.equal({ layout: 'yolov5', extra: 0 });
    expect(form([1, 300, 6], 80)).to.deep.equal({ layout: 'end2end', extra: 0 });
    const args = new Map([['args', "{'nms': True}"]]);
    const many = detectionForm(seen([1, 3000, 6], { metadata: args, classes: names(80) }));
    expect(many.layout, 'the exporter says so').to.equal('end2end');
  });

  it('knows values behind the classes without a mark, by maps of masks or as many points as people have', () => {
    const form = (dims: readonly number[], classes: number, masks = 0) =>
      detectionForm(seen(dims, { classes: names(classes), masks })).extra;
    expect(form([1, 116, 8400], 0, 32)).to.equal(32);
    expect(form([1, 116, 8400], 80, 32)).to.equal(32);
    expect(form([1, 116, 8400], 112, 32), 'as many classes are named').to.equal(0);
    expect(form([1, 56, 8400], 0)).to.equal(51);
    expect(form([1, 56, 8400], 52)).to.equal(0);
    expect(form([1, 84, 8400], 0)).to.equal(0);
  });

  it('knows tasks that no adapter reads, by name or numbers, and takes nothing else for one', () => {
    const told = (name: string, dims: readonly number[], more: Partial<Seen> = {}) => {
      const own = seen(dims, { name, ...more });
      return otherTask(own, { [name]: { type: own.type, dims, data: own.data ?? new Int32Array(0) } });
    };
    const filled = (dims: readonly number[], value: number) =>
      new Float32Array(dims.reduce((all, dim) => all * dim, 1)).fill(value);
    const map = [1, 1, 64, 64];
    expect(told('depth', map)).to.contain('depth');
    expect(told('795', [1, 384, 384]), 'MiDaS').to.contain('one value of up to 1.00 per pixel');
    expect(told('out', map, { data: filled(map, 3000) })).to.contain('like a depth map');
    expect(told('heatmaps', [1, 17, 64, 48], { input: [256, 192] })).to.contain('it outputs keypoints');
    expect(told('flow', [1, 2, 64, 64])).to.contain('it estimates optical flow');
    expect(told('output', [1, 3, 1280, 1280])).to.contain('an image larger than its input');
    for (const [name, dims, more] of [
      ['out', map, {}],
      ['out', [1, 21, 80, 80], {}],
      ['out', [1, 3, 640, 640], {}],
      ['output0', [1, 84, 8400], {}],
      ['last_hidden_state', [1, 197, 768], {}],
      ['logits', [1, 1000], {}],
      ['map', [1, 640, 640], { type: 'int64', data: null }],
      ['map', [1, 64, 64], { type: 'int32', data: filled([64, 64], 150) }],
    ] as const) {
      expect(told(name, dims, more), `${name} ${dims.join('×')}`).to.equal(null);
    }
  });

  it('knows in which order ready rows have their values, by these', () => {
    const of = (values: readonly number[], name = 'output') =>
      detectionForm(seen([1, values.length], { name, data: Float32Array.from(values) }));
    expect(of([8, 8, 40, 40, 0.9, 3])).to.deep.equal({ layout: 'end2end', extra: 0 });
    expect(of([3, 0.9, 8, 8, 40, 40])).to.deep.equal({ layout: 'end2end', extra: 0, columns: 'csltrb' });
    expect(of([0, 8, 8, 40, 40, 3, 0.9])).to.deep.equal({ layout: 'end2end', extra: 0 });
    expect(of([0, 8, 8, 40, 40, 0.9, 3]).columns).to.equal('_ltrbsc');
    expect(of([0, 8, 8, 40, 40, 0.9, 3], 'detections:0').columns, 'AutoML').to.equal('_tlbrsc');
    expect(of([0, 0, 0, 0, 0, 0]).columns, 'it found nothing').to.equal(undefined);
  });

  it('knows boxes that count from their cells from those that are decoded', () => {
    const cells = 80 * 80 + 40 * 40 + 20 * 20;
    const form = (x: (n: number) => number) => {
      const data = new Float32Array(cells * 85);
      for (let n = 0; n < cells; n++) data[n * 85] = x(n);
      return detectionForm(seen([1, cells, 85], { data })).layout;
    };
    expect(form((n) => (n % 5) - 2)).to.equal('yolox');
    expect(
      form((n) => 8 * (n % 80)),
      'YOLOv6, and YOLOX with its decoding',
    ).to.equal('yolov5');
  });

  it('distinguishes probabilities from scores', () => {
    const of = (dims: readonly number[], classes: number, ...data: number[]) =>
      isProbabilities(seen(dims, { data: Float32Array.from(data) }), classes);
    expect(of([1, 3], 3, 0.2, 0.3, 0.5)).to.equal(true);
    expect(of([1, 3], 3, 0.2, 0.3, 0.9)).to.equal(false);
    expect(of([1, 2], 2, 2, -1)).to.equal(false);
    expect(of([1, 2, 1, 2], 2, 0.1, 0.6, 0.9, 0.4), 'of each place, channels first').to.equal(true);
    expect(of([1, 1, 3, 2], 2, 0.1, 0.9, 0.6, 0.4, 1, 0), 'channels last').to.equal(true);
    expect(of([1, 2, 1, 2], 2, 0.1, 0.9, 0.6, 0.4)).to.equal(false);
  });
});
