import type { Fault } from '../contracts/errors.js';
import type { ReadingSink } from '../contracts/graph.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Clock } from '../contracts/ports.js';

/** A source says something in the log at most this often, ms: /diagnostics tells the rest. */
const QUIET_MS = 5000;

/** Passes everything on, and writes faults to the log when they begin. */
export class FaultLog implements ReadingSink {
  private readonly told_ms = new Map<string, number>();

  constructor(
    private readonly inner: ReadingSink,
    private readonly clock: Clock,
    private readonly warn: (text: string) => void,
  ) {}

  put(reading: AnyReading): boolean {
    return this.inner.put(reading);
  }

  fault(source: string, found: Fault | null): void {
    this.inner.fault(source, found);
    const now_ms = this.clock.now_ms();
    const since_ms = now_ms - (this.told_ms.get(source) ?? Number.NEGATIVE_INFINITY);
    // A negative time since means that the clock went back.
    if (found === null || (since_ms >= 0 && since_ms < QUIET_MS)) return;
    this.told_ms.set(source, now_ms);
    this.warn(`${source}: ${found.code} ${found.text}`);
  }
}
