import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** What is posted to a closed port is dropped with all that was handed over with it. */
const nowhere = closedPort();

/**
 * Gives the memory of a message back at once; it has no bytes any more. The garbage collector sees the megabytes of
 * images as pressure, and would otherwise stop the thread several times a second, for little garbage of its own.
 * Memory that others use too (a pool, memory of a library's own) is left alone.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.byteLength) return;
  try {
    nowhere.postMessage(null, [buffer]);
  } catch (thrown) {
    // Memory that cannot change hands is left to the garbage collector, as it would be anyway.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.unref();
  return port1;
}
