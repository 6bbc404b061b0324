import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import type { ReadingSink } from '../contracts/graph.js';
import type { RunChange, RunInput } from '../contracts/run-input.js';
import { INPUT_TYPE, REPLAYED_TOPIC, readInput } from './input-message.js';
import type { ModelControl } from './model-services.js';
import type { RosNode } from './node.js';
import type { ParameterSetter } from './parameter-services.js';
import { RELIABLE } from './qos.js';

/** What a node that ends says to itself so that a moving arm is braked: no operator said it. */
export const NODE_ENDS = 'the node ends';
/** Why the manager does what a service asks; all else it does by itself, here as there. */
const ASKED = 'asked for';

export interface ReplayedPorts {
  readonly sink: ReadingSink;
  readonly setParameter: ParameterSetter;
  readonly models: () => ModelControl | null;
  /** Takes the node to a state of its lifecycle. */
  readonly become: (state: string) => void;
}

/**
 * Hears what a player plays of `sage/inputs`: goals with their ids, priorities and deadlines, stops, parameters, models
 * that were exchanged by hand, the lifecycle. Only with `use_sim_time`, so that a robot that works is not steered by it.
 */
export function hearReplayed(node: RosNode, ports: ReplayedPorts): void {
  const warn = (text: string): void => node.log.warn(`${REPLAYED_TOPIC}: ${text}`);
  node.subscribe<object>(INPUT_TYPE, REPLAYED_TOPIC, RELIABLE, (message) => {
    if (node.inner.getParameter('use_sim_time').value !== true) {
      warn('it is heard with use_sim_time alone');
      return;
    }
    try {
      take(readInput(message, REPLAYED_TOPIC), ports, warn);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      warn(thrown.message);
    }
  });
}

function take(input: RunInput, ports: ReplayedPorts, warn: (text: string) => void): void {
  if (input.kind === 'said') {
    const { reading } = input;
    if (reading.kind === 'operator' && reading.argument === NODE_ENDS) return;
    if (!ports.sink.put(reading)) warn(`${reading.kind} was not taken: too many wait`);
  }
  // Which goals end, and what stands against a source here, this node finds out by itself.
  if (input.kind === 'change') change(input.change, ports, warn);
}

function change(made: RunChange, ports: ReplayedPorts, warn: (text: string) => void): void {
  const tell = (refused: Fault | null): void => {
    if (refused !== null) warn(`${refused.code} ${refused.where}: ${refused.text}`);
  };
  if (made.kind === 'parameter') tell(ports.setParameter(made.path, made.value));
  if (made.kind === 'lifecycle') ports.become(made.state);
  if (made.kind !== 'model' || made.reason !== ASKED || made.fault !== null) return;
  const models = ports.models();
  const done =
    made.event === 'swap'
      ? models?.swap(made.replaced, made.model)
      : made.event === 'load'
        ? models?.load(made.model)
        : made.event === 'unload'
          ? models?.unload(made.model)
          : undefined;
  done?.catch((thrown: unknown) => warn(messageOf(thrown)));
}
