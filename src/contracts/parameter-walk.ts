import { z } from 'zod';
import type { ParameterMeta } from './parameter.js';

/** `reals` and `texts` are lists; `choice` is one word of `options`. */
export type ParameterType = 'real' | 'whole' | 'flag' | 'text' | 'choice' | 'reals' | 'texts';

export type ParameterValue = number | boolean | string | readonly number[] | readonly string[];

/** One leaf of the parameter schema, with what the ROS parameters, the checks and the documentation need. */
export interface ParameterLeaf {
  /** `group.name`: the ROS parameter name and the path in a configuration file. */
  readonly path: string;
  readonly type: ParameterType;
  readonly default: ParameterValue;
  /** Minimum of the number, or of each element of a list; null if there is none. */
  readonly min: number | null;
  readonly max: number | null;
  /** Exact length of a list; null = any up to 64. */
  readonly length: number | null;
  /** Allowed words of a `choice`, or of each element of `texts`; otherwise null. */
  readonly options: readonly string[] | null;
  readonly unit: string;
  readonly description: string;
  readonly source: string;
  /** True: takes effect when set at run time. All others are read-only at run time. */
  readonly live: boolean;
}

/**
 * Lists every parameter of a schema made with parameter.ts, in the order of the schema. Throws a TypeError
 * for a leaf of unknown type or without a default, which is a bug in the schema.
 */
export function walkParameters(schema: z.core.$ZodType): ParameterLeaf[] {
  return walk(schema, '');
}

function walk(schema: z.core.$ZodType, path: string): ParameterLeaf[] {
  if (schema instanceof z.ZodPrefault) return walk(schema.def.innerType, path);
  if (!(schema instanceof z.ZodObject)) return [leafOf(schema, path)];
  return Object.entries(schema.def.shape as z.core.$ZodShape).flatMap(([name, child]) =>
    walk(child, path === '' ? name : `${path}.${name}`),
  );
}

function leafOf(schema: z.core.$ZodType, path: string): ParameterLeaf {
  if (!(schema instanceof z.ZodDefault)) throw new TypeError(`${path}: a parameter needs a default`);
  const value = schema.def.innerType;
  const one = value instanceof z.ZodArray ? value.def.element : value;
  const bounds = one instanceof z.ZodNumber ? one : null;
  const said = (z.globalRegistry.get(schema) ?? {}) as Partial<ParameterMeta>;
  return {
    path,
    type: typeOf(value, path),
    default: schema.def.defaultValue as ParameterValue,
    min: bounds?.minValue ?? null,
    max: bounds?.maxValue ?? null,
    length: lengthOf(value),
    options: one instanceof z.ZodEnum ? one.options.map(String) : null,
    unit: said.unit ?? '',
    description: said.description ?? '',
    source: said.source ?? '',
    live: said.live === true,
  };
}

/** Length of a fixed-length list. */
function lengthOf(value: z.core.$ZodType): number | null {
  if (!(value instanceof z.ZodArray)) return null;
  for (const check of value.def.checks ?? []) {
    if (check instanceof z.core.$ZodCheckLengthEquals) return check._zod.def.length;
  }
  return null;
}

function typeOf(value: z.core.$ZodType, path: string): ParameterType {
  if (value instanceof z.ZodEnum) return 'choice';
  if (value instanceof z.ZodNumber) return value.isInt ? 'whole' : 'real';
  if (value instanceof z.ZodBoolean) return 'flag';
  if (value instanceof z.ZodString) return 'text';
  if (value instanceof z.ZodArray && value.def.element instanceof z.ZodNumber) return 'reals';
  if (value instanceof z.ZodArray && isWord(value.def.element)) return 'texts';
  throw new TypeError(`${path}: ${value._zod.def.type} is not a type of parameter`);
}

const isWord = (value: z.core.$ZodType): boolean =>
  value instanceof z.ZodString || value instanceof z.ZodEnum;
