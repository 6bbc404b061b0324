import type { GoalVerb, TargetDescription } from './goal.js';

/** An utterance that the rules do not understand, for the language model. */
export interface LanguageTask {
  readonly goal_id: string;
  /** The utterance without the clauses that the rules extracted. */
  readonly text: string;
}

/** A verb and its target. */
export interface Meaning {
  readonly verb: GoalVerb;
  readonly target: TargetDescription | null;
}

/** Interpretation of an utterance. */
export interface LanguageAnswer {
  readonly goal_id: string;
  /** Null if it is no command. */
  readonly meaning: Meaning | null;
  /** Probability that the whole meaning is right, 0..1. */
  readonly confidence: number;
  /** The nearest command, in words that the rules understand. */
  readonly nearest: string;
}
