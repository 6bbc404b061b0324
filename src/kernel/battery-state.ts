import type { Fault } from '../contracts/errors.js';
import type { BatteryReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { staleFault } from './active-faults.js';

/** The newest battery reading while it is fresh. */
export class BatteryState {
  private reading: BatteryReading | null = null;

  constructor(private readonly parameters: Parameters['metabolism']) {}

  take(reading: BatteryReading): void {
    this.reading = reading;
  }

  /** Null without a battery. A battery that has gone silent counts as discharging at an unknown level. */
  at(now_ms: number): { readonly fraction: number | null; readonly charging: boolean } | null {
    return this.silent(now_ms) ? { fraction: null, charging: false } : this.reading;
  }

  /** Raised when a battery whose charge is the energy has gone silent; otherwise null. */
  fault(now_ms: number): Fault | null {
    if (!this.silent(now_ms) || this.parameters.profile !== 'battery') return null;
    const age_ms = now_ms - (this.reading?.received_ms ?? 0);
    return staleFault('battery', age_ms, this.parameters.battery_stale_s * 1000);
  }

  private silent(now_ms: number): boolean {
    return (
      this.reading !== null && now_ms - this.reading.received_ms > this.parameters.battery_stale_s * 1000
    );
  }
}
