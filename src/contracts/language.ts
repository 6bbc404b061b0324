import type { GoalVerb, TargetDescription } from './goal.js';

/** An utterance that the rules do not understand, to be read by a model. */
export interface LanguageTask {
  readonly goal_id: string;
  /** What was said, without the clauses that the rules have taken out of it. */
  readonly text: string;
}

/** What is to be done, and with what. */
export interface Meaning {
  readonly verb: GoalVerb;
  readonly target: TargetDescription | null;
}

/** What a reader of language makes of an utterance. */
export interface LanguageAnswer {
  readonly goal_id: string;
  /** Null where it is taken for no command at all. */
  readonly meaning: Meaning | null;
  /** Probability that the whole meaning is right, 0..1. */
  readonly confidence: number;
  /** The command that comes nearest, in words that the rules understand. */
  readonly nearest: string;
}
