import type { SoundReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { EgoNoise } from './ego-noise.js';

/** The newest sound, whether it is still current, and the model of the robot's own noise. */
export class MicrophoneState {
  /** The last sound, however old; null before the first. */
  last: SoundReading | null = null;
  readonly ego_noise = new EgoNoise();

  constructor(private readonly parameters: Parameters['microphone']) {}

  take(reading: SoundReading): void {
    this.last = reading;
  }

  /** The current sound; null if there is none, or it is too old. */
  current(now_ms: number): SoundReading | null {
    const { last } = this;
    return last !== null && now_ms - last.received_ms <= this.parameters.stale_ms ? last : null;
  }
}
