/** Longest answer, bytes: a hundred times that of a robot with many links. */
const ANSWER_BYTES_MAX = 1 << 20;
const HEAD_BYTES = 8;

/** Memory through which a thread answers once, whether its caller waits for that or goes on. */
export const answerMemory = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD_BYTES + ANSWER_BYTES_MAX);

/** Leaves plain data there. What is too long is no answer. */
export function answer(memory: SharedArrayBuffer, value: unknown): void {
  const head = new Int32Array(memory, 0, 2);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const fits = bytes.length <= ANSWER_BYTES_MAX;
  if (fits) new Uint8Array(memory, HEAD_BYTES).set(bytes);
  Atomics.store(head, 1, fits ? bytes.length : 0);
  Atomics.store(head, 0, 1);
  Atomics.notify(head, 0);
}

/** Holds up the caller until there is an answer, or for so long at most. */
export function awaitAnswer(memory: SharedArrayBuffer, longest_ms: number): void {
  Atomics.wait(new Int32Array(memory, 0, 2), 0, 0, longest_ms);
}

/** What was answered; null where nothing was. */
export function answered<Value>(memory: SharedArrayBuffer): Value | null {
  const head = new Int32Array(memory, 0, 2);
  const length = Atomics.load(head, 1);
  if (Atomics.load(head, 0) === 0 || length === 0) return null;
  return JSON.parse(new TextDecoder().decode(new Uint8Array(memory, HEAD_BYTES, length).slice())) as Value;
}
