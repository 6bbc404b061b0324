/** What one turn of the pacer was like. */
export interface Turn {
  /** How late it began, ms. */
  readonly lateness_ms: number;
  readonly period_ms: number;
}

/** The stretch before a turn that is waited for awake, ms. */
const AWAKE_MS = 1.2;

/**
 * Calls `turn` at a steady rate against a fixed schedule, so that a late turn does not shift those after it. Turns
 * that would begin a whole period late are left out, not made up for: a robot decides on the present.
 * Timers of Node wake up to a millisecond late, so the last stretch is waited for awake; and without the event loop, for
 * a callback that began in it, such as taking an image, would end behind the time.
 */
export class Pacer {
  private timer: NodeJS.Timeout | null = null;
  private immediate: NodeJS.Immediate | null = null;
  private due_ms = 0;
  private running = false;

  constructor(
    private readonly period_ms: number,
    private readonly turn: (turn: Turn) => void,
    private readonly now_ms: () => number = () => performance.now(),
    private readonly stayAwake: (duration_ms: number) => void = spin,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.due_ms = this.now_ms() + this.period_ms;
    this.wait();
  }

  stop(): void {
    this.running = false;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.immediate !== null) clearImmediate(this.immediate);
  }

  /** Always by way of the event loop, so that turns that take their whole period leave something to others. */
  private wait(): void {
    if (!this.running) return;
    const left_ms = this.due_ms - this.now_ms();
    if (left_ms < AWAKE_MS) this.immediate = setImmediate(() => this.wake());
    else this.timer = setTimeout(() => this.wake(), Math.max(1, Math.floor(left_ms - 1)));
  }

  private wake(): void {
    if (!this.running) return;
    const left_ms = this.due_ms - this.now_ms();
    if (left_ms >= AWAKE_MS) {
      this.wait();
      return;
    }
    if (left_ms > 0) this.stayAwake(left_ms);
    this.fire();
  }

  private fire(): void {
    const now_ms = this.now_ms();
    const lateness_ms = now_ms - this.due_ms;
    const missed = Math.floor(lateness_ms / this.period_ms);
    this.due_ms += this.period_ms * (missed + 1);
    try {
      this.turn({ lateness_ms, period_ms: this.period_ms });
    } finally {
      this.wait();
    }
  }
}

function spin(duration_ms: number): void {
  const until_ms = performance.now() + duration_ms;
  while (performance.now() < until_ms);
}
