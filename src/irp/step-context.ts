import type { StepContext } from '../contracts/irp.js';

/** That a refinement has ended, for those of its steps that ask: a signal costs more than many a step, and few ask. */
export class Ending {
  private controller: AbortController | null = null;
  private told: string | null = null;

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.told !== null) this.controller.abort(new Error(this.told));
    }
    return this.controller.signal;
  }

  /** Aborts the signal, with an error of this text. */
  tell(text: string): void {
    this.told = text;
    this.controller?.abort(new Error(text));
  }
}

/** What a step of a refinement is given. */
export class JobContext implements StepContext {
  constructor(
    readonly step_idx: number,
    readonly random: () => number,
    private readonly ending: Ending,
  ) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }
}
