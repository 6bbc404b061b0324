import { giveBack } from '../memory.js';

/** Frames that stay readable: those of some tenths of a second, while a cycle uses the newest one at once. */
export const FRAMES_KEPT = 24;

/** Gives the memory of old frames back as soon as newer ones have come. */
export class FrameMemory {
  private readonly kept: Uint8Array[] = [];

  /** Keeps a message's memory until some more have come; afterwards it has no bytes any more. */
  keep(bytes: Uint8Array): void {
    this.kept.push(bytes);
    if (this.kept.length > FRAMES_KEPT) giveBack(this.kept.shift()!);
  }
}
