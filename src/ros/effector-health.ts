import type { Fault } from '../contracts/errors.js';
import type { HealthEntry, ReadingSink } from '../contracts/graph.js';

/** What an effecting block did with its commands: the fault of the last one, and counts for /diagnostics. */
export class EffectorHealth {
  private sent = 0;
  private refused = 0;
  private current: Fault | null = null;
  private warning: Fault | null = null;
  /** What became of the last command, as far as it is known. */
  private last: 'none' | 'accepted' | 'rejected' | 'aborted' | 'done' = 'none';

  constructor(
    readonly name: string,
    private readonly sink: ReadingSink,
  ) {}

  /** Notes what became of one command; null = it was sent. */
  note(found: Fault | null): void {
    if (found === null) this.sent += 1;
    else this.refused += 1;
    this.last = found === null ? 'accepted' : 'rejected';
    const changed = found?.code !== this.current?.code || found?.text !== this.current?.text;
    this.current = found;
    if (changed) this.sink.fault(this.name, found);
  }

  /** Something that stands against the effector and is not the doing of our commands: a warning. */
  warn(found: Fault | null): void {
    this.warning = found;
  }

  /** A fault that comes from the robot after a command was sent: it does not count as refused here. */
  report(found: Fault): void {
    this.last = 'aborted';
    this.current = found;
    this.sink.fault(this.name, found);
  }

  /** The robot says that the last command was done. */
  finished(): void {
    this.last = 'done';
    this.current = null;
    this.sink.fault(this.name, null);
  }

  entry(values: HealthEntry['values']): HealthEntry {
    const found = this.current ?? this.warning;
    return {
      name: this.name,
      level: this.current !== null ? 'error' : this.warning !== null ? 'warn' : 'ok',
      message: found === null ? (this.sent === 0 ? 'ready' : 'sending') : `${found.code} ${found.text}`,
      values: { sent: this.sent, refused: this.refused, last: this.last, ...values },
    };
  }
}
