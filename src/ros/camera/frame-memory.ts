import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Frames that stay readable: those of some tenths of a second, while a cycle uses the newest one at once. */
const KEPT = 24;

/**
 * Gives the memory of old frames back at once. The garbage collector sees a megabyte a frame as pressure and would
 * otherwise stop the thread that serves ROS several times a second, for little garbage of its own.
 */
export class FrameMemory {
  private readonly kept: ArrayBuffer[] = [];
  /** What is posted to a closed port is dropped with all that was handed over with it. */
  private readonly nowhere = closedPort();

  /** Keeps a message's memory until some more have come; afterwards it has no bytes any more. */
  keep(bytes: Uint8Array): void {
    // Memory that others use too (a pool, memory of a library's own) is not ours to give back.
    if (!(bytes.buffer instanceof ArrayBuffer) || bytes.buffer.byteLength !== bytes.byteLength) return;
    this.kept.push(bytes.buffer);
    if (this.kept.length > KEPT) this.drop(this.kept.shift()!);
  }

  private drop(memory: ArrayBuffer): void {
    try {
      this.nowhere.postMessage(null, [memory]);
    } catch (thrown) {
      // Memory that cannot change hands is left to the garbage collector, as it would be anyway.
      if (!(thrown instanceof DOMException)) throw thrown;
    }
  }
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.unref();
  return port1;
}
