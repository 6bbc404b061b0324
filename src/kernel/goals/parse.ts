import { SageError } from '../../contracts/errors.js';
import type { Goal, GoalVerb, TargetDescription } from '../../contracts/goal.js';
import type { Meaning } from '../../contracts/language.js';
import type { GoalReading } from '../../contracts/observation.js';
import { COLOURS } from '../../contracts/vision.js';
import { type Clauses, takeClauses } from './clauses.js';

const TEXT_MAX = 500;

const COLOUR_SYNONYMS: Readonly<Record<string, string>> = {
  gray: 'grey',
  violet: 'purple',
  magenta: 'pink',
  turquoise: 'cyan',
  teal: 'cyan',
};
const KINDS: Readonly<Record<string, string>> = {
  block: 'block',
  cube: 'block',
  brick: 'block',
  box: 'block',
  object: 'block',
  thing: 'block',
  one: 'block',
};
const FILLERS = new Set([
  'the',
  'a',
  'an',
  'please',
  'now',
  'that',
  'this',
  'any',
  'some',
  'robot',
  'sage',
  'to',
  'it',
]);

/** Verb phrases, longer ones first so that "pick up" wins over "pick". */
const PHRASES: readonly {
  readonly words: readonly string[];
  readonly verb: GoalVerb;
  readonly target: boolean;
}[] = [
  { words: ['put', 'down'], verb: 'place', target: false },
  { words: ['set', 'down'], verb: 'place', target: false },
  { words: ['pick', 'up'], verb: 'pick', target: true },
  { words: ['point', 'at'], verb: 'point', target: true },
  { words: ['point', 'to'], verb: 'point', target: true },
  { words: ['look', 'at'], verb: 'look', target: true },
  { words: ['look', 'for'], verb: 'look', target: true },
  { words: ['let', 'go'], verb: 'release', target: false },
  { words: ['go', 'home'], verb: 'home', target: false },
  { words: ['move', 'home'], verb: 'home', target: false },
  { words: ['return', 'home'], verb: 'home', target: false },
  { words: ['home'], verb: 'home', target: false },
  { words: ['stop'], verb: 'stop', target: false },
  { words: ['halt'], verb: 'stop', target: false },
  { words: ['freeze'], verb: 'stop', target: false },
  { words: ['pick'], verb: 'pick', target: true },
  { words: ['grab'], verb: 'pick', target: true },
  { words: ['grasp'], verb: 'pick', target: true },
  { words: ['take'], verb: 'pick', target: true },
  { words: ['lift'], verb: 'pick', target: true },
  { words: ['fetch'], verb: 'pick', target: true },
  { words: ['find'], verb: 'look', target: true },
  { words: ['drop'], verb: 'release', target: false },
  { words: ['release'], verb: 'release', target: false },
  { words: ['open'], verb: 'release', target: false },
  { words: ['place'], verb: 'place', target: false },
];

/**
 * Parses what a user said into a goal. The grammar is deliberately small: a sentence is either understood in
 * full or refused. A negation ("do not stop", "don't pick up") is refused, because acting on half of it would
 * be the opposite. Deadline and priority may be in the sentence or beside it; the tighter deadline and the
 * higher priority win, so that a goal resumed after a crash does not restart its time.
 * @throws SageError SAGE_401 if it is not understood, SAGE_407 if it is too long.
 */
export function parseGoal(reading: GoalReading): Goal {
  const clauses = clausesOf(reading);
  const meaning = clauses === null ? null : meaningOf(clauses.rest);
  if (meaning === null) throw parseFailure(reading);
  return goalOf(reading, meaning);
}

/**
 * The goal of a reading whose meaning is known, with deadline, priority and constraints from its sentence.
 * @throws SageError SAGE_401 if the constraints do not fit the meaning, SAGE_407 if it is too long.
 */
export function goalOf(reading: GoalReading, meaning: Meaning): Goal {
  const clauses = clausesOf(reading);
  if (clauses === null) throw parseFailure(reading);
  const { constraints } = clauses;
  if (constraints.still && meaning.verb !== 'look')
    throw parseFailure(reading, ' cannot be done without moving');
  if (constraints.side !== null && meaning.target === null)
    throw parseFailure(reading, ': a side of the table needs a target');
  return {
    goal_id: reading.goal_id,
    text: reading.text.trim(),
    verb: meaning.verb,
    target: meaning.target,
    constraints,
    priority: Math.max(clauses.priority ?? 0, priorityOf(reading)),
    deadline_ms: deadlineOf(reading, clauses.deadline_s),
    accepted_ms: reading.stamp_ms,
  };
}

/**
 * The part of a sentence that the rules do not understand, for a language model to interpret. Null where
 * guessing could do harm: a negation, a number or clause that makes no sense, an empty or overlong text; and
 * where the rules do understand.
 */
export function unparsedText(reading: GoalReading): string | null {
  if (reading.text.trim().length > TEXT_MAX) return null;
  const clauses = takeClauses(spoken(reading));
  if (clauses === null || /[0-9%]/.test(clauses.rest) || meaningOf(clauses.rest) !== null) return null;
  const words = wordsOf(clauses.rest);
  return words.length === 0 || negates(words) ? null : clauses.rest.trim();
}

