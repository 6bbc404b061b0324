import type { Bag, BagMessage, ReadOptions } from './bag.js';

/** Messages that are published at one go before the event loop has its turn. */
const BATCH = 500;

export interface PlaybackOptions {
  readonly bag: Bag;
  readonly read: ReadOptions;
  /** Time of the bag per time of the wall clock. */
  readonly rate: number;
  readonly loop: boolean;
  /** Begins paused. */
  readonly paused: boolean;
  /** A monotonic clock, ms. */
  readonly wall_ms: () => number;
  readonly publish: (message: BagMessage) => void;
  /** Called when the bag starts over, before its first message. */
  readonly onRound?: () => void;
}

/**
 * Plays a bag at the pace of a clock: decides which messages are due, and what time of the bag it is. Owns no timers:
 * whoever drives it polls.
 */
export class Playback {
  /** Messages published so far, and how often the bag started over. */
  published = 0;
  rounds = 0;
  private source: Generator<BagMessage>;
  private ahead: BagMessage | null = null;
  private readonly start_ms: number;
  /** Time of the bag that is reached while it is paused. */
  private reached_ms: number;
  private began_at_ms: number;
  private is_paused: boolean;
  private ended = false;

  constructor(private readonly options: PlaybackOptions) {
    this.start_ms = Math.max(options.bag.start_ms, options.read.start_ms ?? 0);
    this.reached_ms = this.start_ms;
    this.began_at_ms = options.wall_ms();
    this.is_paused = options.paused;
    this.source = options.bag.read(options.read);
  }

  get paused(): boolean {
    return this.is_paused;
  }

  /** The time of the bag now, ms since the epoch. */
  get time_ms(): number {
    if (this.is_paused) return this.reached_ms;
    return this.reached_ms + (this.options.wall_ms() - this.began_at_ms) * this.options.rate;
  }

  /** Publishes what is due. Returns how long nothing will be, ms of the wall clock; null at the end. */
  poll(): number | null {
    if (this.ended) return null;
    for (let count = 0; count < BATCH; count++) {
      const next = this.next();
      if (next === null) return null;
      if (this.is_paused) return Number.POSITIVE_INFINITY;
      const wait_ms = (next.time_ms - this.time_ms) / this.options.rate;
      if (wait_ms > 0) return wait_ms;
      this.send(next);
    }
    return 0;
  }

  pause(): void {
    this.reached_ms = this.time_ms;
    this.is_paused = true;
  }

  resume(): void {
    if (!this.is_paused) return;
    this.began_at_ms = this.options.wall_ms();
    this.is_paused = false;
  }

  toggle(): void {
    if (this.is_paused) this.resume();
    else this.pause();
  }

  /** While paused: publishes the next message, and goes on to its time. False where there is none, or it plays. */
  step(): boolean {
    if (!this.is_paused || this.ended) return false;
    const next = this.next();
    if (next === null) return false;
    this.reached_ms = Math.max(this.reached_ms, next.time_ms);
    this.send(next);
    return true;
  }

  close(): void {
    this.ended = true;
    this.source.return(undefined);
  }

  /** The next message; starts over at the end with `loop`. Null at the end. */
  private next(): BagMessage | null {
    this.ahead ??= this.source.next().value ?? null;
    if (this.ahead === null && this.options.loop && this.published > 0) {
      this.source = this.options.bag.read(this.options.read);
      this.rounds += 1;
      this.reached_ms = this.start_ms;
      this.began_at_ms = this.options.wall_ms();
      this.ahead = this.source.next().value ?? null;
      this.options.onRound?.();
    }
    this.ended = this.ahead === null;
    return this.ahead;
  }

  private send(message: BagMessage): void {
    this.ahead = null;
    this.published += 1;
    this.options.publish(message);
  }
}
