import { z } from 'zod';

/** An instance that says nothing for this long is gone, ms. */
export const SILENT_MS = 5000;
/** Between two beats, ms. */
export const BEAT_MS = 500;
/** An echo of a beat older than this many beats proves nothing any more. */
const BEATS_FRESH = Math.ceil(SILENT_MS / BEAT_MS);
/** Other instances that are kept; a graph has one, or two by mistake. */
const OTHERS_MAX = 8;
const NAMES_MAX = 8;
const WHO_MAX = 200;
/** The last ms that a date can say. */
const DATE_MAX_MS = 8.64e15;

const echoSchema = z.object({ instance: z.string().max(64), beat: z.int().min(0) });

/** What one SAGE says of itself on the graph, as JSON in a std_msgs/String. */
export const claimSchema = z.object({
  /** Random, of this process alone. */
  instance: z.string().min(1).max(64),
  /** Counts its claims. */
  beat: z.int().min(0),
  /** For people: node, machine and process. */
  who: z.string().max(WHO_MAX),
  /** When it became active, ms since the epoch; null while it is not, and then it commands nothing. */
  since_ms: z.number().min(0).max(DATE_MAX_MS).nullable(),
  /** Full names of the topics and actions by which it commands effectors. */
  commands: z.array(z.string().max(256)).max(NAMES_MAX),
  /** The last beat of each other instance that it has heard: the proof that it lives now. */
  heard: z.array(echoSchema).max(OTHERS_MAX),
});

export type Claim = z.infer<typeof claimSchema>;

/** Another instance that lives and commands the same effectors. */
export interface Rival {
  readonly who: string;
  readonly since_ms: number;
  /** True: it was active first, so this one holds. */
  readonly first: boolean;
  /** The names that both command. */
  readonly shared: readonly string[];
}

interface Other {
  readonly claim: Claim;
  readonly heard_ms: number;
  /** When it last answered a fresh beat of ours, ms; null: never, so it may be a recording. */
  readonly proven_ms: number | null;
}

/**
 * Who else commands the same effectors. Every instance says what it commands, and which beats of others it has heard.
 * One counts only while it answers beats that were sent just now: names on the graph outlive a crash, and a bag that is
 * played says again what an instance said that is long gone, but neither can answer. Of two that command the same, the
 * one that became active first goes on; both compare the same two stamps, so they agree.
 * Pure: times are ms of any clock that only goes forward.
 */
export class Claims {
  private readonly others = new Map<string, Other>();
  private beat = 0;
  private since_ms: number | null = null;
  private readonly who: string;

  constructor(
    private readonly instance: string,
    who: string,
    private readonly commands: readonly string[],
  ) {
    // One that is too long would be no claim to the others, and they would command beside it.
    this.who = who.slice(0, WHO_MAX);
  }

  /** @param since_ms ms since the epoch; null: this instance commands nothing now. */
  active(since_ms: number | null): void {
    this.since_ms = since_ms;
  }

  /** What is to be said now. */
  next(now_ms: number): Claim {
    this.forget(now_ms);
    this.beat += 1;
    const heard = [...this.others.values()].map(({ claim: { instance, beat } }) => ({ instance, beat }));
    const { instance, who, since_ms, commands } = this;
    const claimed = since_ms === null ? [] : commands.slice(0, NAMES_MAX);
    return { instance, beat: this.beat, who, since_ms, commands: claimed, heard };
  }

  /** Takes what an instance said. True where it is new and should be answered at once. */
  hear(claim: Claim, now_ms: number): boolean {
    if (claim.instance === this.instance) return false;
    this.forget(now_ms);
    const known = this.others.get(claim.instance);
    const echo = claim.heard.find(({ instance }) => instance === this.instance);
    const fresh = echo !== undefined && echo.beat <= this.beat && echo.beat > this.beat - BEATS_FRESH;
    const proven_ms = fresh ? now_ms : (known?.proven_ms ?? null);
    if (known === undefined && this.others.size >= OTHERS_MAX && !this.makeRoom()) return false;
    this.others.set(claim.instance, { claim, heard_ms: now_ms, proven_ms });
    return known === undefined;
  }

  /** Those that live and command the same, the one that was active first in front. */
  rivals(now_ms: number): readonly Rival[] {
    const { since_ms } = this;
    if (since_ms === null) return [];
    const found: Rival[] = [];
    for (const { claim, proven_ms } of this.others.values()) {
      if (proven_ms === null || now_ms - proven_ms > SILENT_MS || claim.since_ms === null) continue;
      const shared = claim.commands.filter((name) => this.commands.includes(name));
      if (shared.length === 0) continue;
      const earlier_ms = since_ms - claim.since_ms;
      const first = earlier_ms > 0 || (earlier_ms === 0 && claim.instance < this.instance);
      found.push({ who: claim.who, since_ms: claim.since_ms, first, shared });
    }
    return found.sort((a, b) => a.since_ms - b.since_ms);
  }

  private forget(now_ms: number): void {
    for (const [instance, { heard_ms }] of this.others)
      if (now_ms - heard_ms > SILENT_MS) this.others.delete(instance);
  }

  /** One that never answered gives way: what a bag says must not crowd out what lives. */
  private makeRoom(): boolean {
    for (const [instance, { proven_ms }] of this.others)
      if (proven_ms === null) return this.others.delete(instance);
    return false;
  }
}
