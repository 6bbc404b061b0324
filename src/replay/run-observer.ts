import type { Effects } from '../contracts/effects.js';
import type { Fault } from '../contracts/errors.js';
import type { RunChange } from '../contracts/run-input.js';
import type { CycleInputs } from '../kernel/cycle.js';

/**
 * Looks on while the kernel runs: what goes into each cycle and what comes out. It changes neither, and never
 * throws: what goes wrong stands in `fault`.
 */
export interface RunObserver {
  /** A live parameter, a model or the lifecycle changed since the cycle before. */
  change(change: RunChange): void;
  /** `trust` as it stands after the cycle. */
  cycle(inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>): void;
  /** What is wrong with it, null when all is well. */
  readonly fault: Fault | null;
  close(): void;
}
