import { readFileSync, statSync } from 'node:fs';
import type { LineCounter, Node, YAMLMap } from 'yaml';
import { messageOf, SageError } from '../contracts/errors.js';
import { type ParameterLeaf, walkParameters } from '../contracts/parameter-walk.js';
import { checkConsistency } from '../contracts/parameters/consistency.js';
import { type Parameters, parametersSchema } from '../contracts/parameters/index.js';
import { ONCE } from '../contracts/parse-once.js';
import { yaml } from '../replay/yaml.js';
import { checkValue, type ValueProblem } from './config-value.js';
import { nearest, nearestKey } from './nearest.js';
import { isRosName, ROBOT_TOPICS, type RobotTopic } from './topics.js';

/** Largest configuration file that is read, bytes: ten times what all parameters with comments take. */
const FILE_SIZE_MAX = 65_536;
/** Deepest nesting of groups that is followed. */
const DEPTH_MAX = 8;
/** The node that a section of a ROS parameter file must name to be read. */
const NODE_NAME = 'sage';

export type Topics = Readonly<Partial<Record<RobotTopic, string>>>;

export interface Configuration {
  readonly parameters: Parameters;
  /** The robot's own names for the topics of {@link ROBOT_TOPICS}, where a file gives them. */
  readonly topics: Topics;
  /** As a file sets it; null where none does. Every ROS node has this parameter besides its own. */
  readonly use_sim_time: boolean | null;
  /** The dotted keys that a file set, sorted. */
  readonly set: readonly string[];
}

/** One key of one file, with the line it stands in. */
interface Entry {
  readonly key: string;
  readonly node: Node | null;
  readonly line: number;
}

/** What is known while one file is read. */
interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly leaves: ReadonlyMap<string, ParameterLeaf>;
  readonly groups: ReadonlySet<string>;
}

let schemaLeaves: readonly ParameterLeaf[] | null = null;

/** Every parameter of SAGE, in the order of the schema; the walk is done once per process. */
export function parameterLeaves(): readonly ParameterLeaf[] {
  schemaLeaves ??= walkParameters(parametersSchema);
  return schemaLeaves;
}

/**
 * All parameters: the defaults, overlaid by each file in order. A file is YAML with nested groups or dotted keys,
 * plain or as a ROS parameter file (`/**:` or a node's name, then `ros__parameters:`).
 * Throws SAGE_101 (unknown key), SAGE_102 (range), SAGE_103 (unreadable, not YAML, a key twice) or SAGE_104 (type),
 * each naming file, line and key; SAGE_102 without a line for values that do not fit each other.
 */
export function loadParameters(files: readonly string[]): Parameters {
  return loadConfiguration(files).parameters;
}

/** As {@link loadParameters}, with what a ROS parameter file may say besides our own parameters. */
export function loadConfiguration(files: readonly string[]): Configuration {
  const values = new Map<string, unknown>();
  const topics: Partial<Record<RobotTopic, string>> = {};
  let use_sim_time: boolean | null = null;
  for (const file of files) {
    for (const [key, value] of readFile(file)) {
      if (key === 'use_sim_time') use_sim_time = value as boolean;
      else if (isTopicKey(key)) topics[topicOf(key)] = value as string;
      else values.set(key, value);
    }
  }
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [key, value] of values) {
    const [group = '', name = ''] = key.split('.');
    nested[group] = { ...nested[group], [name]: value };
  }
  const parameters = parametersSchema.parse(nested, ONCE);
  checkConsistency(parameters);
  return { parameters, topics, use_sim_time, set: [...values.keys()].sort() };
}

/** The checked values of one file by dotted key. */
function readFile(file: string): Map<string, unknown> {
  const lines = new (yaml().LineCounter)();
  const leaves = new Map(parameterLeaves().map((leaf) => [leaf.path, leaf]));
  const groups = new Set([...leaves.keys()].map((path) => path.slice(0, path.indexOf('.'))));
  const source: Source = { file, lines, leaves, groups };
  const values = new Map<string, unknown>();
  for (const entry of entriesOf(parse(source), source)) {
    if (values.has(entry.key)) {
      throw new SageError('SAGE_103', at(source, entry.line), `'${entry.key}' is set twice in this file`);
    }
    values.set(entry.key, checkedValue(entry, source));
  }
  return values;
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > FILE_SIZE_MAX) {
      throw new SageError('SAGE_103', file, `${size} bytes; the limit is ${FILE_SIZE_MAX}`);
    }
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_103', file, messageOf(thrown), { cause: thrown });
  }
}

/** The file's mapping; null for a file without any key. */
function parse(source: Source): YAMLMap | null {
  const text = readText(source.file);
  const { parseDocument, visit, isScalar, isMap } = yaml();
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, { lineCounter: source.lines, prettyErrors: false, uniqueKeys: true });
  } catch (thrown) {
    // The parser recurses: the only thing it throws, instead of listing it, is that the stack ran out.
    throw new SageError('SAGE_103', source.file, 'nested too deeply', { cause: thrown });
  }
  const [error] = document.errors;
  if (error)
    throw new SageError('SAGE_103', at(source, source.lines.linePos(error.pos[0]).line), error.message);
  visit(document, {
    Alias: (_, alias) => {
      throw new SageError(
        'SAGE_103',
        at(source, lineOf(alias, source)),
        'aliases are not allowed, as in ROS',
      );
    },
  });
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return null;
  if (!isMap(contents)) {
    throw new SageError('SAGE_103', at(source, lineOf(contents, source)), 'expected keys with values');
  }
  return contents;
}

