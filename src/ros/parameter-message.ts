import type { ParameterLeaf, ParameterType, ParameterValue } from '../contracts/parameter-walk.js';
import type { RosNode } from './node.js';
import { allowedText } from './parameter-store.js';

/** rcl_interfaces/msg/ParameterType. */
export const ROS_TYPE = {
  unset: 0,
  bool: 1,
  integer: 2,
  double: 3,
  string: 4,
  byte_array: 5,
  bool_array: 6,
  integer_array: 7,
  double_array: 8,
  string_array: 9,
} as const;

const TYPE_OF: Readonly<Record<ParameterType, number>> = {
  real: ROS_TYPE.double,
  whole: ROS_TYPE.integer,
  flag: ROS_TYPE.bool,
  text: ROS_TYPE.string,
  choice: ROS_TYPE.string,
  reals: ROS_TYPE.double_array,
  texts: ROS_TYPE.string_array,
};

/** rcl_interfaces/msg/ParameterValue, as far as it is read. Lists may come as typed arrays. */
export interface ParameterValueMessage {
  readonly type: number;
  readonly bool_value?: boolean;
  readonly integer_value?: bigint;
  readonly double_value?: number;
  readonly string_value?: string;
  readonly integer_array_value?: ArrayLike<bigint | number>;
  readonly double_array_value?: ArrayLike<number>;
  readonly string_array_value?: readonly string[];
}

export interface ParameterMessage {
  readonly name: string;
  readonly value: ParameterValueMessage;
}

/**
 * The plain value in a message: whole numbers as numbers, so that `robot.speed_scale:=1` is as good as 1.0.
 * Null, which no parameter of SAGE can be, for any other type and for the attempt to unset one.
 */
export function plainValue(message: ParameterValueMessage): unknown {
  switch (message.type) {
    case ROS_TYPE.bool:
      return message.bool_value;
    case ROS_TYPE.integer:
      return Number(message.integer_value);
    case ROS_TYPE.double:
      return message.double_value;
    case ROS_TYPE.string:
      return message.string_value;
    case ROS_TYPE.integer_array:
      return Array.from(message.integer_array_value ?? [], Number);
    case ROS_TYPE.double_array:
      return Array.from(message.double_array_value ?? []);
    case ROS_TYPE.string_array:
      return [...(message.string_array_value ?? [])];
    default:
      return null;
  }
}

/** A value as a message, in the ROS type of its parameter. */
export function valueMessage(leaf: ParameterLeaf, value: ParameterValue): ParameterValueMessage {
  const type = TYPE_OF[leaf.type];
  switch (leaf.type) {
    case 'real':
      return { type, double_value: value as number };
    case 'whole':
      return { type, integer_value: BigInt(value as number) };
    case 'flag':
      return { type, bool_value: value as boolean };
    case 'text':
    case 'choice':
      return { type, string_value: value as string };
    case 'reals':
      return { type, double_array_value: Float64Array.from(value as readonly number[]) };
    case 'texts':
      return { type, string_array_value: value as readonly string[] };
  }
}

export function typeOf(leaf: ParameterLeaf): number {
  return TYPE_OF[leaf.type];
}

/** rcl_interfaces/msg/ParameterDescriptor: what `ros2 param describe` shows. */
export function descriptorMessage(leaf: ParameterLeaf): object {
  const unit = leaf.unit === '' ? '' : ` Unit: ${leaf.unit}.`;
  const source = leaf.source === '' ? '' : ` Source: ${leaf.source}.`;
  const effect = leaf.live ? ' Takes effect at once.' : ' Takes effect at start-up.';
  return {
    name: leaf.path,
    type: TYPE_OF[leaf.type],
    description: `${leaf.description}${unit}${source}${effect}`,
    additional_constraints: allowedText(leaf),
    read_only: !leaf.live,
    dynamic_typing: false,
    floating_point_range:
      leaf.type === 'real' && leaf.min !== null && leaf.max !== null
        ? [{ from_value: leaf.min, to_value: leaf.max, step: 0 }]
        : [],
    integer_range:
      leaf.type === 'whole' && leaf.min !== null && leaf.max !== null
        ? [{ from_value: BigInt(leaf.min), to_value: BigInt(leaf.max), step: 1n }]
        : [],
  };
}

/** What `-p` and `--params-file` set on a node, as plain values, without what every ROS node has besides. */
export function plainOverrides(node: RosNode): ReadonlyMap<string, unknown> {
  const overrides = node.inner.getParameterOverrides().filter(({ name }) => name !== 'use_sim_time');
  return new Map(
    overrides.map(({ name, value }) => [
      name,
      typeof value === 'bigint' ? Number(value) : Array.isArray(value) ? value.map(plainElement) : value,
    ]),
  );
}

function plainElement(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
