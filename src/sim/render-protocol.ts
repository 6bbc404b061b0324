import type { OwnRobot } from './robot/own.js';
import type { SceneState } from './scene/state.js';

/** What a rendering thread is started with. */
export interface RenderSetup {
  readonly seed: number;
  readonly blocks: number;
  /** Another robot than the tabletop arm. */
  readonly own?: OwnRobot;
  /** Messages into which it draws. */
  readonly slots: readonly SharedArrayBuffer[];
  /** Where the pixels begin in each, bytes; a multiple of four. */
  readonly pixels_at: number;
}

export interface RenderRequest {
  readonly slot: number;
  readonly state: SceneState;
  /** Standard deviation of the sensor noise, share of full scale. */
  readonly noise: number;
}

/** `ready` once, then one answer per request, in order. */
export type RenderAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly slot: number; readonly render_ms: number };
