import { type ErrorCode, type Fault, fault, SageError } from '../contracts/errors.js';
import type { ParameterLeaf, ParameterValue } from '../contracts/parameter-walk.js';
import { checkConsistency } from '../contracts/parameters/consistency.js';
import { type Parameters, parametersSchema } from '../contracts/parameters/index.js';

type Nested = Record<string, Record<string, unknown>>;

/** Takes a live parameter into use; a fault where it cannot be. */
export type ParameterListener = (path: string, value: ParameterValue) => Fault | null;

/**
 * The parameters as ROS sees them: `group.name`, checked by the zod schema on every change. Only live ones change
 * at run time.
 */
export class ParameterStore {
  private readonly leaves: ReadonlyMap<string, ParameterLeaf>;
  private readonly values: Nested;

  constructor(
    leaves: readonly ParameterLeaf[],
    parameters: Parameters,
    private readonly onParameter: ParameterListener,
  ) {
    this.leaves = new Map(leaves.map((leaf) => [leaf.path, leaf]));
    this.values = structuredClone(parameters) as unknown as Nested;
  }

  paths(): readonly string[] {
    return [...this.leaves.keys()];
  }

  leaf(path: string): ParameterLeaf | null {
    return this.leaves.get(path) ?? null;
  }

  get(path: string): ParameterValue | null {
    if (!this.leaves.has(path)) return null;
    const { group, name } = split(path);
    return this.values[group]?.[name] as ParameterValue;
  }

  /**
   * Sets several parameters, all or none. Returns why not, or null.
   * A listener that refuses leaves its parameter and those after it unchanged.
   */
  set(changes: ReadonlyMap<string, unknown>): Fault | null {
    for (const path of changes.keys()) {
      const leaf = this.leaves.get(path);
      if (leaf === undefined) return fault('SAGE_101', path, 'no such parameter');
      if (!leaf.live) return fault('SAGE_102', path, 'read-only: it takes effect at start-up');
    }
    const checked = check(this.values, changes, this.leaves);
    if ('code' in checked) return checked;
    for (const path of changes.keys()) {
      const { group, name } = split(path);
      const value = (checked as unknown as Nested)[group]?.[name] as ParameterValue;
      const refused = this.onParameter(path, value);
      if (refused !== null) return refused;
      this.values[group]![name] = value;
    }
    return null;
  }
}

/**
 * The parameters with what the ROS command line and parameter files override. Throws SAGE_101 for an unknown name,
 * SAGE_102 or SAGE_104 for a value that is not allowed.
 */
export function applyOverrides(
  parameters: Parameters,
  overrides: ReadonlyMap<string, unknown>,
  leaves: readonly ParameterLeaf[],
): Parameters {
  const known = new Map(leaves.map((leaf) => [leaf.path, leaf]));
  for (const path of overrides.keys()) {
    if (!known.has(path)) throw new SageError('SAGE_101', '--ros-args', unknownText(path, leaves));
  }
  const checked = check(parameters as unknown as Nested, overrides, known);
  if ('code' in checked) throw new SageError(checked.code, '--ros-args', `${checked.where}: ${checked.text}`);
  checkConsistency(checked);
  return checked;
}

function unknownText(path: string, leaves: readonly ParameterLeaf[]): string {
  const [near] = leaves.map((leaf) => leaf.path).sort((a, b) => likeness(b, path) - likeness(a, path));
  return `${path} is not a parameter; the nearest is ${near}`;
}

/** Share of the letter pairs of two names that they have in common, 0..1 (Dice coefficient). */
function likeness(a: string, b: string): number {
  const pairs = (name: string): string[] =>
    Array.from({ length: Math.max(0, name.length - 1) }, (_, at) => name.slice(at, at + 2));
  const left = pairs(a);
  const right = pairs(b);
  const common = left.filter((pair) => right.includes(pair)).length;
  return (2 * common) / Math.max(1, left.length + right.length);
}

/** The whole set with the changes, or what is wrong with the first that is. */
function check(
  values: Nested,
  changes: ReadonlyMap<string, unknown>,
  leaves: ReadonlyMap<string, ParameterLeaf>,
): Parameters | Fault {
  const changed: Nested = structuredClone(values);
  for (const [path, value] of changes) {
    const { group, name } = split(path);
    changed[group] = { ...changed[group], [name]: value };
  }
  const result = parametersSchema.safeParse(changed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.slice(0, 2).join('.') ?? '';
  const code: ErrorCode = issue?.code === 'invalid_type' ? 'SAGE_104' : 'SAGE_102';
  const leaf = leaves.get(path);
  const allowed = leaf === undefined ? '' : `; allowed: ${allowedText(leaf)}`;
  return fault(code, path, `${JSON.stringify(changes.get(path))}: ${issue?.message ?? ''}${allowed}`);
}

/** What a parameter may be, in words: for descriptors and refusals. */
export function allowedText(leaf: ParameterLeaf): string {
  const range = leaf.min === null ? '' : `${leaf.min} to ${leaf.max}`;
  const count = leaf.length === null ? 'up to 64' : `${leaf.length}`;
  switch (leaf.type) {
    case 'real':
      return `a number from ${range}`;
    case 'whole':
      return `a whole number from ${range}`;
    case 'flag':
      return 'true or false';
    case 'text':
      return 'text';
    case 'choice':
      return `one of ${leaf.options?.join(', ')}`;
    case 'reals':
      return `${count} numbers, each from ${range}`;
    case 'texts':
      return leaf.options === null ? `${count} words` : `${count} of ${leaf.options.join(', ')}`;
  }
}

function split(path: string): { group: string; name: string } {
  const dot = path.indexOf('.');
  return dot < 0 ? { group: '', name: path } : { group: path.slice(0, dot), name: path.slice(dot + 1) };
}
