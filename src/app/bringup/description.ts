import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf, SageError } from '../../contracts/errors.js';

const words = z.array(z.string()).max(64);

const parameterSchema = z.strictObject({
  type: z.enum(['bool', 'int', 'double', 'string']),
  value: z.union([z.string(), z.number(), z.boolean()]).transform(String),
});
const parametersSchema = z.record(z.string(), parameterSchema);

const processSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  executable: z.string().regex(/^sage_[a-z]+$/),
  role: z.enum(['node', 'world', 'other']),
  when: z.record(z.string(), z.string()),
  arguments: words,
  parameters: parametersSchema,
  remappings: z.array(z.strictObject({ from: z.string(), to: z.string() })).max(64),
});

/** launch/bringup.yaml: what is started, described once for `sage up` and for `ros2 launch`. */
const descriptionSchema = z.strictObject({
  arguments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]*$/),
        description: z.string().min(1),
        default: z.string(),
        choices: words.optional(),
      }),
    )
    .max(32),
  common: z.strictObject({ namespace: z.string(), log_level: z.string(), parameters: parametersSchema }),
  processes: z.array(processSchema).min(1).max(32),
});

export type Description = z.infer<typeof descriptionSchema>;
type ProcessDescription = Description['processes'][number];

/** A process of the description with every `$(name)` replaced. */
export interface ResolvedProcess {
  readonly name: string;
  /** What stands behind `sage`: `node` for the executable sage_node. */
  readonly command: string;
  readonly role: ProcessDescription['role'];
  readonly arguments: readonly string[];
  /** From `--ros-args` on. */
  readonly rosArguments: readonly string[];
}

/** What a run is asked for; whatever is left out stands at the description's default. */
export interface Request {
  /** Values of launch arguments, all but `config`. */
  readonly values: Readonly<Record<string, string>>;
  /** Configuration files, in order. */
  readonly configs: readonly string[];
  /** For every process, from `--ros-args` on; may be empty. */
  readonly rosArguments: readonly string[];
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
  if (parsed.success) return parsed.data;
  throw new SageError('SAGE_906', path, z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
}

/**
 * The processes to start. `share` is the folder that holds launch/ and config/.
 * @throws SageError SAGE_901 for a value that is not among an argument's choices, SAGE_906 for an unknown name
 */
export function resolveProcesses(
  description: Description,
  request: Request,
  share: string,
): ResolvedProcess[] {
  const values = new Map<string, string>([['share', share]]);
  for (const argument of description.arguments) {
    const value = request.values[argument.name] ?? argument.default;
    if (argument.choices !== undefined && !argument.choices.includes(value)) {
      throw new SageError(
        'SAGE_901',
        argument.name,
        `"${value}" is not one of ${argument.choices.join(', ')}`,
      );
    }
    values.set(argument.name, value);
  }
  return description.processes
    .filter(({ when }) =>
      Object.entries(when).every(([name, value]) => argumentValue(name, values) === value),
    )
    .map((process) => ({
      name: process.name,
      command: process.executable.replace('sage_', ''),
      role: process.role,
      arguments: ownArguments(process.arguments, values, request.configs),
      rosArguments: rosArguments(process, description.common, values, request.rosArguments),
    }));
}

/** What the user gave wins: of parameters ROS takes the last that fits, of remaps the first. */
function rosArguments(
  process: ProcessDescription,
  common: Description['common'],
  values: ReadonlyMap<string, string>,
  given: readonly string[],
): string[] {
  const fill = (text: string) => substitute(text, values);
  const parameters = Object.entries({ ...common.parameters, ...process.parameters });
  const namespace = fill(common.namespace).replace(/^\//, '');
  return [
    '--ros-args',
    '--log-level',
    fill(common.log_level),
    ...parameters.flatMap(([name, { value }]) => ['-p', `${name}:=${fill(value)}`]),
    ...given.slice(1),
    ...process.remappings.flatMap(({ from, to }) => ['-r', `${fill(from)}:=${fill(to)}`]),
    ...(namespace === '' ? [] : ['-r', `__ns:=/${namespace}`]),
  ];
}

/** `--config $(config)` stands for as many files as are given, none included. */
function ownArguments(
  list: readonly string[],
  values: ReadonlyMap<string, string>,
  configs: readonly string[],
): string[] {
  return list.flatMap((text, index) => {
    if (list[index + 1] === '$(config)') return [];
    if (text !== '$(config)') return [substitute(text, values)];
    const option = list[index - 1];
    return configs.flatMap((file) => (option === undefined ? [file] : [option, file]));
  });
}

function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\((\w+)\)/g, (_, name: string) => argumentValue(name, values));
}

function argumentValue(name: string, values: ReadonlyMap<string, string>): string {
  const value = values.get(name);
  if (value === undefined) throw new SageError('SAGE_906', `$(${name})`, 'no such argument');
  return value;
}
