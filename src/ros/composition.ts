import { SageError } from '../contracts/errors.js';
import type { ReadingSink } from '../contracts/graph.js';
import type { Parameters } from '../contracts/parameters/index.js';
import {
  BLOCK_NAMES,
  type Block,
  type BlockName,
  type BlockPorts,
  EFFECTING_BLOCKS,
  type Effector,
  isBlockName,
  SENSING_BLOCKS,
  type SensingBlockName,
} from './block.js';
import { cameraBlock, EFFECTING, nodeNameOf, SENSING } from './blocks/index.js';
import type { RosContext } from './context.js';
import { externalSensor } from './external.js';
import { externalEffector } from './external-effector.js';
import type { RosNode } from './node.js';

export interface Composition {
  readonly sensors: readonly Block[];
  readonly effectors: readonly Effector[];
  /** Nodes of the blocks that run in this process. */
  readonly nodes: readonly RosNode[];
  readonly frames: { readonly received: number; readonly lost: number };
}

/**
 * Makes all blocks: each a node of its own in this process, or, where `node.external_blocks` names it, the main
 * node's end of one that runs elsewhere. Throws SAGE_102 for a name that is no block.
 */
export function composeBlocks(
  ros: RosContext,
  main: RosNode,
  sink: ReadingSink,
  parameters: Parameters,
): Composition {
  const external = externalBlocks(parameters);
  const outside: BlockPorts = { node: main, clock: main, sink, parameters };
  const nodes: RosNode[] = [];
  const inside = (name: BlockName): BlockPorts => {
    const node = ros.createNode(nodeNameOf(name), { ownClock: false });
    nodes.push(node);
    return { node, clock: main, sink, parameters };
  };
  const camera = external.has('camera') ? externalSensor('camera', outside) : cameraBlock(inside('camera'));
  const others = SENSING_BLOCKS.filter((name): name is SensingBlockName => name !== 'camera').map((name) =>
    external.has(name) ? externalSensor(name, outside) : SENSING[name](inside(name)),
  );
  const effectors = EFFECTING_BLOCKS.map((name) =>
    external.has(name) ? externalEffector(name, outside) : EFFECTING[name](inside(name)),
  );
  return { sensors: [camera, ...others], effectors, nodes, frames: camera.frames };
}

function externalBlocks(parameters: Parameters): ReadonlySet<BlockName> {
  const names = parameters.node.external_blocks;
  for (const name of names) {
    if (isBlockName(name)) continue;
    throw new SageError(
      'SAGE_102',
      'node.external_blocks',
      `'${name}' is not a block; choose one of ${BLOCK_NAMES}`,
    );
  }
  return new Set(names.filter(isBlockName));
}
