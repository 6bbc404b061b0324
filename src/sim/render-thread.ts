import type { Worker } from 'node:worker_threads';
import { startWorker } from '../threads/start-worker.js';
import type { RenderAnswer, RenderRequest, RenderSetup } from './render-protocol.js';
import type { SceneState } from './scene/state.js';

/** Frames in memory: one being drawn, one that is the last. */
const SLOTS = 2;

/** A finished frame: the whole message, and the memory behind it. */
export interface ThreadFrame {
  readonly message: Buffer;
  readonly render_ms: number;
}

/**
 * Renders a world on a thread of its own, so that a frame never delays what else the process does. The frame is
 * drawn in place into a message whose beginning is given, in shared memory: nobody copies it.
 */
export class RenderThread {
  private readonly worker: Worker;
  private readonly messages: readonly Buffer[];
  private started = false;
  private waiting: ((frame: ThreadFrame) => void) | null = null;
  private next = 0;

  /**
   * `prefix`: the bytes before the pixels; its length must be a multiple of four. `onError` is told when the
   * thread ended by itself, after which it renders nothing any more.
   */
  constructor(
    world: Pick<RenderSetup, 'seed' | 'blocks' | 'own'>,
    prefix: Uint8Array,
    pixel_bytes: number,
    onError: (error: Error) => void,
  ) {
    const slots = Array.from(
      { length: SLOTS },
      () => new SharedArrayBuffer(Math.ceil((prefix.length + pixel_bytes) / 4) * 4),
    );
    this.messages = slots.map((slot) => Buffer.from(slot, 0, prefix.length + pixel_bytes));
    for (const message of this.messages) message.set(prefix);
    const setup: RenderSetup = { ...world, slots, pixels_at: prefix.length };
    this.worker = startWorker<RenderSetup>(import.meta.url, 'render-worker', setup);
    this.worker.on('message', (answer: RenderAnswer) => this.take(answer));
    this.worker.on('error', onError);
  }

  /** Whether it has loaded and painted its table, which takes some tenths of a second. */
  get ready(): boolean {
    return this.started;
  }

  /** Draws a state; false, and nothing happens, while the thread starts or draws another. */
  render(state: SceneState, noise: number, done: (frame: ThreadFrame) => void): boolean {
    if (!this.started || this.waiting !== null) return false;
    this.waiting = done;
    const request: RenderRequest = { slot: this.next, state, noise };
    this.worker.postMessage(request);
    this.next = (this.next + 1) % SLOTS;
    return true;
  }

  /** Ends the thread; a frame under way is not delivered. */
  async close(): Promise<void> {
    this.waiting = null;
    this.worker.removeAllListeners();
    await this.worker.terminate();
  }

  private take(answer: RenderAnswer): void {
    if (answer.kind === 'ready') {
      this.started = true;
      return;
    }
    const done = this.waiting;
    this.waiting = null;
    done?.({ message: this.messages[answer.slot]!, render_ms: answer.render_ms });
  }
}
