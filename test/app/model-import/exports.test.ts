import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { adapterModel } from '../../../src/app/adapters.js';
import { type Described, describeModel, type Told } from '../../../src/app/model-import/describe.js';
import type { AdapterAnswer } from '../../../src/contracts/adapter.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import { createModelHost, type ModelManifest, ModelTrial } from '../../../src/models/index.js';
import { createAdapterPlugin } from '../../../src/plugins/adapters/index.js';
import { hostParameters } from '../../models/fixtures.js';

/** Made by make.py beside them. */
const EXPORTS = join(projectRoot, 'test/fixtures/exports');
const COLOURS = ['red', 'green', 'blue'];
/** Twice the side of the inputs. */
const FRAME: CameraFrame = {
  width: 128,
  height: 128,
  step: 384,
  encoding: 'rgb8',
  data: new Uint8Array(49_152).map((_, i) => i % 251),
  frame_id: '',
};
const context = { step_idx: 0, random: () => 0, signal: new AbortController().signal };

interface Case {
  readonly file: string;
  readonly told?: Partial<Told>;
  /** What it says it took the model for. */
  readonly says: RegExp;
}

/** All find the one box that make.py calls BOX, of the class green. */
const DETECTORS: readonly Case[] = [
  {
    file: 'torchvision-ssd',
    told: { classes: ['__background__', 'red', 'green'] },
    says: /boxes "boxes" \(corners, in pixels\), scores "scores", classes "labels";/,
  },
  {
    file: 'tf-object-detection',
    told: { classes: COLOURS, adapter: { size: [64, 64] } },
    says: /boxes "detection_boxes" \(corners, y before x, in fractions of the image size\), scores "detection_scores", classes "detection_classes" from 1, count "num_detections"/,
  },
  {
    file: 'detr/model',
    told: { adapter: { size: [64, 64] } },
    says: /\(centre and size, in fractions of the image size\), scores "logits" \(softmax, the last class is background\)/,
  },
  { file: 'rt-detr-hf/model', says: /scores "logits" \(sigmoid\)/ },
  {
    file: 'rt-detr',
    told: { classes: COLOURS },
    says: /scores "scores", classes "labels"[\s\S]*input "orig_target_sizes": constant 128, 64/,
  },
  {
    file: 'pytorch-ssd',
    told: { classes: ['BACKGROUND', ...COLOURS] },
    says: /scores "scores" \(the first class is background\)[\s\S]*classes: 3,/,
  },
  {
    file: 'mmdeploy',
    told: { classes: COLOURS },
    says: /boxes "dets" \(corners, in pixels\), classes "labels"/,
  },
  {
    file: 'paddle',
    told: { classes: COLOURS },
    says: /as end2end \(csltrb\)[\s\S]*input "scale_factor": constant 1/,
  },
  { file: 'yolo-nas', told: { classes: COLOURS }, says: /scores "graph2_pred_scores".*count "graph2_num/ },
  { file: 'yolox', told: { classes: COLOURS }, says: /as yolox[\s\S]*bgr, 0 to 255, letterbox/ },
  { file: 'ultralytics-end2end', says: /as end2end/ },
  { file: 'ultralytics-segment', says: /as end2end, 32 values after the classes ignored/ },
];

const SEGMENTERS: readonly Case[] = [
  { file: 'torchvision-deeplab', told: { adapter: { size: [64, 64] } }, says: /logits/ },
  {
    file: 'segformer/model',
    says: /\[1, 3, 16, 16\], logits[\s\S]*config\.json in the same folder[\s\S]*mean and std/,
  },
  { file: 'sigmoid-map', told: { classes: ['rest', 'cup'] }, says: /\[1, 1, 64, 64\], probabilities/ },
  { file: 'mmseg', says: /segmentation: outputs int64 \[1, 1, 64, 64\], class indices/ },
  { file: 'paddleseg', says: /segmentation: outputs int32 \[1, 64, 64\], class indices/ },
  { file: 'keras-unet', says: /segmentation: outputs float32 \[1, 64, 64, 3\], probabilities/ },
];

const CLASSIFIERS: readonly Case[] = [
  { file: 'keras-mobilenet', says: /\[1, 3\], probabilities/ },
  { file: 'timm-13', told: { adapter: { size: [64, 64] } }, says: /\[1, 1000\], logits/ },
  { file: 'timm-21', told: { adapter: { size: [64, 64] } }, says: /\[1, 1000\], logits/ },
  {
    file: 'vit/model',
    says: /logits[\s\S]*classes: 3, from config\.json[\s\S]*normalised with mean and std/,
  },
  { file: 'bytes', says: /probabilities[\s\S]*image: uint8, rgb, 0 to 255/ },
  { file: 'opset-11', says: /\[1, 3\], probabilities/ },
];

/** Of each the numbers that are to be had, all of them 1 where tokens of the picture would be 9. */
const EMBEDDERS: readonly (Case & { readonly length: number })[] = [
  { file: 'clip-vision', says: /embedding: outputs float32 \[1, 16\]/, length: 16 },
  { file: 'dinov2-registers/model', says: /outputs float32 \[1, 8\]/, length: 8 },
  {
    file: 'tokens',
    told: { adapter: { size: [64, 64] } },
    says: /\[1, 21, 8\], first token used/,
    length: 8,
  },
  { file: 'timm-features', says: /\[1, 8, 4, 4\], averaged/, length: 8 },
];

/** What cannot be read, and what is said about it. */
const REFUSED: readonly Case[] = [
  { file: 'raw-anchors', says: /^SAGE_517.*anchor offsets instead of boxes; export the model with decoding/ },
  {
    file: 'raw-levels',
    says: /^SAGE_517.*raw feature levels of a detector; export it with decoding/,
  },
  { file: 'raw-maps', says: /^SAGE_517.*raw feature levels of a detector/ },
  { file: 'clip-both', says: /^SAGE_517.*"input_ids".*it takes text; export only the vision part/ },
  { file: 'depth', says: /^SAGE_517.*it estimates depth; adapters support classification.*pass --kind/ },
  { file: 'mask-queries', says: /^SAGE_517.*mask queries that still have to be combined/ },
  { file: 'unclear', says: /^SAGE_901.*\[1, 48\] does not show what kind of model it is/ },
  { file: 'detr/model', says: /^SAGE_517.*its size is dynamic.*--size 480x640/ },
];

const idOf = (file: string): string => file.replace('/model', '');

describe('app/model-import: what people export', function () {
  this.timeout(240_000);
  let folder = '';
  let trial: ModelTrial;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sage-exports-'));
    trial = await ModelTrial.open(hostParameters());
  });
  after(async () => {
    await trial.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Describes a file and puts it into the folder under its id. */
  async function add({ file, told = {} }: Case): Promise<Described> {
    const path = join(EXPORTS, `${file}.onnx`);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const all: Told = { id: idOf(file), licence: 'Apache-2.0', adapter: {}, ...told };
    const described = await describeModel({ path, sha256, bytes: bytes.byteLength }, bytes, all, trial);
    mkdirSync(join(folder, idOf(file)), { recursive: true });
    copyFileSync(path, join(folder, idOf(file), `${idOf(file)}.onnx`));
    return described;
  }

  /** Adds them all, says what they were taken for, and has each look once through a host that has all of them. */
  async function answersOf(cases: readonly Case[]): Promise<readonly AdapterAnswer[]> {
    const manifests: ModelManifest[] = [];
    for (const each of cases) {
      const { manifest, found } = await add(each);
      expect(found.join('\n'), each.file).to.match(each.says);
      manifests.push(manifest);
    }
    const host = createModelHost({ parameters: hostParameters({ folder }), manifests });
    try {
      await host.ready();
      expect(host.health().faults).to.deep.equal([]);
      const answers: AdapterAnswer[] = [];
      for (const manifest of manifests) {
        const plugin = createAdapterPlugin(adapterModel(manifest), host);
        const task = { frame: FRAME, sound: null, things: [], stamp_ms: 1 };
        const state = await plugin.step(await plugin.initState(task, context), context);
        answers.push(plugin.answer(state));
      }
      return answers;
    } finally {
      await host.close();
    }
  }

  it('finds with every form of detector the box that is there', async () => {
    const answers = await answersOf(DETECTORS);
    for (const [i, { detections, embedding }] of answers.entries()) {
      const where = DETECTORS[i]!.file;
      expect(
        detections.map(({ label }) => label),
        where,
      ).to.deep.equal(['green']);
      const { score, left, top, right, bottom } = detections[0]!;
      expect(score, where).to.be.within(0.85, 0.98);
      for (const [k, value] of [left, top, right, bottom].entries()) {
        expect(value, `${where} ${'ltrb'[k]}`).to.be.closeTo([32, 16, 96, 80][k]!, 0.1);
      }
      expect(Math.max(...embedding), where).to.be.closeTo(score, 1e-6);
    }
  });

  it('knows what it can of a detector that found nothing in the first picture', async () => {
    const { manifest, found } = await add({ file: 'torchvision-none', says: /./ });
    expect(found[0]).to.match(/detection: outputs float32 \[0, 4\]: boxes "boxes" \(corners, in pixels\)/);
    expect(manifest.adapter?.heads).to.include({ boxes: 'boxes', scores: 'scores', classes: 'labels' });
  });

  it('takes segmenters, whatever their maps are', async () => {
    const answers = await answersOf(SEGMENTERS);
    for (const [i, { labels, embedding }] of answers.entries()) {
      const where = SEGMENTERS[i]!.file;
      expect(labels, where).to.have.length(2);
      expect([embedding[0], embedding[1]], where).to.deep.equal([0.5, 0.5]);
    }
  });

  it('takes classifiers, whatever the exporter left open', async () => {
    const answers = await answersOf(CLASSIFIERS);
    for (const [i, { embedding }] of answers.entries()) {
      const where = CLASSIFIERS[i]!.file;
      expect(embedding.indexOf(Math.max(...embedding)), where).to.equal(1);
      expect(Math.max(...embedding), where).to.be.within(0.65, 1);
    }
  });

  it('reads embeddings: that of the image, or the token that represents it', async () => {
    const answers = await answersOf(EMBEDDERS);
    for (const [i, { embedding }] of answers.entries()) {
      const { file, length } = EMBEDDERS[i]!;
      expect([...embedding], file).to.deep.equal(Array.from({ length }, () => 1));
    }
  });

  for (const each of REFUSED) {
    it(`refuses ${each.file} with a reason`, async () => {
      const told = await add(each).then(({ found }) => found.join('\n'), String);
      expect(told.replace('SageError: ', '')).to.match(each.says);
    });
  }
});
