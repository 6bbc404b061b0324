import type { GoalVerb } from '../../contracts/goal.js';
import type { LanguageAnswer, Meaning } from '../../contracts/language.js';
import { COLOURS } from '../../contracts/vision.js';

/** Output classes of the model, in order; must match training/language/phrases.py. */
const VERBS = ['unknown', 'pick', 'place', 'point', 'look', 'home', 'stop', 'release'] as const;
const COLOUR_HEAD: readonly string[] = ['none', ...COLOURS];
const KINDS = ['none', 'block'] as const;
export const HEADS = { intent: VERBS.length, colour: COLOUR_HEAD.length, kind: KINDS.length } as const;

/** Example commands; `{}` stands for the target. */
const PHRASES: Readonly<Record<GoalVerb, string>> = {
  pick: 'pick up {}',
  place: 'put it down',
  point: 'point at {}',
  look: 'look at {}',
  home: 'go home',
  stop: 'stop',
  release: 'open the gripper',
};

/** The logits of each head. */
export interface Logits {
  readonly intent: Float32Array;
  readonly colour: Float32Array;
  readonly kind: Float32Array;
}

/** The most probable meaning and its probability, or the nearest command if there is none. */
export function readMeaning({ intent, colour, kind }: Logits): Omit<LanguageAnswer, 'goal_id'> {
  const verbs = softmax(intent);
  const [hue, hueShare] = best(softmax(colour));
  const [sort, sortShare] = best(softmax(kind));
  const meant = (verb: GoalVerb): Meaning => ({
    verb,
    target: hasTarget(verb)
      ? {
          colour: COLOUR_HEAD[hue] === 'none' ? null : COLOUR_HEAD[hue]!,
          kind: KINDS[sort] === 'none' ? null : 'block',
        }
      : null,
  });
  const [chosen, share] = best(verbs);
  const verb = VERBS[chosen]!;
  const [runnerUp] = best(verbs.slice(1));
  const nearest = inWords(meant(VERBS[runnerUp + 1] as GoalVerb));
  if (verb === 'unknown') return { meaning: null, confidence: share, nearest };
  const meaning = meant(verb);
  // A target without colour and kind is no target.
  if (meaning.target?.colour === null && meaning.target.kind === null)
    return { meaning: null, confidence: 0, nearest };
  return { meaning, confidence: hasTarget(verb) ? share * hueShare * sortShare : share, nearest };
}

function hasTarget(verb: GoalVerb): boolean {
  return verb === 'pick' || verb === 'point' || verb === 'look';
}

function inWords({ verb, target }: Meaning): string {
  const object = ['the', target?.colour, target?.kind ?? (target?.colour == null ? 'block' : 'one')];
  return PHRASES[verb].replace('{}', object.filter((word) => word != null).join(' '));
}

function softmax(values: Float32Array): Float32Array {
  const top = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - top));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** Index and value of the maximum. */
function best(shares: Float32Array): readonly [number, number] {
  let at = 0;
  for (let index = 1; index < shares.length; index++) if (shares[index]! > shares[at]!) at = index;
  return [at, shares[at]!];
}
