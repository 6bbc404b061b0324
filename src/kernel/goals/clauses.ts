import { type GoalConstraints, UNCONSTRAINED } from '../../contracts/goal.js';

/** Priority of a goal said to be urgent, on a scale of 0 (ordinary) to 10. */
const URGENT_PRIORITY = 8;
/** Speed scale for "slowly". */
const SLOW = 0.5;
const DEADLINE_MAX_S = 86_400;

/** What a sentence says beside the task itself. */
export interface Clauses {
  /** The sentence without the clauses. */
  readonly rest: string;
  readonly deadline_s: number | null;
  /** 0..10. */
  readonly priority: number | null;
  readonly constraints: GoalConstraints;
}

interface Found {
  deadline_s: number | null;
  priority: number | null;
  speed: number | null;
  side: GoalConstraints['side'];
  still: boolean;
}

/** One kind of clause. `read` returns false if the words match but the numbers make no sense. */
interface Clause {
  readonly pattern: RegExp;
  readonly read: (match: RegExpMatchArray, found: Found) => boolean;
}

const UNITS_S: readonly (readonly [RegExp, number])[] = [
  [/^(s|secs?|seconds?)$/, 1],
  [/^(m|mins?|minutes?)$/, 60],
];
const NUMBER = String.raw`\d+(?:\.\d+)?`;

const CLAUSES: readonly Clause[] = [
  {
    pattern: new RegExp(
      String.raw`\b(?:within|in (?:at most|less than|under)) (${NUMBER}|an?|half an?) ?([a-z]+)\b`,
    ),
    read: ([, count = '', unit = ''], found) => {
      const unit_s = UNITS_S.find(([name]) => name.test(unit))?.[1] ?? Number.NaN;
      const deadline_s = amountOf(count) * unit_s;
      if (!(deadline_s > 0 && deadline_s <= DEADLINE_MAX_S)) return false;
      found.deadline_s = deadline_s;
      return true;
    },
  },
  {
    pattern: new RegExp(String.raw`\b(?:with|at) priority (${NUMBER})(?=\s|$)`),
    read: ([, count = ''], found) => {
      const priority = Number(count);
      if (!(priority >= 0 && priority <= 10)) return false;
      found.priority = priority;
      return true;
    },
  },
  {
    pattern: /\b(?:urgently|urgent|immediately|right away|at once)\b/,
    read: (_match, found) => {
      found.priority = URGENT_PRIORITY;
      return true;
    },
  },
  {
    pattern: new RegExp(String.raw`\bat (half|${NUMBER} ?(?:%|percent)) (?:of )?(?:the )?(?:full )?speed\b`),
    read: ([, share = ''], found) => {
      const speed = share === 'half' ? 0.5 : Number.parseFloat(share) / 100;
      if (!(speed >= 0.01 && speed <= 1)) return false;
      found.speed = speed;
      return true;
    },
  },
  {
    pattern: /\b(?:slowly|gently|carefully)\b/,
    read: (_match, found) => {
      found.speed = SLOW;
      return true;
    },
  },
  {
    pattern: /\bon (?:the|your|its) (left|right)(?: side)?\b/,
    read: ([, side], found) => {
      found.side = side === 'left' ? 'left' : 'right';
      return true;
    },
  },
  {
    pattern: /\bwithout moving(?: the arm)?\b/,
    read: (_match, found) => {
      found.still = true;
      return true;
    },
  },
];

/**
 * Extracts deadline ("within 20 s"), priority ("urgently", "with priority 5") and constraints ("slowly", "at
 * 30 % speed", "on the left", "without moving") from a sentence. Each kind may be given once. Null if a
 * number makes no sense, or something is said twice.
 * @param sentence in lower case
 */
export function takeClauses(sentence: string): Clauses | null {
  const found: Found = { deadline_s: null, priority: null, speed: null, side: null, still: false };
  let rest = sentence.replace(/\s+/g, ' ');
  const said = new Set<string>();
  for (const { pattern, read } of CLAUSES) {
    const match = rest.match(pattern);
    if (match === null) continue;
    const before = { ...found };
    if (!read(match, found)) return null;
    const what = changed(before, found);
    if (said.has(what)) return null;
    said.add(what);
    rest = rest.replace(pattern, ' ');
    if (pattern.test(rest)) return null;
  }
  const { deadline_s, priority, speed, side, still } = found;
  const constraints = { speed: speed ?? UNCONSTRAINED.speed, side, still };
  return { rest, deadline_s, priority, constraints };
}

/** Which field this clause set. */
function changed(before: Found, after: Found): string {
  const keys = Object.keys(before) as (keyof Found)[];
  return keys.find((key) => before[key] !== after[key]) ?? 'said again';
}

function amountOf(count: string): number {
  if (count.startsWith('half')) return 0.5;
  return count.startsWith('a') ? 1 : Number(count);
}
