import type { Fault } from '../contracts/errors.js';
import type { RosNode } from './node.js';
import {
  descriptorMessage,
  type ParameterMessage,
  type ParameterValueMessage,
  plainValue,
  ROS_TYPE,
  typeOf,
  valueMessage,
} from './parameter-message.js';
import type { ParameterStore } from './parameter-store.js';
import { PARAMETER_EVENTS } from './qos.js';
import { msToStamp } from './stamps.js';

/** Every ROS node has it beside its own; rclnodejs keeps it and switches its clock. */
const SIM_TIME = 'use_sim_time';

interface SetResult {
  readonly successful: boolean;
  readonly reason: string;
}

/** Sets one parameter and tells the graph; a fault where it cannot be set. */
export type ParameterSetter = (path: string, value: unknown) => Fault | null;

interface Names {
  readonly names: readonly string[];
}

/**
 * The six parameter services of a ROS node. They stand in for those of rclnodejs 2.2.0, which leave the ranges out
 * of descriptors, give no reason for a refusal, and throw on a value of an unexpected type.
 */
export function serveParameters(node: RosNode, store: ParameterStore): ParameterSetter {
  const services = new ParameterServices(node, store);
  const serve = <Q, R extends object>(type: string, name: string, handle: (request: Q) => R): void =>
    node.service(`rcl_interfaces/srv/${type}`, `${node.name}/${name}`, handle);
  serve('ListParameters', 'list_parameters', (request: { prefixes: string[]; depth: bigint }) => ({
    result: services.list(request.prefixes, Number(request.depth)),
  }));
  serve('DescribeParameters', 'describe_parameters', ({ names }: Names) => ({
    descriptors: names.map((name) => services.describe(name)),
  }));
  serve('GetParameters', 'get_parameters', ({ names }: Names) => ({
    values: names.map((name) => services.value(name)),
  }));
  serve('GetParameterTypes', 'get_parameter_types', ({ names }: Names) => ({
    types: Uint8Array.from(names, (name) => services.type(name)),
  }));
  serve('SetParameters', 'set_parameters', (request: { parameters: readonly ParameterMessage[] }) => ({
    results: request.parameters.map((parameter) => services.set([parameter])),
  }));
  serve(
    'SetParametersAtomically',
    'set_parameters_atomically',
    (request: { parameters: readonly ParameterMessage[] }) => ({ result: services.set(request.parameters) }),
  );
  return (path, value) => services.setPlain(new Map([[path, value]]));
}

class ParameterServices {
  private readonly events;

  constructor(
    private readonly node: RosNode,
    private readonly store: ParameterStore,
  ) {
    this.events = node.publisher<object>(
      'rcl_interfaces/msg/ParameterEvent',
      '/parameter_events',
      PARAMETER_EVENTS,
    );
  }

  /** Names under the prefixes (none: all), at most `depth` levels below them (0: all); as rclcpp lists them. */
  list(prefixes: readonly string[], depth: number): { names: string[]; prefixes: string[] } {
    const levels = (name: string): number => name.split('.').length;
    const listed = [SIM_TIME, ...this.store.paths()].filter((name) => {
      if (prefixes.length === 0) return depth === 0 || levels(name) <= depth;
      return prefixes.some((prefix) => {
        const below = name === prefix || name.startsWith(`${prefix}.`);
        return below && (depth === 0 || levels(name) - levels(prefix) <= depth);
      });
    });
    const groups = listed.filter((name) => name.includes('.')).map((name) => name.split('.')[0]!);
    return { names: listed, prefixes: [...new Set(groups)] };
  }

  describe(name: string): object {
    const leaf = this.store.leaf(name);
    if (leaf !== null) return descriptorMessage(leaf);
    const description = 'Whether time comes from /clock instead of the system. Takes effect at once.';
    if (name === SIM_TIME) return { name, type: ROS_TYPE.bool, description };
    return { name, type: ROS_TYPE.unset };
  }

  value(name: string): ParameterValueMessage {
    if (name === SIM_TIME) {
      return { type: ROS_TYPE.bool, bool_value: this.node.inner.getParameter(SIM_TIME).value === true };
    }
    const leaf = this.store.leaf(name);
    const value = this.store.get(name);
    return leaf === null || value === null ? { type: ROS_TYPE.unset } : valueMessage(leaf, value);
  }

  type(name: string): number {
    if (name === SIM_TIME) return ROS_TYPE.bool;
    const leaf = this.store.leaf(name);
    return leaf === null ? ROS_TYPE.unset : typeOf(leaf);
  }

  /** Sets all or none; tells the graph what changed. */
  set(parameters: readonly ParameterMessage[]): SetResult {
    const changes = new Map(parameters.map(({ name, value }) => [name, plainValue(value)]));
    const simTime = changes.get(SIM_TIME);
    if (changes.has(SIM_TIME) && typeof simTime !== 'boolean') {
      return { successful: false, reason: `${SIM_TIME} is true or false` };
    }
    changes.delete(SIM_TIME);
    const refused = this.store.set(changes);
    if (refused !== null) {
      return { successful: false, reason: `${refused.code} ${refused.where}: ${refused.text}` };
    }
    if (typeof simTime === 'boolean') {
      const { Parameter } = this.node.rcl;
      this.node.inner.setParameter(new Parameter(SIM_TIME, ROS_TYPE.bool, simTime));
    }
    this.announce([...changes.keys()]);
    return { successful: true, reason: '' };
  }

  /** As `set`, for values as they are. */
  setPlain(changes: ReadonlyMap<string, unknown>): Fault | null {
    const refused = this.store.set(changes);
    if (refused === null) this.announce([...changes.keys()]);
    return refused;
  }

  private announce(names: readonly string[]): void {
    if (names.length === 0) return;
    const namespace = this.node.inner.namespace();
    this.events.publish({
      stamp: msToStamp(this.node.now_ms()),
      node: `${namespace === '/' ? '' : namespace}/${this.node.name}`,
      new_parameters: [],
      changed_parameters: names.map((name) => ({ name, value: this.value(name) })),
      deleted_parameters: [],
    });
  }
}
