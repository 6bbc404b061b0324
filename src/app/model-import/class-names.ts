import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { messageOf, SageError } from '../../contracts/errors.js';

/** Where lists of classes stand in the files that users have: data.yaml of Ultralytics, config.json of Hugging Face. */
const KEYS = ['names', 'id2label', 'classes', 'labels'];

/**
 * Names of classes from a file: one per line; or YAML or JSON with a list, with a number for each name, or with one of
 * these under `names` or `id2label`.
 * @throws SageError SAGE_902 not readable, SAGE_517 no names in it.
 */
export function classNames(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (thrown) {
    throw new SageError('SAGE_902', file, messageOf(thrown), { cause: thrown });
  }
  if (/\.(ya?ml|json)$/i.test(file)) return namesIn(text, file);
  const lines = text.split('\n').map((line) => line.trim());
  const names = lines.filter((line) => line !== '');
  if (names.length === 0) throw new SageError('SAGE_517', file, 'it names no classes');
  return names;
}

/**
 * Names in YAML, JSON or Python's way to write a dict, which YAML reads, too.
 * @throws SageError SAGE_517
 */
export function namesIn(text: string, where: string): readonly string[] {
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'silent' });
  } catch (thrown) {
    throw new SageError('SAGE_517', where, messageOf(thrown), { cause: thrown });
  }
  const names = namesOf(value);
  if (names !== null && names.length > 0) return names;
  throw new SageError('SAGE_517', where, 'no list of class names, one for each index from 0');
}

function namesOf(value: unknown): readonly string[] | null {
  if (Array.isArray(value)) return allNames(value.map(nameOf));
  if (typeof value !== 'object' || value === null) return null;
  const entries = new Map(Object.entries(value));
  const key = KEYS.find((each) => entries.has(each));
  if (key !== undefined) return namesOf(entries.get(key));
  return allNames(Array.from({ length: entries.size }, (_, k) => nameOf(entries.get(String(k)))));
}

const allNames = (names: readonly (string | null)[]): readonly string[] | null =>
  names.every((name) => name !== null) ? names : null;

/** A name; of a pair as in the index of ImageNet, `["n01440764", "tench"]`, the second. */
function nameOf(value: unknown): string | null {
  if (Array.isArray(value) && value.length === 2) return nameOf(value[1]);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
