import { type Fault, fault } from '../contracts/errors.js';

/** Commands of our own that may still be under way to ourselves. */
const OWN_MAX = 4;
/** How long a command of another node is reported, and a goal after its end, ms. */
export const TOLD_MS = 10_000;
/** The bytes behind the encapsulation, which the middleware may rewrite. */
const BODY_AT = 4;

/**
 * Tells commands of other nodes on our own topic from ours. The middleware gives no id of our publisher, so they are
 * told apart by what they say; one that says the same as ours does no harm.
 */
export class ForeignCommands {
  private readonly own: Buffer[] = [];
  private count = 0;
  private last_ms = Number.NEGATIVE_INFINITY;

  constructor(private readonly topic: string) {}

  /** Takes note of what is about to be sent. */
  sent(message: Buffer): void {
    this.own.push(message.subarray(BODY_AT));
    if (this.own.length > OWN_MAX) this.own.shift();
  }

  /** Takes what came over the topic; `now_ms` of a clock that only goes forward. */
  heard(message: Uint8Array, now_ms: number): void {
    const body = message.subarray(BODY_AT);
    if (this.own.some((sent) => same(sent, body))) return;
    this.count += 1;
    this.last_ms = now_ms;
  }

  /** What is wrong with the topic now, or null. */
  fault(now_ms: number): Fault | null {
    if (now_ms - this.last_ms > TOLD_MS) return null;
    return foreignFault(this.count, 'message', `on ${this.topic}`);
  }
}

/** What is wrong where others have sent `count` of these. */
export function foreignFault(count: number, what: 'message' | 'goal', where: string): Fault {
  return fault('SAGE_712', 'arm', `${count} ${what}${count === 1 ? '' : 's'} ${where} so far`);
}

/** True where one is the other, but for zeros that fill it up to a multiple of four. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 3) return false;
  return Buffer.compare(short, long.subarray(0, short.length)) === 0;
}
