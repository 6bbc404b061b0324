import { SageError } from '../contracts/errors.js';
import { walkParameters } from '../contracts/parameter-walk.js';
import { type Parameters, parametersSchema } from '../contracts/parameters/index.js';
import {
  BLOCK_NAMES,
  type Block,
  type BlockName,
  type EffectingBlockName,
  isBlockName,
  type SensingBlockName,
} from './block.js';
import { EFFECTING, nodeNameOf, SENSING } from './blocks/index.js';
import { openRos } from './context.js';
import { diagnosticsCdr } from './diagnostics-cdr.js';
import { ObservationPublisher, SOURCES_OF } from './external.js';
import { serveEffector } from './external-effector.js';
import type { RosNode } from './node.js';
import { plainOverrides } from './parameter-message.js';
import { serveParameters } from './parameter-services.js';
import { applyOverrides, ParameterStore } from './parameter-store.js';
import { RELIABLE } from './qos.js';

const DIAGNOSTICS_MS = 1000;

export interface StandaloneBlock {
  readonly node: string;
  readonly domain_id: number;
  close(): void;
}

/**
 * One block as a process of its own. A sensing block publishes `sage/observation/<source>`, an effecting one takes
 * `sage/command/<name>`; the main node uses it where `node.external_blocks` names it.
 * Throws SAGE_901 for a name that is no block, and what openRos and applyOverrides throw.
 */
export async function openBlock(
  name: string,
  parameters: Parameters,
  rosArgs: readonly string[],
  onBug: (where: string, text: string) => void,
): Promise<StandaloneBlock> {
  if (!isBlockName(name))
    throw new SageError('SAGE_901', 'sage block', `'${name}' is not a block; choose one of ${BLOCK_NAMES}`);
  const ros = await openRos(rosArgs, nodeNameOf(name), onBug);
  try {
    const node = ros.createNode(nodeNameOf(name));
    const leaves = walkParameters(parametersSchema);
    const own = applyOverrides(parameters, plainOverrides(node), leaves);
    // A block reads its parameters at its start: none of them is live in its process.
    const fixed = leaves.map((leaf) => ({ ...leaf, live: false }));
    serveParameters(node, new ParameterStore(fixed, own, () => null));
    const block = makeBlock(name, node, own);
    const timer = publishHealth(node, block, own.node.robot_id);
    node.spin();
    const close = (): void => {
      clearInterval(timer);
      block.close();
      ros.close();
    };
    return { node: node.name, domain_id: ros.domain_id, close };
  } catch (thrown) {
    ros.close();
    throw thrown;
  }
}

function makeBlock(name: BlockName, node: RosNode, parameters: Parameters): Block {
  if (name !== 'arm' && name !== 'gripper') return sensingBlock(name, node, parameters);
  return effectingBlock(name, node, parameters);
}

function sensingBlock(name: SensingBlockName, node: RosNode, parameters: Parameters): Block {
  const sink = new ObservationPublisher(node, node, SOURCES_OF[name]);
  return SENSING[name]({ node, clock: node, sink, parameters });
}

function effectingBlock(name: EffectingBlockName, node: RosNode, parameters: Parameters): Block {
  return serveEffector(name, node, (sink) => EFFECTING[name]({ node, clock: node, sink, parameters }));
}

function publishHealth(node: RosNode, block: Block, hardware_id: string): NodeJS.Timeout {
  const type = 'diagnostic_msgs/msg/DiagnosticArray';
  const publisher = node.publisher<Buffer>(type, 'diagnostics', RELIABLE);
  const publish = (): void => publisher.publish(diagnosticsCdr(block.health(), hardware_id, node.now_ms()));
  return setInterval(node.guard('diagnostics', publish), DIAGNOSTICS_MS);
}
