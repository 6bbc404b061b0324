import type { StepContext } from '../contracts/irp.js';

/**
 * An AbortController created only when a step asks for its signal: creating one costs more than many a step.
 */
export class LazyAbortController {
  private controller: AbortController | null = null;
  private reason: string | null = null;

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.reason !== null) this.controller.abort(new Error(this.reason));
    }
    return this.controller.signal;
  }

  /** Aborts the signal with an error of this text. */
  abort(text: string): void {
    this.reason = text;
    this.controller?.abort(new Error(text));
  }
}

/** The context passed to each step of a refinement. */
export class JobContext implements StepContext {
  constructor(
    readonly step_idx: number,
    readonly random: () => number,
    private readonly ending: LazyAbortController,
  ) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }
}
