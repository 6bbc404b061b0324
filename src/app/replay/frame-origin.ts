import type { CameraFrame } from '../../contracts/observation.js';
import type { MessagePlace } from '../../replay/bag.js';

const places = new WeakMap<CameraFrame, MessagePlace>();

/** Notes which message of a bag a frame was made of, as it stands there. */
export function noteOrigin(frame: CameraFrame, place: MessagePlace | undefined): void {
  if (place !== undefined) places.set(frame, place);
}

/** Whether two frames are known to be of one message, so that their pixels need not be read to be compared. */
export function haveOneOrigin(a: CameraFrame, b: CameraFrame): boolean {
  return cameFrom(a, places.get(b));
}

/** Whether a frame is known to be of the message at a place of a bag. */
export function cameFrom(frame: CameraFrame, place: MessagePlace | undefined): boolean {
  const own = places.get(frame);
  return own !== undefined && own.piece === place?.piece && own.at === place.at;
}
