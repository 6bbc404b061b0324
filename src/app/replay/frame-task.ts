import { isDeepStrictEqual } from 'node:util';
import type { CameraFrame } from '../../contracts/observation.js';
import { haveOneOrigin } from './frame-origin.js';

/** A task that looks at a frame, as vision's and those of adapters do. */
export interface FrameTask {
  readonly frame: CameraFrame;
  readonly stamp_ms: number;
}

export function looksAtFrame(task: unknown): task is FrameTask {
  const { frame, stamp_ms } = (task ?? {}) as Partial<FrameTask>;
  return typeof frame === 'object' && frame !== null && 'data' in frame && typeof stamp_ms === 'number';
}

/** The same task to the last pixel. */
export function isSame({ frame, ...rest }: FrameTask, { frame: asked, ...asked_rest }: FrameTask): boolean {
  return (
    isDeepStrictEqual(formOf(frame), formOf(asked)) &&
    isDeepStrictEqual(rest, asked_rest) &&
    (haveOneOrigin(frame, asked) || Buffer.compare(frame.data, asked.data) === 0)
  );
}

/** All but the pixels, which may not be read yet. */
function formOf(frame: CameraFrame): object {
  return Object.fromEntries(
    Object.keys(frame).map((key) => [key, key !== 'data' && Reflect.get(frame, key)]),
  );
}
