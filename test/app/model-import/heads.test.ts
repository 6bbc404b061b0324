import { expect } from 'chai';
import { headsOf, rawLevels } from '../../../src/app/model-import/heads.js';
import type { Tensor } from '../../../src/contracts/inference.js';

const floats = (dims: readonly number[], value: (i: number) => number): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from({ length: dims.reduce((all, dim) => all * dim, 1) }, (_, i) => value(i)),
});
/** Centre and size, in shares of the sides. */
const centred = (count: number) => floats([1, count, 4], (i) => [0.1 + (i % 9) / 10, 0.5, 0.08, 0.1][i % 4]!);
const SIZE = [64, 64] as const;

/** What is made of one query for each box, with these logits. */
function detr(classes: number, names: readonly string[], logit: (box: number, k: number) => number) {
  const logits = floats([1, 20, classes], (i) => logit(Math.floor(i / classes), i % classes));
  const found = headsOf({ logits, pred_boxes: centred(20) }, SIZE, names, false);
  return found && 'heads' in found ? found.heads : null;
}

describe('app/model-import: outputs of their own for boxes and scores', () => {
  const named = (count: number) => Array.from({ length: count }, (_, k) => `c${k}`);
  const last = (classes: number) => (_: number, k: number) => (k === classes - 1 ? 4 : -2);

  it('distinguishes a softmax with a background class from per-class sigmoids', () => {
    const softmax = { activation: 'softmax', background: 'last' };
    const sigmoid = { activation: 'sigmoid', background: 'none' };
    expect(
      detr(4, named(3), () => -2),
      'one more than are named',
    ).to.include(softmax);
    expect(detr(4, named(4), last(4)), 'as many as are named').to.include(sigmoid);
    expect(detr(4, [], last(4)), 'nearly all boxes are of the last').to.include(softmax);
    expect(
      detr(92, [], (box, k) => box - k),
      'DETR on COCO',
    ).to.include(softmax);
    const first = (_: number, k: number) => (k === 0 ? -1 : -6);
    expect(detr(80, [], first), 'a sigmoid that sees people in shadows').to.include(sigmoid);
  });

  it('knows outputs without names by their types and shapes', () => {
    const boxes = floats([6, 4], (i) => [4, 8, 30, 40][i % 4]! + Math.floor(i / 4));
    const labels: Tensor = { type: 'int64', dims: [6], data: BigInt64Array.from([1n, 2n, 1n, 1n, 2n, 3n]) };
    const scores = floats([6], () => 0.4);
    const found = headsOf({ 3076: boxes, 3077: labels, 3078: scores }, SIZE, [], false);
    expect(found).to.have.property('heads').that.includes({ boxes: '3076', classes: '3077', scores: '3078' });
    expect(found).to.have.property('heads').that.includes({ form: 'ltrb', unit: 'pixels', class_from: 0 });
    const two = headsOf({ 3076: boxes, 3077: labels, 3078: scores }, SIZE, named(3), false);
    expect(two, 'of three names there is no third')
      .to.have.property('heads')
      .that.includes({ class_from: 1 });
  });

  it('takes nothing for a detector that has no score for each box', () => {
    expect(headsOf({ out: centred(20) }, SIZE, [], false), 'one output').to.equal(null);
    const place = { class: floats([1, 1000], () => -1), place: floats([1, 4], () => 0.5) };
    expect(headsOf(place, SIZE, [], false), 'a class and a place').to.equal(null);
    const maps = { out: floats([1, 3, 8, 8], () => 0), aux: floats([1, 3, 8, 8], () => 0) };
    expect(headsOf(maps, SIZE, [], false)).to.equal(null);
  });

  it('takes maps that halve for levels of a detector, and maps of one size not', () => {
    const map = (side: number, channels = 255) => floats([1, channels, side, side], () => 0);
    expect(rawLevels({ a: map(8), b: map(4) })).to.match(/raw feature levels of a detector/);
    expect(rawLevels({ out: map(8), aux: map(8) })).to.equal(null);
    expect(rawLevels({ a: map(8, 64), b: map(4, 128) }), 'of a backbone').to.equal(null);
  });
});
