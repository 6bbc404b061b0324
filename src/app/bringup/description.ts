import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf, SageError } from '../../contracts/errors.js';

/** Arguments that every description has, since `sage up` and the launch file give them to every process alike. */
const COMMON_ARGUMENTS = ['config', 'namespace', 'use_sim_time', 'log_level'] as const;

const words = z.array(z.string()).max(64);
const pairs = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const nodeSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  executable: z.enum(['sage_node', 'sage_sim']),
  role: z.enum(['node', 'world', 'other']),
  condition: z.string().optional(),
  arguments: z
    .array(z.union([z.string(), z.strictObject({ condition: z.string(), values: words })]))
    .default([]),
  parameters: pairs.default({}),
  remaps: pairs.default({}),
  environment: pairs.default({}),
});

/** launch/bringup.yaml: what is started, described once for `sage up` and for `ros2 launch`. */
export const descriptionSchema = z.strictObject({
  arguments: z.record(
    z.string(),
    z.strictObject({ description: z.string().min(1), default: z.string(), choices: words.optional() }),
  ),
  nodes: z.array(nodeSchema).min(1).max(32),
});

export type Description = z.infer<typeof descriptionSchema>;

/** A process of the description with every `$(name)` replaced. */
export interface ResolvedNode {
  readonly name: string;
  /** What stands behind `sage`: `node` for the executable sage_node. */
  readonly command: string;
  readonly role: 'node' | 'world' | 'other';
  readonly arguments: readonly string[];
  readonly rosArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads and checks a description. @throws SageError SAGE_906 */
export function readDescription(path: string): Description {
  let raw: unknown;
  try {
    raw = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
  } catch (thrown) {
    throw new SageError('SAGE_906', path, messageOf(thrown), { cause: thrown });
  }
  const parsed = descriptionSchema.safeParse(raw);
  if (!parsed.success) {
    throw new SageError('SAGE_906', path, z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
  }
  const missing = COMMON_ARGUMENTS.find((name) => parsed.data.arguments[name] === undefined);
  if (missing !== undefined) throw new SageError('SAGE_906', path, `the argument '${missing}' is missing`);
  return parsed.data;
}

/** What a run is asked for; whatever is left out stands at the description's default. */
export interface Request {
  /** Values of launch arguments, all but `config`. */
  readonly values: Readonly<Record<string, string>>;
  /** Configuration files, in order. */
  readonly configs: readonly string[];
  /** ROS arguments for every process, from `--ros-args` on. */
  readonly rosArguments: readonly string[];
}

/** The processes to start. `share` is the folder that holds config/. @throws SageError SAGE_906, SAGE_901 */
export function resolveNodes(description: Description, request: Request, share: string): ResolvedNode[] {
  const values = new Map<string, string>([['share', share]]);
  for (const [name, argument] of Object.entries(description.arguments)) {
    const value = name === 'config' ? (request.configs[0] ?? '') : (request.values[name] ?? argument.default);
    if (argument.choices !== undefined && !argument.choices.includes(value)) {
      throw new SageError('SAGE_901', name, `"${value}" is none of ${argument.choices.join(', ')}`);
    }
    values.set(name, value);
  }
  return description.nodes
    .filter(({ condition }) => holds(condition, values))
    .map((node) => resolveNode(node, values, request));
}

function resolveNode(
  node: Description['nodes'][number],
  values: ReadonlyMap<string, string>,
  request: Request,
): ResolvedNode {
  const fill = (text: string) => substitute(text, values);
  const filled = (record: Readonly<Record<string, string>>) =>
    Object.entries(record)
      .map(([key, value]) => [key, fill(value)] as const)
      .filter(([, value]) => value !== '');
  const common = {
    namespace: fill('$(namespace)'),
    use_sim_time: fill('$(use_sim_time)'),
    log_level: fill('$(log_level)'),
  };
  const ros = [
    ...filled(node.parameters).flatMap(([name, value]) => ['-p', `${name}:=${value}`]),
    ...filled(node.remaps).flatMap(([from, to]) => ['-r', `${from}:=${to}`]),
    ...(common.namespace === '' ? [] : ['-r', `__ns:=/${common.namespace.replace(/^\//, '')}`]),
    ...(common.use_sim_time === '' ? [] : ['-p', `use_sim_time:=${common.use_sim_time}`]),
    ...(common.log_level === '' ? [] : ['--log-level', common.log_level]),
  ];
  return {
    name: node.name,
    command: node.executable.replace('sage_', ''),
    role: node.role,
    arguments: ownArguments(node.arguments, values, request.configs),
    rosArguments: ['--ros-args', ...request.rosArguments.slice(1), ...ros],
    environment: Object.fromEntries(filled(node.environment)),
  };
}

/** `--config $(config)` stands for as many files as are given, none included. */
function ownArguments(
  list: Description['nodes'][number]['arguments'],
  values: ReadonlyMap<string, string>,
  configs: readonly string[],
): string[] {
  const flat = list.flatMap((item) => {
    if (typeof item === 'string') return [item];
    return holds(item.condition, values) ? item.values : [];
  });
  return flat.flatMap((text, index) => {
    if (flat[index + 1] === '$(config)') return [];
    if (text !== '$(config)') return [substitute(text, values)];
    const option = flat[index - 1];
    return configs.flatMap((file) => (option === undefined ? [file] : [option, file]));
  });
}

/** A condition is the name of an argument that must be `true`, or that name behind `not `. */
function holds(condition: string | undefined, values: ReadonlyMap<string, string>): boolean {
  if (condition === undefined) return true;
  const wanted = condition.startsWith('not ') ? 'false' : 'true';
  return substitute(`$(${condition.replace(/^not /, '')})`, values) === wanted;
}

function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\(([a-z_]+)\)/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new SageError('SAGE_906', name, 'no argument of this name is described');
    return value;
  });
}