export function parseFailure({ text }: GoalReading, why = ''): SageError {
  return new SageError('SAGE_401', 'sage/goal', `"${text.trim().slice(0, 80)}"${why}`);
}

/** @throws SageError SAGE_407 if it is too long. */
function clausesOf({ text }: GoalReading): Clauses | null {
  const length = text.trim().length;
  if (length > TEXT_MAX)
    throw new SageError('SAGE_407', 'sage/goal', `${length} characters, at most ${TEXT_MAX}`);
  // A minus sign is not a letter and would be dropped below: "within -5 s" is not 5 s.
  if (/(?:^|\s)[-\u2212]\s?[\d.]/.test(text)) return null;
  return takeClauses(
    text
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9.%' ]+/g, ' '),
  );
}

/** Lower case without accents; the markers of words that speech recognition missed are kept. */
function spoken({ text }: GoalReading): string {
  const bare = text.trim().toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('\u2019', "'");
  return bare.replace(/[^a-z0-9.%' <>*_[\]]+/g, ' ');
}

function priorityOf({ priority }: GoalReading): number {
  return Number.isFinite(priority) ? Math.min(10, Math.max(0, priority)) : 0;
}

function deadlineOf({ deadline_s, stamp_ms }: GoalReading, said_s: number | null): number | null {
  const given_s = deadline_s > 0 ? deadline_s : Number.POSITIVE_INFINITY;
  const soonest_s = Math.min(given_s, said_s ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(soonest_s) ? stamp_ms + soonest_s * 1000 : null;
}

/** A number that no clause consumed is not understood: "pick up 3 blocks" is not "pick up blocks". */
function meaningOf(sentence: string): Meaning | null {
  if (/[0-9%]/.test(sentence)) return null;
  const words = wordsOf(sentence);
  return negates(words) ? null : understand(words.filter((word) => !FILLERS.has(word)));
}

function wordsOf(sentence: string): readonly string[] {
  return sentence
    .replace(/[^a-z' ]+/g, ' ')
    .split(/\s+/)
    .filter(Boolean);
}

function negates(words: readonly string[]): boolean {
  return words.some((word) => word === 'not' || word === 'never' || word.endsWith("n't") || word === 'dont');
}

/** Verbs of sentences that put something somewhere. */
const PUTTING: ReadonlySet<string> = new Set(['put', 'place', 'set', 'stack', 'lay']);
const ONTO: ReadonlySet<string> = new Set(['on', 'onto', 'upon']);

/**
 * "put it on the green block", "stack it on top of the green one": the target is the object below. "on the
 * table" is the default anyway. Undefined if no destination is given.
 */
function stacked(words: readonly string[]): Meaning | null | undefined {
  const at = words.findIndex((word) => ONTO.has(word));
  if (at < 1 || !PUTTING.has(words[0] ?? '')) return undefined;
  const what = words.slice(1, at).filter((word) => word !== 'down');
  if (!what.every((word) => word in KINDS || isColour(word))) return null;
  const where = words
    .slice(at + 1)
    .join(' ')
    .replace(/^top of /, '')
    .split(' ')
    .filter(Boolean);
  if (where.length === 1 && where[0] === 'table') return { verb: 'place', target: null };
  const target = describe(where);
  return target === null ? null : { verb: 'place', target };
}

const isColour = (word: string): boolean => COLOURS.includes(COLOUR_SYNONYMS[word] ?? word);

function understand(words: readonly string[]): Meaning | null {
  const onto = stacked(words);
  if (onto !== undefined) return onto;
  const phrase = PHRASES.find(({ words: wanted }) => inOrder(words, wanted));
  if (phrase === undefined) return null;
  const rest = without(words, phrase.words);
  if (!phrase.target) {
    const known = rest.every((word) => word in KINDS || COLOURS.includes(word) || word === 'gripper');
    return known ? { verb: phrase.verb, target: null } : null;
  }
  const target = describe(rest);
  return target === null ? null : { verb: phrase.verb, target };
}

/** "red block", "block", "red": at most one colour and one kind, nothing else. */
function describe(words: readonly string[]): TargetDescription | null {
  let colour: string | null = null;
  let kind: string | null = null;
  for (const word of words) {
    const named = COLOUR_SYNONYMS[word] ?? word;
    if (COLOURS.includes(named) && colour === null) colour = named;
    else if (word in KINDS && kind === null) kind = KINDS[word] ?? null;
    else return null;
  }
  return colour === null && kind === null ? null : { colour, kind };
}

/** The phrase starts the sentence; its second word may follow the object ("pick the red block up"). */
function inOrder(words: readonly string[], phrase: readonly string[]): boolean {
  if (words[0] !== phrase[0]) return false;
  return phrase.length === 1 || words.slice(1).includes(phrase[1] as string);
}

function without(words: readonly string[], phrase: readonly string[]): readonly string[] {
  const rest = [...words];
  for (const word of phrase) rest.splice(rest.indexOf(word), 1);
  return rest;
}
