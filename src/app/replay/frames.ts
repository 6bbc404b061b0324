import { SageError } from '../../contracts/errors.js';
import type { LogInput } from '../../contracts/log.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { Bag, BagMessage } from '../../replay/bag.js';
import { decoderOf } from '../../replay/decode.js';
import type { DescribedFrame, FrameOf } from '../../replay/log-inputs.js';
import { decodeImage } from '../../ros/camera/decode.js';
import { checkImage } from '../../ros/camera/image-check.js';
import { isFault } from '../../ros/camera/pose.js';
import { readImage } from '../../ros/cdr-reader.js';
import type { CompressedImageMessage } from '../../ros/messages.js';
import { stampToMs } from '../../ros/stamps.js';
import type { TopicChoice } from './topic-choice.js';

/** Stamps are the same numbers in the log and in the bag, up to the rounding of ms. */
const SAME_MS = 1e-3;

/** Images without pixels: whoever wants them all the same is told that they are nowhere. */
export const noFrames: FrameOf = async (input, described) =>
  withPixels(described, () => missing(input, 'no bag is given'));

/**
 * Finds the images that a log names in the bag that was recorded with it, by their stamps. Raw images are looked at
 * only when a plugin wants their pixels; what is not in the bag is SAGE_1025 then.
 */
export function framesOf(bag: Bag, choice: TopicChoice): FrameOf {
  const raw = choice.chosen.get('camera/image_raw');
  const compressed = choice.chosen.get('camera/image_raw/compressed');
  const topic = raw ?? compressed;
  if (topic === undefined) return noFrames;
  const source = bag.read({ topics: new Set([topic.topic]) });
  const decode = raw === undefined ? decoderOf(topic) : null;
  let ahead: BagMessage | null = null;
  let ahead_ms = Number.NEGATIVE_INFINITY;

  /** The message with this stamp; what comes before it is passed. */
  const find = (stamp_ms: number): BagMessage | null => {
    while (ahead_ms < stamp_ms - SAME_MS) {
      ahead = source.next().value ?? null;
      if (ahead === null) return null;
      const message =
        decode === null ? readImage(ahead.data) : (decode(ahead.data) as CompressedImageMessage);
      ahead_ms = stampToMs(message.header.stamp) || ahead.time_ms;
    }
    return ahead_ms <= stamp_ms + SAME_MS ? ahead : null;
  };

  return async (input, described) => {
    const found = find(input.stamp_ms);
    if (found === null)
      return withPixels(described, () => missing(input, `${topic.topic} has no such image`));
    if (decode === null) return withPixels(described, () => pixelsOf(found, input));
    const frame = await decodeImage(decode(found.data) as CompressedImageMessage, topic.topic);
    return isFault(frame) ? withPixels(described, () => missing(input, frame.text)) : frame;
  };
}

function withPixels(described: DescribedFrame, pixels: () => Uint8Array): CameraFrame {
  return {
    ...described,
    get data() {
      return pixels();
    },
  };
}

function pixelsOf({ topic, data }: BagMessage, input: LogInput): Uint8Array {
  const frame = checkImage(readImage(data), topic.topic);
  return isFault(frame) ? missing(input, frame.text) : frame.data;
}

function missing(input: LogInput, detail: string): never {
  throw new SageError('SAGE_1025', `${input.source} at ${input.stamp_ms} ms`, detail);
}
