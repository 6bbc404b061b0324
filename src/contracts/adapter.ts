import { z } from 'zod';
import { BATCH_MAX } from './inference.js';
import type { CameraFrame } from './observation.js';

export const ADAPTER_KINDS = ['classification', 'detection', 'segmentation', 'embedding'] as const;

/** What a detector's output looks like, see `src/plugins/adapters/detection.ts`. */
export const DETECTION_LAYOUTS = ['yolov5', 'yolov8', 'yolox', 'end2end'] as const;
export type DetectionLayout = (typeof DETECTION_LAYOUTS)[number];

const outputName = z.string().min(1).max(256);

/** A detector that gives boxes, scores and classes in outputs of their own, see `src/plugins/adapters/heads.ts`. */
const headsSchema = z.strictObject({
  boxes: outputName.describe(
    'output with the boxes, [1, boxes, 4] or [boxes, 4]; a fifth value is the score',
  ),
  scores: outputName
    .optional()
    .describe('output with a score per box, or per box and class; absent: the score follows the box'),
  classes: outputName.optional().describe('output with the class of each box, if a box has one score'),
  count: outputName.optional().describe('output with the number of valid boxes; the rest is padding'),
  form: z
    .enum(['ltrb', 'tlbr', 'cxcywh'])
    .default('ltrb')
    .describe('box format: corners with x first or y first, or centre and size'),
  unit: z
    .enum(['pixels', 'share'])
    .default('pixels')
    .describe('pixels of the input, or fractions of its sides, 0..1'),
  activation: z
    .enum(['none', 'sigmoid', 'softmax'])
    .default('none')
    .describe('turns the scores into probabilities'),
  background: z
    .enum(['none', 'first', 'last'])
    .default('none')
    .describe('which scored class is the background'),
  class_from: z.int().min(0).max(1).default(0).describe('index of the first class in `classes`'),
});
export type DetectionHeads = z.infer<typeof headsSchema>;

/** How an exported model becomes a plugin: which kind of model it is, and what its numbers mean. */
export const adapterSchema = z.strictObject({
  kind: z.enum(ADAPTER_KINDS),
  layout: z
    .enum(DETECTION_LAYOUTS)
    .optional()
    .describe(
      'detection: rows of box, objectness and classes; columns of box and classes; YOLOX grid rows; or decoded rows; absent: inferred from the shape',
    ),
  columns: z
    .string()
    .regex(/^(?=.*l)(?=.*t)(?=.*r)(?=.*b)(?=.*s)(?=.*c)(?!.*([ltrbsc]).*\1)[ltrbsc_]{6,8}$/)
    .optional()
    .describe(
      'end2end: the values of a row: left, top, right, bottom, score, class, _ for unused; absent: ltrbsc, or _ltrbcs for seven',
    ),
  heads: headsSchema.optional().describe('detection: for boxes, scores and classes in separate outputs'),
  extra: z
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe('detection: values after the classes of each box to ignore, such as masks or keypoints'),
  output: outputName.optional().describe('the output to read, if not the first'),
  constants: z
    .record(z.string().min(1).max(256), z.array(z.number()).min(1).max(16))
    .default({})
    .describe('constant inputs besides the image; a single number fills the input'),
  pool: z
    .enum(['none', 'first', 'mean'])
    .default('none')
    .describe('embedding: the first token of [1, tokens, numbers], or the mean over all positions'),
  size: z
    .array(z.int().min(8).max(4096))
    .length(2)
    .optional()
    .describe('height and width of the input, if dynamic in the graph'),
  scale: z.number().positive().default(255).describe('pixels, 0..255, are divided by this'),
  mean: z
    .array(z.number())
    .length(3)
    .default([0, 0, 0])
    .describe('then this is subtracted from each channel'),
  std: z
    .array(z.number().positive())
    .length(3)
    .default([1, 1, 1])
    .describe('and each channel divided by this'),
  channels: z.enum(['rgb', 'bgr']).default('rgb'),
  fit: z.enum(['stretch', 'letterbox']).default('letterbox'),
  softmax: z
    .boolean()
    .default(true)
    .describe('classification, segmentation: the outputs are logits, not probabilities'),
  score_min: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('detection: boxes with a lower score are dropped'),
  iou_max: z
    .number()
    .min(0)
    .max(1)
    .default(0.45)
    .describe('detection: non-maximum suppression merges boxes of a class that overlap more'),
  tiles: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe('above 1, the model also runs on tiles × tiles parts of the frame'),
  things: z
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('above 0, the model also runs on crops of up to this many known objects in the frame'),
  batch: z
    .int()
    .min(1)
    .max(BATCH_MAX)
    .default(1)
    .describe('crops per step: sent in one request, and as one batch if the model supports it'),
  objects: z
    .array(z.string().min(1).max(64))
    .max(1000)
    .default([])
    .describe('detection: classes of objects on the table, to compare with the believed objects'),
});
export type AdapterDeclaration = z.infer<typeof adapterSchema>;

/** One input or output as the manifest declares it. */
export interface AdapterValue {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

/** A model as its adapter sees it. */
export interface AdapterModel {
  readonly id: string;
  readonly adapter: AdapterDeclaration;
  /** Names of the classes; empty where the manifest has none. */
  readonly classes: readonly string[];
  /** The graph that is run, its inputs by what they take (one at least), and the output that is read. */
  readonly graph: string;
  readonly vision: AdapterValue | null;
  readonly audio: AdapterValue | null;
  /** Inputs that are always the same. */
  readonly constants: readonly AdapterValue[];
  readonly output: Pick<AdapterValue, 'name' | 'shape'>;
  /** All outputs that are read. */
  readonly fetch: readonly string[];
}

/** A part of a frame, in its pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What an adapter is asked: what there is of the modalities that its model takes, all of them. */
export interface AdapterTask {
  readonly frame: CameraFrame | null;
  /** What was heard, see SoundReading.samples. */
  readonly sound: Float32Array | null;
  /** Where in the frame the things lie that it is to look at by themselves; at most `things`. */
  readonly things: readonly Region[];
  /** Of the newest of them. */
  readonly stamp_ms: number;
}

/** A box in pixels of the frame. */
export interface Detection {
  readonly label: string;
  /** 0..1. */
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a model of a user answers for one task. */
export interface AdapterAnswer {
  readonly stamp_ms: number;
  /** What it is to the model, for SNARC: class probabilities, scores, shares, or its embedding. */
  readonly embedding: Float32Array;
  /** How unsure it is, 0..1. */
  readonly uncertainty: number;
  /** Detection: the boxes, the surest first. */
  readonly detections: readonly Detection[];
  /** Classification and segmentation: the largest classes with their probability or share of the frame. */
  readonly labels: readonly { readonly label: string; readonly share: number }[];
}
