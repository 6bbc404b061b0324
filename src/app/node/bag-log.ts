import type { Effects } from '../../contracts/effects.js';
import { type Fault, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { RunChange } from '../../contracts/run-input.js';
import type { CycleInputs } from '../../kernel/cycle.js';
import type { RunObserver } from '../../replay/run-observer.js';
import { RunRecorder } from '../../replay/run-recorder.js';

/** So many messages wait for a recorder that comes late, as the topic keeps; after them nobody can follow the log. */
const KEPT = 100;

export interface BagLogPorts {
  /** Publishes lines of the log, those of a cycle at a time. */
  readonly publish: (lines: string) => void;
  readonly listeners: () => number;
}

/**
 * The log of a live run on the topic `sage/log`: with it a bag holds what each refinement had reached in each cycle,
 * and is replayed as it ran. A log is followed from its beginning, so it ends where nobody has heard that, or listens any
 * more.
 */
export class BagLog implements RunObserver {
  private readonly recorder: RunRecorder;
  private lines: string[] = [];
  private sent = 0;
  private over = false;
  private failure: Fault | null = null;

  constructor(
    header: LogHeader,
    private readonly ports: BagLogPorts,
  ) {
    this.recorder = new RunRecorder({ line: (text) => this.lines.push(text) }, header);
  }

  get fault(): Fault | null {
    return this.failure;
  }

  change(change: RunChange): void {
    this.contained(() => this.recorder.change(change));
  }

  cycle(inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>): void {
    this.contained(() => {
      this.recorder.cycle(inputs, effects, trust);
      this.send();
      if (this.sent > KEPT && this.ports.listeners() === 0) this.end();
    });
  }

  close(): void {
    this.contained(() => {
      this.recorder.end();
      this.send();
      this.end();
    });
  }

  private send(): void {
    this.ports.publish(this.lines.join('\n'));
    this.lines = [];
    this.sent += 1;
  }

  private end(): void {
    this.over = true;
    this.lines = [];
  }

  private contained(write: () => void): void {
    if (this.over) return;
    try {
      write();
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.failure = thrown.toFault();
      this.end();
    }
  }
}
