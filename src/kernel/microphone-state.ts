import type { SoundReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { EgoNoise } from './ego-noise.js';

/** The newest sound, whether it is still current, and the model of the robot's own noise. */
export class MicrophoneState {
  /** What was heard last, however long ago; null where nothing was. */
  last: SoundReading | null = null;
  readonly ego_noise = new EgoNoise();

  constructor(private readonly parameters: Parameters['microphone']) {}

  take(reading: SoundReading): void {
    this.last = reading;
  }

  /** What is heard now; null where that is nothing, or too old. */
  current(now_ms: number): SoundReading | null {
    const { last } = this;
    return last !== null && now_ms - last.received_ms <= this.parameters.stale_ms ? last : null;
  }
}
