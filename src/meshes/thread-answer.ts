/** Longest answer, bytes: a hundred times that of a robot with many links. */
const ANSWER_BYTES_MAX = 1 << 20;
const HEAD_BYTES = 8;

/** Shared memory for a single answer of a thread, whether or not its caller blocks on it. */
export const answerMemory = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD_BYTES + ANSWER_BYTES_MAX);

/** Writes plain data there; anything too long is dropped. */
export function answer(memory: SharedArrayBuffer, value: unknown): void {
  const head = new Int32Array(memory, 0, 2);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const fits = bytes.length <= ANSWER_BYTES_MAX;
  if (fits) new Uint8Array(memory, HEAD_BYTES).set(bytes);
  Atomics.store(head, 1, fits ? bytes.length : 0);
  Atomics.store(head, 0, 1);
  Atomics.notify(head, 0);
}

/** Blocks the caller until there is an answer, or until the timeout. */
export function awaitAnswer(memory: SharedArrayBuffer, longest_ms: number): void {
  Atomics.wait(new Int32Array(memory, 0, 2), 0, 0, longest_ms);
}

/** The answer; null if there is none. */
export function answered<Value>(memory: SharedArrayBuffer): Value | null {
  const head = new Int32Array(memory, 0, 2);
  const length = Atomics.load(head, 1);
  if (Atomics.load(head, 0) === 0 || length === 0) return null;
  return JSON.parse(new TextDecoder().decode(new Uint8Array(memory, HEAD_BYTES, length).slice())) as Value;
}
