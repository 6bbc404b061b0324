import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AdapterDeclaration } from '../../contracts/adapter.js';
import { messageOf, SageError } from '../../contracts/errors.js';
import { namesIn } from './class-names.js';
import type { AdapterKind } from './guess.js';

/** What Hugging Face's exports have beside the graph. */
const CONFIG = 'config.json';
const PREPROCESSOR = 'preprocessor_config.json';
const BYTES_MAX = 4_000_000;
const BYTE_MAX = 255;

const three = z.array(z.number()).length(3);
const side = z.int().min(8).max(4096);
const sizeSchema = z
  .union([
    z
      .object({ height: side, width: side })
      .transform(({ height, width }): [number, number] => [height, width]),
    z.object({ shortest_edge: side }).transform(({ shortest_edge: edge }): [number, number] => [edge, edge]),
    side.transform((edge): [number, number] => [edge, edge]),
  ])
  .optional()
  .catch(undefined);
const configSchema = z.looseObject({
  architectures: z.array(z.string()).nullish(),
  model_type: z.string().optional(),
  id2label: z.unknown().optional(),
});
const preprocessorSchema = z.looseObject({
  do_resize: z.boolean().nullish(),
  do_rescale: z.boolean().nullish(),
  do_normalize: z.boolean().nullish(),
  do_center_crop: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  image_mean: three.nullish().catch(undefined),
  image_std: three.nullish().catch(undefined),
  size: sizeSchema,
  crop_size: sizeSchema,
});

/** What the files beside a graph say of it. */
export interface Beside {
  readonly kind?: AdapterKind;
  readonly classes?: readonly string[];
  readonly size?: readonly [number, number];
  readonly pixels: Partial<Pick<AdapterDeclaration, 'scale' | 'mean' | 'std' | 'fit'>>;
  /** Names of the files that were read. */
  readonly files: readonly string[];
}

/** Tasks in the names of architectures. */
const TASKS: readonly (readonly [pattern: RegExp, kind: AdapterKind])[] = [
  [/ForImageClassification$/, 'classification'],
  [/ForSemanticSegmentation$/, 'segmentation'],
  [/ForObjectDetection$/, 'detection'],
  [/(VisionModel(WithProjection)?|ViTModel|Dinov2\w*Model|Backbone)$/, 'embedding'],
];

/**
 * Reads `config.json` and `preprocessor_config.json` beside a graph, as Hugging Face's exports have them, where they
 * are such: names of classes, the task, and how pixels are scaled.
 * @throws SageError SAGE_902 where one is there and cannot be read
 */
export function besideOf(path: string): Beside {
  const config = read(join(dirname(path), CONFIG), configSchema);
  const preprocessor = read(join(dirname(path), PREPROCESSOR), preprocessorSchema);
  // A file of this name that is about another matter has nothing of these.
  const known = config !== null && (config.architectures != null || config.model_type !== undefined);
  const [architecture = ''] = (known && config.architectures) || [];
  const kind = TASKS.find(([pattern]) => pattern.test(architecture))?.[1];
  const classes =
    known && config.id2label !== undefined && kind !== 'embedding'
      ? namesIn(JSON.stringify(config.id2label), join(dirname(path), CONFIG))
      : undefined;
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(classes === undefined ? {} : { classes }),
    ...(preprocessor === null ? { pixels: {} } : pictureIn(preprocessor)),
    files: [...(known ? [CONFIG] : []), ...(preprocessor === null ? [] : [PREPROCESSOR])],
  };
}

function pictureIn(told: z.infer<typeof preprocessorSchema>): Pick<Beside, 'size' | 'pixels'> {
  const crop = told.do_center_crop === false ? undefined : told.crop_size;
  const size = crop ?? told.size;
  const scale = told.do_rescale === false ? 1 : 1 / (told.rescale_factor ?? 1 / BYTE_MAX);
  const normalised = told.do_normalize !== false;
  return {
    ...(size === undefined ? {} : { size }),
    pixels: {
      scale: Math.round(scale * 1e6) / 1e6,
      ...(normalised && told.image_mean ? { mean: told.image_mean } : {}),
      ...(normalised && told.image_std ? { std: told.image_std } : {}),
      fit: 'stretch',
    },
  };
}

/** What a file says; null where there is none, or it is no JSON of this form. */
function read<T>(path: string, schema: z.ZodType<T>): T | null {
  let text: string;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size > BYTES_MAX) return null;
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // Another program's file of this name: it tells nothing of the graph.
    return null;
  }
  const parsed = schema.safeParse(raw);
  return parsed.success ? parsed.data : null;
}
