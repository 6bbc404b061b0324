import { type Fault, fault, messageOf } from '../contracts/errors.js';
import type { AnyIrpPlugin } from '../contracts/irp.js';
import type { StateRecord } from './state-history.js';

/** Messages of plugins are truncated to this many characters. */
export const DETAIL_MAX = 500;
/** Values from emitTelemetry that are forwarded; the rest are dropped. */
const EXTRA_MAX = 64;

/**
 * Guards the calls to a plugin outside its steps: answer, telemetry, a repeated energy, dispose. An exception
 * is caught and kept as SAGE_601, which fails the refinement at its next report.
 */
export class GuardedPlugin {
  /** The first fault; null while every call succeeds. */
  fault: Fault | null = null;
  answer: unknown;
  telemetry: Readonly<Record<string, number>> | undefined;
  /** State from which the answer was made. */
  private answer_source: StateRecord | null = null;

  /** @param where prefix of the faults */
  constructor(
    private readonly plugin: AnyIrpPlugin,
    private readonly where: string,
  ) {}

  /** Makes the answer of the best state: once per best state, and only when somebody asks. */
  readAnswer(best: StateRecord | null): void {
    if (best === null || this.answer_source === best) return;
    this.answer_source = best;
    this.answer = this.guard(() => this.plugin.answer(best.state));
  }

  readTelemetry(state: unknown): void {
    if (this.plugin.emitTelemetry === undefined) return;
    const numbers = this.guard(() => this.plugin.emitTelemetry?.(state)) ?? {};
    const finite = Object.entries(numbers).filter(([, value]) => Number.isFinite(value));
    this.telemetry = Object.fromEntries(finite.slice(0, EXTRA_MAX));
  }

  /**
   * Checks that the energy of the best state is reproducible: it may depend on the state alone, and states
   * are immutable.
   * @returns what is wrong, or null
   */
  irreproducible(best: StateRecord | null): string | null {
    if (best === null) return null;
    const again = this.guard(() => this.plugin.energy(best.state));
    if (again === undefined || Object.is(again, best.energy)) return null;
    if (Math.abs(again - best.energy) <= 1e-9 * Math.max(1, Math.abs(best.energy))) return null;
    return `energy of step ${best.step} was ${best.energy}, but ${again} when evaluated again at the end`;
  }

  dispose(state: unknown): void {
    this.guard(() => this.plugin.dispose?.(state));
  }

  private guard<R>(call: () => R): R | undefined {
    try {
      return call();
    } catch (thrown) {
      this.fault ??= fault('SAGE_601', this.where, messageOf(thrown).slice(0, DETAIL_MAX));
      return undefined;
    }
  }
}
