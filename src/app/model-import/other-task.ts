import type { Tensor } from '../../contracts/inference.js';
import { isMap, type Seen } from './guess.js';

/** A map of one number for each place has at least so many rows; shorter ones may be tokens. */
const ROWS_MIN = 64;
/** Beyond this a number of a map is no logit of a class, whatever the network. */
const LOGIT_MAX = 100;

/** What an output is by its name, where no adapter reads it. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/depth|dispar/, 'it estimates depth'],
  [/heat_?map|key_?point|landmark|(^|_)pafs?$/, 'it outputs keypoints'],
  [/(^|_)flow/, 'it estimates optical flow'],
];
/** Of Mask2Former, MaskFormer and SAM. */
const MASKS = /^(masks_queries_logits|pred_masks|low_res_masks)$/;

/**
 * Why a model is of a task that no adapter reads, by the names of its outputs and the numbers of the one that says most;
 * null where nothing speaks for that. A number for each place looks like the map of a segmenter, whatever it means.
 */
export function otherTask(seen: Seen, tensors: Readonly<Record<string, Tensor>>): string | null {
  const names = Object.keys(tensors).map((name) => name.toLowerCase());
  const told = whatElse(seen, names);
  if (told === null) return null;
  return `${told}; adapters support classification, detection, segmentation and embedding; if it is one of these, pass --kind`;
}

function whatElse({ name, type, dims, data, input }: Seen, names: readonly string[]): string | null {
  if (names.some((each) => MASKS.test(each)))
    return 'it outputs mask queries that still have to be combined; export a variant that outputs a class map';
  const named = BY_NAME.find(([pattern]) => pattern.test(name.toLowerCase()));
  if (named) return named[1];
  const inner = dims[0] === 1 ? dims.slice(1) : dims;
  if (
    !type.startsWith('float') ||
    data === null ||
    inner.length < 2 ||
    inner.length > 3 ||
    !isMap(inner, input)
  )
    return null;
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const one = inner.filter((dim) => dim > 1).length === 2;
  if (one && (largest > LOGIT_MAX || (inner.length === 2 && inner[0]! >= ROWS_MIN)))
    return `it outputs one value of up to ${largest.toPrecision(3)} per pixel, like a depth map`;
  const larger = inner.filter((dim) => dim > Math.max(...input)).length === 2;
  return larger && inner.includes(3) ? 'it outputs an image larger than its input' : null;
}
