import type { Effects } from '../contracts/effects.js';
import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import type { LogHeader } from '../contracts/log.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { CycleInputs } from '../kernel/cycle.js';
import { LineFile } from '../replay/line-file.js';
import type { RunObserver } from '../replay/run-observer.js';
import { RunRecorder } from '../replay/run-recorder.js';
import { headerOf } from './replay/log-header.js';

/**
 * The log of a live run, from which it can be replayed: every cycle is handed to the operating system at its end, so
 * that a process that is killed leaves all but the last one. A log that cannot be written ends with a fault, and the
 * node goes on.
 */
export class RunLog implements RunObserver {
  private readonly file: LineFile;
  private readonly recorder: RunRecorder;
  private failure: SageError | null = null;

  /** `topics`: those that the node hears. @throws SageError SAGE_1023 where the file cannot be made. */
  constructor(path: string, parameters: Parameters, plugins: readonly string[], topics: LogHeader['topics']) {
    this.file = new LineFile(path);
    const header = headerOf({
      parameters,
      plugins,
      source: 'live',
      costs: 'measured',
      inputs: 'values',
      bag: null,
      topics,
    });
    this.recorder = new RunRecorder(this.file, header);
    this.file.flush();
  }

  get fault(): Fault | null {
    return this.failure?.toFault() ?? null;
  }

  parameter(path: string, value: unknown): void {
    this.contained(() => this.recorder.parameter(path, value));
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
