/** Lower bounds of the speed bins, by the arm's fastest joint, rad/s or m/s. */
const SPEEDS = [0.02, 0.1, 0.25, 0.5, 1, 2] as const;
/** Readings needed in a bin before it counts: over a quarter of a second at 20 Hz, over several motions. */
const READINGS_MIN = 10;
/** Learning rate of the level at rest, per reading: two seconds at 20 Hz. */
const REST_RATE = 0.025;
/** Decay of the loudest level in a bin, per reading: half a minute of motion. */
const ENVELOPE_DECAY = 0.0016;
/** Headroom for the next motion over the previous ones: 3 dB of the levels' 90 dB range. */
const SLACK = 3 / 90;
/** Time for which a motion lingers in the room and in the averaged level, ms. */
const REVERBERATION_MS = 300;

/** Share of any excess that is attributed to the robot, per reading, so that a louder arm is soon learned. */
const FOREIGN_RATE = 0.02;
const FINGERS = -1;

/** What is moving, and how fast. */
interface EgoMotion {
  /** Fastest joint of the arm, rad/s or m/s. */
  readonly speed: number;
  readonly fingers: boolean;
}

/** The loudest levels heard during one kind of motion. */
interface NoiseEnvelope {
  readonly levels: Float64Array;
  count: number;
}

/**
 * Ego-noise suppression: removes the robot's own noise from the band levels, so that only other sounds
 * surprise. While the robot moves, only the excess over the loudest level heard at this speed or a lower one
 * counts, per band. A speed (or finger motion) heard for the first time is learned before sound at it becomes
 * observable.
 */
export class EgoNoise {
  /** Levels at rest. */
  private rest: Float64Array | null = null;
  /** By the index of the speed in SPEEDS, or FINGERS for finger motion. */
  private readonly moving = new Map<number, NoiseEnvelope>();
  private moved_ms = Number.NEGATIVE_INFINITY;

  /**
   * @param levels per band, 0..1
   * @returns the levels of other sounds, on top of the level at rest; null where they cannot be separated
   */
  subtract(levels: Float32Array, motion: EgoMotion, now_ms: number): Float32Array | null {
    if (this.rest?.length !== levels.length) this.begin(levels.length);
    const speed = SPEEDS.findLastIndex((from) => motion.speed >= from);
    if (motion.fingers || speed >= 0) {
      this.moved_ms = now_ms;
      return this.subtractMotion(levels, speed, motion.fingers);
    }
    if (now_ms - this.moved_ms < REVERBERATION_MS) return null;
    const rest = this.rest!;
    for (let band = 0; band < rest.length; band++) {
      const before = rest[band]!;
      rest[band] = Number.isNaN(before) ? levels[band]! : before + REST_RATE * (levels[band]! - before);
    }
    return levels;
  }

  private begin(bands: number): void {
    this.rest = new Float64Array(bands).fill(Number.NaN);
    this.moving.clear();
  }

  /** Levels in excess of the noise of a motion. */
  private subtractMotion(levels: Float32Array, speed: number, fingers: boolean): Float32Array | null {
    const rest = this.rest!;
    const present = [...(fingers ? [FINGERS] : []), ...(speed >= 0 ? [speed] : [])];
    const sounds = present.map((motion) => this.envelopeOf(motion, levels.length));
    const learned = sounds.every(({ count }) => count >= READINGS_MIN) && !Number.isNaN(rest[0]);
    // A slower motion is no louder than a faster one.
    const slower = [...this.moving]
      .filter(([motion]) => motion !== FINGERS && motion < speed)
      .map(([, sound]) => sound);
    const heard = new Float32Array(levels.length);
    let others = false;
    for (let band = 0; band < levels.length; band++) {
      const own = Math.max(...[...sounds, ...slower].map((sound) => sound.levels[band]!));
      const excess = Math.max(0, levels[band]! - own - SLACK);
      others ||= excess > 0;
      heard[band] = rest[band]! + excess;
    }
    for (const sound of sounds) learn(sound, levels, learned && others ? FOREIGN_RATE : 1);
    return learned ? heard : null;
  }

  private envelopeOf(motion: number, bands: number): NoiseEnvelope {
    const sound = this.moving.get(motion) ?? { levels: new Float64Array(bands), count: 0 };
    this.moving.set(motion, sound);
    return sound;
  }
}

/** @param rate share of any excess over the envelope that is attributed to the robot */
function learn(sound: NoiseEnvelope, levels: Float32Array, rate: number): void {
  sound.count += 1;
  for (let band = 0; band < levels.length; band++) {
    const more = levels[band]! - sound.levels[band]!;
    sound.levels[band]! += (more > 0 ? rate : ENVELOPE_DECAY) * more;
  }
}
