import { parentPort, workerData } from 'node:worker_threads';
import { TabletopRenderer } from './render/renderer.js';
import type { RenderAnswer, RenderRequest, RenderSetup } from './render-protocol.js';
import { TabletopWorld } from './world.js';

/** Entry of the rendering thread: it draws the states it is given into shared memory. */
const { slots, pixels_at, ...world } = workerData as RenderSetup;
const renderer = new TabletopRenderer(new TabletopWorld(world).rendererOptions);
const images = slots.map((slot) => new Uint8Array(slot, pixels_at, renderer.frame_bytes));
const answer = (message: RenderAnswer): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ slot, state, noise }: RenderRequest) => {
  const begin = performance.now();
  renderer.render(state, noise, images[slot]);
  answer({ kind: 'done', slot, render_ms: performance.now() - begin });
});
answer({ kind: 'ready' });
