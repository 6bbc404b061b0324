import type { CameraFrame } from '../../contracts/observation.js';
import type { MessagePlace } from '../../replay/bag.js';

const places = new WeakMap<CameraFrame, MessagePlace>();

/** Notes which message of a bag a frame was made of, as it stands there. */
export function noteOrigin(frame: CameraFrame, place: MessagePlace | undefined): void {
  if (place !== undefined) places.set(frame, place);
}

/** Whether two frames are known to be of one message, so that their pixels need not be read to be compared. */
export function haveOneOrigin(a: CameraFrame, b: CameraFrame): boolean {
  const [one, other] = [places.get(a), places.get(b)];
  return one !== undefined && one.piece === other?.piece && one.at === other.at;
}
