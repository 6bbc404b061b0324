import type { Transform } from '../../robot/transform.js';

/** Classes of the label image, as the vision model has them. */
export const LABEL = { background: 0, robot: 1, block: 2, hand: 3 } as const;

/** Instances of the label image: 0 background, 1 robot, 2 hand, and one per block from here. */
export const INSTANCE = { background: 0, robot: 1, hand: 2, first_block: 16 } as const;

/** What one frame shows; plain data, so that it can go to a rendering thread. */
export interface SceneState {
  /** Number of the frame; chooses its sensor noise. */
  readonly frame: number;
  /** Transforms of all links in the base frame, twelve numbers each, in the order of the robot model. */
  readonly links: Float64Array;
  /** Poses of the blocks' centres in the base frame. */
  readonly blocks: readonly Transform[];
  /** Palm of the hand (x along the fingers, z out of its back) in the base frame; null when there is none. */
  readonly hand: Transform | null;
  /** Light of the scene, 1 = nominal. */
  readonly exposure: number;
}

/** A rendered frame. */
export interface RenderedFrame {
  readonly width: number;
  readonly height: number;
  /** rgb8, three bytes per pixel, rows without padding. */
  readonly data: Uint8Array;
  readonly labels?: FrameLabels;
}

/** Ground truth per pixel. */
export interface FrameLabels {
  /** A value of LABEL per pixel. */
  readonly classes: Uint8Array;
  /** A value of INSTANCE per pixel; blocks are `INSTANCE.first_block + index`. */
  readonly instances: Uint8Array;
}
