import { type Random, seededRandom } from '../contracts/ports.js';

export const SOUND_RATE_HZ = 16000;
/** Full scale of 16 bits. */
const FULL = 32767;
/** Amplitudes, of full scale: the hiss of the room, the drives at 1 rad/s, a voice near by. */
const HISS = 0.001;
const DRIVES = 0.02;
const VOICE = 0.2;
/** The whine of the drives: its pitch at a crawl, and how much higher it is at 1 rad/s, Hz. */
const WHINE_HZ = 90;
const WHINE_RISE_HZ = 260;
const OVERTONES = 5;
/** A voice: its pitch, the formants of an "ah", how wide they are, and syllables, Hz. */
const PITCH_HZ = 130;
const FORMANTS_HZ = [700, 1200, 2600] as const;
const FORMANT_WIDTH_HZ = 180;
const HARMONICS = 25;
const SYLLABLES_HZ = 4;

/** How loud each harmonic of the voice is, the lowest first; together 1. */
const TIMBRE = timbre();

/** What there is to be heard. */
export interface Sounding {
  /** Of the fastest joint, rad/s. */
  readonly speed: number;
  /** Somebody speaks. */
  readonly voice: boolean;
}

/** What a microphone beside the arm hears: the hiss of the room, the drives as they turn, and whoever speaks. */
export class Microphone {
  private readonly random: Random;
  /** Turns of the whine and of the voice so far, and time. */
  private whine = 0;
  private heard = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed ^ 0x50d0);
  }

  /** The next samples, one channel at 16 kHz. */
  hear(count: number, { speed, voice }: Sounding): Int16Array {
    const drives = DRIVES * Math.min(2, speed);
    const whine_hz = WHINE_HZ + WHINE_RISE_HZ * Math.min(2, speed);
    return Int16Array.from({ length: count }, () => {
      this.whine = (this.whine + whine_hz / SOUND_RATE_HZ) % 1;
      this.heard += 1;
      const said = voice ? VOICE * voiceAt(this.heard / SOUND_RATE_HZ) : 0;
      const all = HISS * (2 * this.random.next() - 1) + drives * whineAt(this.whine) + said;
      return Math.round(FULL * Math.max(-1, Math.min(1, all)));
    });
  }
}

function whineAt(turns: number): number {
  let sum = 0;
  for (let n = 1; n <= OVERTONES; n++) sum += Math.sin(2 * Math.PI * n * turns) / n;
  return sum / 2;
}

function voiceAt(time_s: number): number {
  let sum = 0;
  for (let n = 0; n < HARMONICS; n++) sum += TIMBRE[n]! * Math.sin(2 * Math.PI * PITCH_HZ * (n + 1) * time_s);
  return sum * (0.6 - 0.4 * Math.cos(2 * Math.PI * SYLLABLES_HZ * time_s));
}

function timbre(): readonly number[] {
  const loud = Array.from({ length: HARMONICS }, (_, n) =>
    FORMANTS_HZ.reduce((sum, formant_hz) => {
      const off = (PITCH_HZ * (n + 1) - formant_hz) / FORMANT_WIDTH_HZ;
      return sum + Math.exp(-off * off);
    }, 0.05),
  );
  const all = loud.reduce((sum, each) => sum + each, 0);
  return loud.map((each) => each / all);
}
