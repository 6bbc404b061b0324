import type { Fault } from '../../contracts/errors.js';

/** Faults of a bag that are kept for the result; all are counted. */
const FAULTS_MAX = 50;
/** Of faults that differ in their numbers alone. */
const ALIKE_MAX = 5;
/** Faults that are recognized when a bag is read again. */
const KNOWN_MAX = 20_000;

/** What faults of the same kind have in common: everything but the numbers, which are places and times. */
function kindOf({ code, where, text }: Fault): string {
  return `${code} ${where} ${text}`.replaceAll(/\d+(\.\d+)?/g, '#');
}

/** What best effort went past. */
export class Skipped {
  count = 0;
  /** The first ones, a few of each kind, so that many of one kind do not hide another. */
  readonly first: Fault[] = [];
  private readonly known = new Set<string>();
  private readonly kinds = new Map<string, number>();
  private told: (fault: Fault) => void = () => {};

  add(fault: Fault): void {
    // A bag may be read twice, first for what was said before its beginning; its faults are reported once.
    const { code, where, text } = fault;
    const whole = `${code} ${where} ${text}`;
    if (this.known.has(whole)) return;
    if (this.known.size < KNOWN_MAX) this.known.add(whole);
    this.count += 1;
    const kind = kindOf(fault);
    const alike = this.kinds.get(kind) ?? 0;
    if (alike > 0 || this.kinds.size < KNOWN_MAX) this.kinds.set(kind, alike + 1);
    if (alike < ALIKE_MAX && this.first.length < FAULTS_MAX) this.first.push(fault);
    this.told(fault);
  }

  /** Tells of those so far, and of all that come. */
  listen(told: (fault: Fault) => void): void {
    for (const fault of this.first) told(fault);
    this.told = told;
  }
}
