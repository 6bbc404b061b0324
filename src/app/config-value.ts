import type { ParameterLeaf } from '../contracts/parameter-walk.js';
import { nearest } from './nearest.js';

/** Why a value does not fit its parameter. */
export interface ValueProblem {
  readonly code: 'SAGE_102' | 'SAGE_104';
  readonly text: string;
}

/** Longest list, text and word of a list that a parameter takes, as in contracts/parameter.ts. */
const LIST_MAX = 64;
const TEXT_MAX = 4096;
const WORD_MAX = 256;

/**
 * Checks one plain value (number, text, boolean, or a list of them) against its parameter; null when it fits.
 * It says the same as the zod schema would, in the words of the configuration file.
 */
export function checkValue(leaf: ParameterLeaf, value: unknown): ValueProblem | null {
  switch (leaf.type) {
    case 'real':
    case 'whole':
      return checkNumber(leaf, value);
    case 'flag':
      return typeof value === 'boolean' ? null : wrongType('expected true or false');
    case 'text':
      return checkText(value, TEXT_MAX);
    case 'choice':
      return checkChoice(leaf, value);
    case 'reals':
      return checkList(leaf, value, 'numbers', (item) => checkNumber(leaf, item));
    case 'texts':
      return checkList(leaf, value, 'words', (item) =>
        leaf.options === null ? checkText(item, WORD_MAX) : checkChoice(leaf, item),
      );
  }
}

/** The allowed values in words: `0.01 to 1`, `one of auto, topic, action`, `true or false`. */
export function allowedValues(leaf: ParameterLeaf): string {
  const range = leaf.min !== null && leaf.max !== null ? `${leaf.min} to ${leaf.max}` : '';
  switch (leaf.type) {
    case 'real':
    case 'whole':
      return range;
    case 'flag':
      return 'true or false';
    case 'text':
      return 'text';
    case 'choice':
      return `one of ${leaf.options?.join(', ')}`;
    case 'reals':
      return leaf.length === null ? `numbers, each ${range}` : `${leaf.length} numbers, each ${range}`;
    case 'texts':
      return leaf.options === null ? 'list of words' : `list of ${leaf.options.join(', ')}`;
  }
}

function wrongType(text: string): ValueProblem {
  return { code: 'SAGE_104', text };
}

function checkText(value: unknown, length_max: number): ValueProblem | null {
  if (typeof value !== 'string') return wrongType('expected text (quote it if it looks like a number)');
  return value.length <= length_max
    ? null
    : { code: 'SAGE_102', text: `at most ${length_max} characters are allowed` };
}

function checkNumber(leaf: ParameterLeaf, value: unknown): ValueProblem | null {
  const wanted = leaf.type === 'whole' ? 'a whole number' : 'a number';
  const unit = leaf.unit === '' ? '' : ` ${leaf.unit}`;
  if (typeof value !== 'number') return wrongType(`expected ${wanted}, ${rangeText(leaf)}${unit}`);
  if (leaf.type === 'whole' && !Number.isInteger(value)) {
    return wrongType(`expected ${wanted}, ${rangeText(leaf)}${unit}`);
  }
  const inside =
    Number.isFinite(value) &&
    value >= (leaf.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (leaf.max ?? Number.POSITIVE_INFINITY);
  return inside ? null : { code: 'SAGE_102', text: `allowed: ${rangeText(leaf)}${unit}` };
}

function rangeText(leaf: ParameterLeaf): string {
  return `${leaf.min ?? '-infinity'} to ${leaf.max ?? 'infinity'}`;
}

function checkChoice(leaf: ParameterLeaf, value: unknown): ValueProblem | null {
  const options = leaf.options ?? [];
  if (typeof value !== 'string') return wrongType(`expected one of ${options.join(', ')}`);
  if (options.includes(value)) return null;
  return {
    code: 'SAGE_102',
    text: `allowed: ${options.join(', ')}; the nearest is '${likeliest(value, options)}'`,
  };
}

/** An option that the word starts with, as `CUDAExecutionProvider` does with `cuda`; else the nearest by spelling. */
function likeliest(word: string, options: readonly string[]): string | null {
  return options.find((option) => word.toLowerCase().startsWith(option)) ?? nearest(word, options);
}

function checkList(
  leaf: ParameterLeaf,
  value: unknown,
  kind: string,
  check: (item: unknown) => ValueProblem | null,
): ValueProblem | null {
  const count = leaf.length === null ? '' : `${leaf.length} `;
  if (!Array.isArray(value)) return wrongType(`expected a list of ${count}${kind}`);
  if (leaf.length !== null && value.length !== leaf.length) {
    return { code: 'SAGE_102', text: `expected ${leaf.length} ${kind}, got ${value.length}` };
  }
  if (value.length > LIST_MAX) return { code: 'SAGE_102', text: `at most ${LIST_MAX} ${kind} are allowed` };
  for (const [index, item] of value.entries()) {
    const problem = check(item);
    if (problem) return { ...problem, text: `element ${index + 1}: ${problem.text}` };
  }
  return null;
}
