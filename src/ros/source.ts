import { type Fault, fault } from '../contracts/errors.js';
import type { HealthEntry, ReadingSink } from '../contracts/graph.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Clock } from '../contracts/ports.js';
import { span } from '../contracts/readable.js';

/** A fault stays visible on /diagnostics for this long after good data came again, ms. */
const FAULT_SHOWN_MS = 5000;

export interface SourceOptions {
  /** Older than this is stale on /diagnostics, ms; null: a source that speaks only now and then. */
  readonly stale_ms: number | null;
  /** False: nobody need publish it. */
  readonly required: boolean;
}

/**
 * One source of readings: passes good ones on, tells the sink when its data turn bad or good again, and keeps
 * what /diagnostics shows. A single bad message among good ones stays visible for five seconds.
 */
export class Source {
  private received = 0;
  private refused = 0;
  private last_ms = Number.NEGATIVE_INFINITY;
  private current: Fault | null = null;
  private recent: Fault | null = null;
  private recent_ms = Number.NEGATIVE_INFINITY;

  constructor(
    readonly name: string,
    private readonly sink: ReadingSink,
    private readonly clock: Clock,
    private readonly options: SourceOptions,
  ) {}

  /**
   * Delivers a reading and clears the source's fault. False when the sink refused it.
   * @param beside what was wrong with a part of the message that is not in the reading
   */
  good(reading: AnyReading, beside: Fault | null = null): boolean {
    this.received += 1;
    this.last_ms = reading.received_ms;
    const accepted = this.sink.put(reading);
    if (beside !== null) this.note(beside);
    else if (this.current !== null) {
      this.current = null;
      this.sink.fault(this.name, null);
    }
    return accepted;
  }

  /** Says that the latest message could not be used. */
  bad(found: Fault): void {
    this.refused += 1;
    this.note(found);
  }

  private note(found: Fault): void {
    this.recent = found;
    this.recent_ms = this.clock.now_ms();
    if (this.current?.code === found.code && this.current.text === found.text) return;
    this.current = found;
    this.sink.fault(this.name, found);
  }

  /** The fault of the latest message, null when it was good. */
  get fault(): Fault | null {
    return this.current;
  }

  health(): HealthEntry {
    const now_ms = this.clock.now_ms();
    // A clock that went back must not make the last message look new until it is caught up.
    if (this.last_ms > now_ms) this.last_ms = now_ms;
    if (this.recent_ms > now_ms) this.recent_ms = now_ms;
    const age_ms = now_ms - this.last_ms;
    const values = {
      messages: this.received,
      refused: this.refused,
      age_ms: Number.isFinite(age_ms) ? Math.round(age_ms) : 'never',
    };
    const entry = (level: HealthEntry['level'], message: string): HealthEntry => ({
      name: this.name,
      level,
      message,
      values,
    });
    if (this.current !== null) return entry('error', `${this.current.code} ${this.current.text}`);
    if (this.received === 0) {
      return this.options.required
        ? entry('stale', staleText(this.name, 'no message yet'))
        : entry('ok', 'no message yet');
    }
    if (this.options.stale_ms !== null && age_ms > this.options.stale_ms) {
      const detail = `${span(age_ms)} old (allowed ${span(this.options.stale_ms)})`;
      return entry('stale', staleText(this.name, detail));
    }
    if (this.recent !== null && now_ms - this.recent_ms < FAULT_SHOWN_MS) {
      return entry('warn', `${this.recent.code} ${this.recent.text}; good again`);
    }
    return entry('ok', 'receiving');
  }
}

function staleText(name: string, detail: string): string {
  const { code, text } = fault('SAGE_205', name, detail);
  return `${code} ${text}`;
}