/** The entries of all sections that are meant for this node. */
function entriesOf(root: YAMLMap | null, source: Source): Entry[] {
  if (root === null) return [];
  const sections = rosSections(root, '', 0);
  if (sections.length === 0) return flatten(root, '', source, 0);
  const ours = sections.filter(({ name }) => isOurs(name));
  if (ours.length === 0) {
    const names = sections.map(({ name }) => `'${name}'`).join(', ');
    throw new SageError('SAGE_101', source.file, `only ${names} found, none of them '/**' or '${NODE_NAME}'`);
  }
  return ours.flatMap(({ map }) => (map === null ? [] : flatten(map, '', source, 0)));
}

/** The `ros__parameters` of a ROS parameter file with the node (and namespace) each stands under. */
function rosSections(map: YAMLMap, name: string, depth: number): { name: string; map: YAMLMap | null }[] {
  if (depth > DEPTH_MAX) return [];
  return map.items.flatMap((pair) => {
    const key = keyText(pair.key);
    if (key === 'ros__parameters') return [{ name, map: yaml().isMap(pair.value) ? pair.value : null }];
    const inner = key.startsWith('/') || name === '' ? `${name}${key}` : `${name}/${key}`;
    return yaml().isMap(pair.value) ? rosSections(pair.value, inner, depth + 1) : [];
  });
}

/** A wildcard, the bare file level, or our node in any namespace. */
function isOurs(name: string): boolean {
  return name === '' || name.endsWith('*') || name.slice(name.lastIndexOf('/') + 1) === NODE_NAME;
}

/** A topic's key keeps its own slashes and dots: `topics.camera/image_raw`. */
const isTopicKey = (key: string) => key.startsWith('topics.');
const topicOf = (key: string) => key.slice('topics.'.length) as RobotTopic;

function flatten(map: YAMLMap, prefix: string, source: Source, depth: number): Entry[] {
  return map.items.flatMap((pair) => {
    const key = prefix === '' ? keyText(pair.key) : `${prefix}.${keyText(pair.key)}`;
    const line = lineOf(pair.key as Node, source);
    const node = pair.value as Node | null;
    if (source.leaves.has(key) || key === 'use_sim_time') return [{ key, node, line }];
    if (isTopicKey(key)) return [topicEntry(key, node, line, source)];
    if (!source.groups.has(key) && key !== 'topics') throw unknown(key, line, source);
    if (yaml().isMap(node) && depth < DEPTH_MAX) return flatten(node, key, source, depth + 1);
    if (node === null || (yaml().isScalar(node) && node.value === null)) return [];
    throw new SageError(
      'SAGE_104',
      at(source, line),
      `'${key}' is a group, not a value; for example '${firstOf(key, source)}'`,
    );
  });
}

function topicEntry(key: string, node: Node | null, line: number, source: Source): Entry {
  const topic = topicOf(key);
  if (ROBOT_TOPICS.includes(topic)) return { key, node, line };
  throw new SageError(
    'SAGE_101',
    at(source, line),
    `'${topic}' is not a SAGE topic; the nearest is '${nearest(topic, ROBOT_TOPICS)}'`,
  );
}

function unknown(key: string, line: number, source: Source): SageError {
  const near = key.includes('.')
    ? nearestKey(key, [...source.leaves.keys()])
    : (nearestGroup(key, source) ?? nearestKey(key, [...source.leaves.keys()]));
  return new SageError('SAGE_101', at(source, line), `'${key}' is not a parameter; the nearest is '${near}'`);
}

/** The group meant by a key without a dot, unless the key is the name of a parameter whose group was left out. */
function nearestGroup(key: string, source: Source): string | null {
  const names = [...source.leaves.keys()].map((path) => path.slice(path.indexOf('.') + 1));
  return names.includes(key) ? null : nearest(key, [...source.groups, 'topics']);
}

function checkedValue(entry: Entry, source: Source): unknown {
  const value = plain(entry.node);
  const problem = problemOf(entry.key, value, source);
  if (problem === null) return value;
  throw new SageError(
    problem.code,
    at(source, entry.line),
    `'${entry.key}' is ${show(value)}; ${problem.text}`,
  );
}

function problemOf(key: string, value: unknown, source: Source): ValueProblem | null {
  if (isTopicKey(key)) {
    return isRosName(value)
      ? null
      : { code: 'SAGE_104', text: 'expected a ROS name, such as /camera/image_raw' };
  }
  if (key === 'use_sim_time') {
    return typeof value === 'boolean' ? null : { code: 'SAGE_104', text: 'expected true or false' };
  }
  return checkValue(source.leaves.get(key)!, value);
}

/** Scalars and lists as plain values; anything else as undefined, which fits no parameter. */
function plain(node: Node | null): unknown {
  if (node === null) return null;
  if (yaml().isScalar(node)) return node.value;
  if (yaml().isSeq(node)) return node.items.map((item) => plain(item as Node | null));
  return undefined;
}

function show(value: unknown): string {
  if (value === undefined) return 'a group';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function keyText(key: unknown): string {
  return yaml().isScalar(key) ? String(key.value) : yaml().isAlias(key) ? key.source : String(key);
}

function lineOf(node: Node | null, source: Source): number {
  return source.lines.linePos(node?.range?.[0] ?? 0).line;
}

function firstOf(group: string, source: Source): string {
  if (group === 'topics') return `topics: {${ROBOT_TOPICS[0]}: /my_camera/image}`;
  return [...source.leaves.keys()].find((path) => path.startsWith(`${group}.`)) ?? group;
}

function at(source: Source, line: number): string {
  return `${source.file}:${line}`;
}
