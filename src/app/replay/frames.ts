import { isFault, SageError } from '../../contracts/errors.js';
import type { LogInput } from '../../contracts/log.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { Bag, BagMessage } from '../../replay/bag.js';
import type { DescribedFrame, FrameOf } from '../../replay/log-inputs.js';
import { FRAMES_KEPT } from '../../ros/camera/frame-memory.js';
import { BagImages, imageTopicOf } from './bag-images.js';
import type { TopicChoice } from './topic-choice.js';

/** Images without pixels: requesting them anyway is an error. */
export const noFrames: FrameOf = async (input, described) =>
  withPixels(described, () => missing(input, 'no bag given'));

/**
 * Finds the images that a log names in the bag that was recorded with it, by their stamps. Raw images are looked at
 * only when a plugin wants their pixels; what is not in the bag is SAGE_1025 then.
 */
export function framesOf(bag: Bag, choice: TopicChoice): FrameOf {
  const topic = imageTopicOf((name) => choice.chosen.get(name));
  if (topic === null) return noFrames;
  const images = new BagImages(bag, topic, FRAMES_KEPT);
  const pixelsOf = (message: BagMessage, input: LogInput): Uint8Array => {
    const frame = images.rawFrame(message);
    return isFault(frame) ? missing(input, frame.text) : frame.data;
  };
  return async (input, described) => {
    const found = images.find(input.stamp_ms);
    if (found === null)
      return withPixels(described, () => missing(input, `${topic.topic.topic} has no such image`));
    if (topic.raw) return withPixels(described, () => pixelsOf(found, input));
    const frame = await images.frameOf(found);
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

function missing(input: LogInput, detail: string): never {
  throw new SageError('SAGE_1025', `${input.source} at ${input.stamp_ms} ms`, detail);
}
