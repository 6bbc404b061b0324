import { z } from 'zod';

/** `reals` and `texts` are lists; `choice` is one word of `options`. */
export type ParameterType = 'real' | 'whole' | 'flag' | 'text' | 'choice' | 'reals' | 'texts';

export type ParameterValue = number | boolean | string | readonly number[] | readonly string[];

/** One leaf of the parameter schema, as the ROS parameters, the checks and the documentation need it. */
export interface ParameterLeaf {
  /** `group.name`: the name of the ROS parameter and the path in a configuration file. */
  readonly path: string;
  readonly type: ParameterType;
  readonly default: ParameterValue;
  /** Of the number, or of each element of a list of numbers; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  /** The exact number of elements of a list, null = any up to 64. */
  readonly length: number | null;
  /** The words allowed for a `choice`, else null. */
  readonly options: readonly string[] | null;
  readonly unit: string;
  readonly description: string;
  readonly source: string;
  /** True: takes effect when set at run time; the others are read-only then. */
  readonly live: boolean;
}

/** The part of a JSON Schema that the builders in parameter.ts can produce. */
interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly unit?: unknown;
  readonly description?: unknown;
  readonly source?: unknown;
  readonly live?: unknown;
}

/**
 * Lists every parameter of a schema made with parameter.ts, in the order of the schema.
 * Throws a TypeError where a leaf is of none of the known types or has no default: a bug in the schema.
 */
export function walkParameters(schema: z.ZodType): ParameterLeaf[] {
  return walk(z.toJSONSchema(schema, { io: 'input' }) as SchemaNode, '');
}

function walk(node: SchemaNode, path: string): ParameterLeaf[] {
  if (node.properties === undefined) return [leafOf(node, path)];
  return Object.entries(node.properties).flatMap(([name, child]) =>
    walk(child, path === '' ? name : `${path}.${name}`),
  );
}

function leafOf(node: SchemaNode, path: string): ParameterLeaf {
  if (node.default === undefined) throw new TypeError(`${path}: a parameter needs a default`);
  const numbers = node.type === 'array' ? node.items : node;
  return {
    path,
    type: typeOf(node, path),
    default: node.default as ParameterValue,
    min: numbers?.minimum ?? null,
    max: numbers?.maximum ?? null,
    length: node.minItems !== undefined && node.minItems === node.maxItems ? node.minItems : null,
    options: node.enum ?? null,
    unit: String(node.unit ?? ''),
    description: String(node.description ?? ''),
    source: String(node.source ?? ''),
    live: node.live === true,
  };
}

function typeOf(node: SchemaNode, path: string): ParameterType {
  if (node.enum !== undefined) return 'choice';
  if (node.type === 'integer') return 'whole';
  if (node.type === 'number') return 'real';
  if (node.type === 'boolean') return 'flag';
  if (node.type === 'string') return 'text';
  if (node.type === 'array' && node.items?.type === 'number') return 'reals';
  if (node.type === 'array' && node.items?.type === 'string') return 'texts';
  throw new TypeError(`${path}: ${node.type ?? 'this'} is not a type of parameter`);
}
