import { SageError } from '../contracts/errors.js';
import { span } from '../contracts/readable.js';
import { type BagMessage, type Complain, sinceStart } from './bag.js';

/** Time that may lie between neighbours in the wrong order before it is no longer the jitter of a recorder, ms. */
export const JUMP_MAX_MS = 10_000;
/** What may be held to be sorted, bytes: chunks that overlap. */
const HELD_MAX_BYTES = 96 << 20;

/** A part of a bag that is loaded whole. */
export interface Piece {
  /** No message of it is earlier. */
  readonly start_ms: number;
  readonly load: () => BagMessage[];
}

export interface OrderOptions {
  readonly where: string;
  readonly start_ms: number;
  readonly complain: Complain;
}

/**
 * The messages of pieces, given in order of their starts, in order of time; of equal times as they lie in the file.
 * No more is held than pieces that overlap. SAGE_1007 where that is too much to sort, or a jump inside of one piece.
 */
export function* inOrder(pieces: readonly Piece[], options: OrderOptions): Generator<BagMessage> {
  let held: BagMessage[] = [];
  let bytes = 0;
  for (const [index, piece] of pieces.entries()) {
    const loaded = piece.load();
    sortByTime(loaded, options);
    held = held.length === 0 ? loaded : merged(held, loaded);
    for (const { data } of loaded) bytes += data.length;
    const limit_ms = pieces[index + 1]?.start_ms ?? Number.POSITIVE_INFINITY;
    let free = countUpTo(held, limit_ms);
    if (free < held.length && bytes > HELD_MAX_BYTES) {
      const told = `parts that overlap by more than ${HELD_MAX_BYTES >> 20} MB`;
      const upTo = sinceStart(held[free]!.time_ms, options.start_ms);
      options.complain(new SageError('SAGE_1007', options.where, `${told}; it could be read up to ${upTo}`));
      free = held.length;
    }
    for (let at = 0; at < free; at++) {
      bytes -= held[at]!.data.length;
      yield held[at]!;
    }
    held = free === held.length ? [] : held.slice(free);
  }
}

/** Sorts in place where needed; equal times keep their order. */
function sortByTime(messages: BagMessage[], { where, start_ms, complain }: OrderOptions): void {
  let newest_ms = Number.NEGATIVE_INFINITY;
  let sorted = true;
  let jump_ms = 0;
  for (const { time_ms } of messages) {
    if (time_ms < newest_ms) {
      sorted = false;
      jump_ms = Math.max(jump_ms, newest_ms - time_ms);
    } else newest_ms = time_ms;
  }
  if (sorted) return;
  messages.sort((a, b) => a.time_ms - b.time_ms);
  if (jump_ms <= JUMP_MAX_MS) return;
  const told = `by ${span(jump_ms)}; it could be read up to ${sinceStart(messages[0]!.time_ms, start_ms)}`;
  complain(new SageError('SAGE_1007', where, told));
}

function countUpTo(messages: readonly BagMessage[], limit_ms: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.time_ms <= limit_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged(a: readonly BagMessage[], b: readonly BagMessage[]): BagMessage[] {
  const out: BagMessage[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) out.push(a[i]!.time_ms <= b[j]!.time_ms ? a[i++]! : b[j++]!);
  while (i < a.length) out.push(a[i++]!);
  while (j < b.length) out.push(b[j++]!);
  return out;
}
