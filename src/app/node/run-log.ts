import type { Effects } from '../../contracts/effects.js';
import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { RunChange } from '../../contracts/run-input.js';
import type { CycleInputs } from '../../kernel/cycle.js';
import { LineFile } from '../../replay/line-file.js';
import type { RunObserver } from '../../replay/run-observer.js';
import { RunRecorder } from '../../replay/run-recorder.js';

/**
 * The log of a live run, from which it can be replayed: every cycle is handed to the operating system at its end, so
 * that a process that is killed leaves all but the last one. A log that cannot be written ends with a fault, and the
 * node goes on.
 */
export class RunLog implements RunObserver {
  private readonly file: LineFile;
  private readonly recorder: RunRecorder;
  private failure: SageError | null = null;

  /** @throws SageError SAGE_1023 where the file cannot be made. */
  constructor(path: string, header: LogHeader) {
    this.file = new LineFile(path);
    this.recorder = new RunRecorder(this.file, header);
    this.file.flush();
  }

  get fault(): Fault | null {
    return this.failure?.toFault() ?? null;
  }

  change(change: RunChange): void {
    this.contained(() => this.recorder.change(change));
  }

  cycle(inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>): void {
    this.contained(() => {
      this.recorder.cycle(inputs, effects, trust);
      this.file.flush();
    });
  }

  close(): void {
    this.contained(() => {
      this.recorder.end();
      this.file.close();
    });
  }

  private contained(write: () => void): void {
    if (this.failure !== null) return;
    try {
      write();
    } catch (thrown) {
      this.failure =
        thrown instanceof SageError
          ? thrown
          : new SageError('SAGE_1023', this.file.path, messageOf(thrown), { cause: thrown });
      process.stderr.write(`${this.failure.message}\n`);
    }
  }
}
