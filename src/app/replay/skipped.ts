import type { Fault } from '../../contracts/errors.js';

/** Faults of a bag that are kept to be told at the end; all are counted. */
const FAULTS_MAX = 50;
/** What is said of a place in a file, and not of a message. */
const DAMAGE: ReadonlySet<string> = new Set(['SAGE_1002', 'SAGE_1003', 'SAGE_1004']);

function isSame(a: Fault, b: Fault): boolean {
  return a.code === b.code && a.where === b.where && a.text === b.text;
}

/** What best effort went past. */
export class Skipped {
  count = 0;
  readonly first: Fault[] = [];
  private told: (fault: Fault) => void = () => {};

  add(fault: Fault): void {
    // A bag may be read twice, first for what was said before its beginning; its damage is told once.
    if (DAMAGE.has(fault.code) && this.first.some((known) => isSame(known, fault))) return;
    this.count += 1;
    if (this.first.length < FAULTS_MAX) this.first.push(fault);
    this.told(fault);
  }

  /** Tells of those so far, and of all that come. */
  listen(told: (fault: Fault) => void): void {
    for (const fault of this.first) told(fault);
    this.told = told;
  }
}
