import { type Random, seededRandom } from '../contracts/ports.js';
import type { SensorFaults } from './physics/faults.js';

/** What becomes of one frame that is due. */
export type FrameFate =
  /** Nothing is sent. */
  | { readonly kind: 'drop' }
  /** A fresh image; `truncated` ones lose their last third. */
  | { readonly kind: 'fresh'; readonly truncated: boolean }
  /** The last image once more, with a new stamp or its own. */
  | { readonly kind: 'repeat'; readonly new_stamp: boolean };

/** Share of a truncated image that is left. */
export const TRUNCATED_SHARE = 2 / 3;

/** Decides, frame by frame and seeded, what the camera's faults do to the stream. */
export class CameraStream {
  private readonly random: Random;
  private sent = false;

  constructor(seed: number) {
    this.random = seededRandom(seed ^ 0xca3e7a);
  }

  next(faults: SensorFaults, time_s: number): FrameFate {
    if (time_s < faults.camera_off_until_s) return { kind: 'drop' };
    if (faults.drop_share > 0 && this.random.next() < faults.drop_share) return { kind: 'drop' };
    if (this.sent && time_s < faults.freeze_until_s) {
      return { kind: 'repeat', new_stamp: faults.freeze_stamps === 'advance' };
    }
    this.sent = true;
    return { kind: 'fresh', truncated: time_s < faults.truncate_until_s };
  }
}
