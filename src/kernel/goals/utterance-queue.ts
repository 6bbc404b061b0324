import { SageError } from '../../contracts/errors.js';
import type { StandingGoal } from '../../contracts/goal.js';
import type { LanguageAnswer } from '../../contracts/language.js';
import type { GoalReading } from '../../contracts/observation.js';
import { goalOf, parseFailure, parseGoal, unparsedText } from './parse.js';
import type { GoalQueue } from './queue.js';

/** An utterance waiting for the language model. */
export interface Utterance {
  readonly reading: GoalReading;
  /** The part to interpret: the sentence without the clauses that the rules understand. */
  readonly text: string;
  readonly since_ms: number;
}

export interface UtteranceLimits {
  /** False: whatever the rules do not understand is refused at once. */
  readonly enabled: boolean;
  /** An utterance not interpreted within this time is refused, ms. */
  readonly wait_ms: number;
  /** Minimum confidence in a meaning; a stop needs only `stop_confidence_min`. */
  readonly confidence_min: number;
  readonly stop_confidence_min: number;
  /** Maximum number of waiting utterances. */
  readonly capacity: number;
}

/**
 * Receives what users say. What the grammar parses becomes a goal at once. The rest waits in order of arrival
 * for the language model; low-confidence answers are rejected with the nearest known command.
 */
export class UtteranceQueue {
  private waiting: readonly Utterance[] = [];

  constructor(
    private readonly goals: GoalQueue,
    private readonly limits: UtteranceLimits,
  ) {}

  /** The utterance to interpret next, or null. Stable until it is settled. */
  get next(): Utterance | null {
    return this.waiting[0] ?? null;
  }

  /** The waiting utterances, which must survive a restart. */
  get standing(): readonly StandingGoal[] {
    return this.waiting.map(({ reading: { goal_id, text, priority, deadline_s, stamp_ms } }) => ({
      goal_id,
      text,
      priority,
      deadline_ms: deadline_s > 0 ? stamp_ms + deadline_s * 1000 : null,
    }));
  }

  receive(reading: GoalReading, now_ms: number): void {
    const text = this.limits.enabled ? unparsedText(reading) : null;
    if (text === null) {
      const taken = this.goals.accept(reading);
      // A stop also discards what is waiting to be interpreted.
      if (taken && parseGoal(reading).verb === 'stop') this.discard(null, 'stopped by the user');
    } else if (this.waiting.length >= this.limits.capacity) {
      const full = `${this.waiting.length} utterances are already waiting`;
      this.goals.accept(reading, () => {
        throw new SageError('SAGE_406', 'sage/goal', full);
      });
    } else {
      this.waiting = [...this.waiting, { reading, text, since_ms: now_ms }];
    }
  }

  /** Refuses what has waited too long, because nothing interprets it or it is never scheduled. */
  expire(now_ms: number): void {
    for (const heard of this.waiting) {
      const waited_ms = now_ms - heard.since_ms;
      if (waited_ms > this.limits.wait_ms) this.reject(heard, `; it was not read within ${waited_ms} ms`);
    }
  }

  /** Applies the interpretation of an utterance: a goal, or a refusal that names the nearest command. */
  resolve(heard: Utterance, { meaning, confidence, nearest }: LanguageAnswer): void {
    if (!this.waiting.includes(heard)) return;
    const { confidence_min, stop_confidence_min } = this.limits;
    // A false stop costs little; moving on after a misheard "stop" may cost a lot.
    const needed = meaning?.verb === 'stop' ? stop_confidence_min : confidence_min;
    if (meaning === null || !(confidence >= needed)) {
      this.reject(heard, nearestHint(nearest, confidence, meaning !== null));
      return;
    }
    this.remove(heard);
    this.goals.accept(heard.reading, (reading) => goalOf(reading, meaning));
    if (meaning.verb === 'stop') this.discard(null, 'stopped by the user');
  }

  reject(heard: Utterance, why: string): void {
    this.remove(heard);
    this.goals.accept(heard.reading, (reading) => {
      throw parseFailure(reading, why);
    });
  }

  /** Discards what waits: one by its id, or all for null. */
  discard(goal_id: string | null, reason: string): void {
    for (const heard of this.waiting) {
      if (goal_id !== null && heard.reading.goal_id !== goal_id) continue;
      this.remove(heard);
      this.goals.dismiss(heard.reading, reason);
    }
  }

  private remove(heard: Utterance): void {
    this.waiting = this.waiting.filter((other) => other !== heard);
  }
}

function nearestHint(nearest: string, confidence: number, meant: boolean): string {
  if (nearest === '') return '';
  const sure = meant ? `, but with a confidence of only ${confidence.toFixed(2)}` : '';
  return `; the nearest command is "${nearest}"${sure}`;
}
