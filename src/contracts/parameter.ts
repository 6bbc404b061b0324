import { z } from 'zod';

/** Metadata of a parameter beyond its type; stored in the schema's zod metadata. */
export interface ParameterMeta {
  readonly description: string;
  readonly unit: string;
  /** Origin of the default: a seed document, a measurement, a convention. */
  readonly source: string;
  /** True: takes effect when set at run time. */
  readonly live?: boolean;
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** A floating-point parameter with its default and allowed range. */
export function real(value: number, range: NumberRange, meta: ParameterMeta) {
  return z
    .number()
    .min(range.min)
    .max(range.max)
    .default(value)
    .meta({ ...meta });
}

/** An integer parameter with its default and allowed range. */
export function whole(value: number, range: NumberRange, meta: ParameterMeta) {
  return z
    .int()
    .min(range.min)
    .max(range.max)
    .default(value)
    .meta({ ...meta });
}

/** A boolean parameter. */
export function flag(value: boolean, meta: ParameterMeta) {
  return z
    .boolean()
    .default(value)
    .meta({ ...meta });
}

/** A string parameter. */
export function text(value: string, meta: ParameterMeta) {
  return z
    .string()
    .max(4096)
    .default(value)
    .meta({ ...meta });
}

/** One of several words. */
export function choice<const T extends readonly [string, ...string[]]>(
  options: T,
  value: T[number],
  meta: ParameterMeta,
) {
  return z
    .enum(options)
    .default(value as never)
    .meta({ ...meta });
}

/** A list of numbers, each within the range. */
export function reals(
  value: number[],
  range: NumberRange & { readonly length?: number },
  meta: ParameterMeta,
) {
  const list = z.array(z.number().min(range.min).max(range.max)).max(64);
  return (range.length === undefined ? list : list.length(range.length)).default(value).meta({ ...meta });
}

/** A list of strings. */
export function texts(value: string[], meta: ParameterMeta) {
  return z
    .array(z.string().max(256))
    .max(64)
    .default(value)
    .meta({ ...meta });
}

/** A list of words, each one of several. */
export function choices(options: readonly [string, ...string[]], value: string[], meta: ParameterMeta) {
  const word: z.ZodType<string, string> = z.enum(options);
  return z
    .array(word)
    .max(64)
    .default(value)
    .meta({ ...meta });
}
