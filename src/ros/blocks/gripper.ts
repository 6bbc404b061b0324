import { fault, SageError } from '../../contracts/errors.js';
import type { BlockPorts, Effector } from '../block.js';
import { EffectorHealth } from '../effector-health.js';
import { actionWay, GRIPPER_ACTION_TYPES, type GripperActionKind } from '../gripper/action-way.js';
import { commandsWay, trajectoryWay } from '../gripper/topic-ways.js';
import { type GripperWay, requireFit, unfit } from '../gripper/way.js';

/**
 * Sends gripper values, one per finger joint of the controller, rad or m, in the way that `robot.gripper_interface`
 * names; with `auto` in the first that a controller listens to.
 * Throws SAGE_102 where the way does not fit the configured gripper, SAGE_803 where control_msgs is not installed.
 */
export function gripperBlock(ports: BlockPorts): Effector {
  const health = new EffectorHealth('gripper', ports.sink);
  const ways = waysOf(ports, health);
  const way = (): GripperWay => ways.find((each) => each.listeners() > 0) ?? ways[0]!;
  return {
    send(action) {
      if (action.kind !== 'gripper') return;
      const { values } = action;
      if (values.length === 0 || !values.every(Number.isFinite)) {
        return health.note(fault('SAGE_703', 'gripper', `values ${values.join(', ') || 'missing'}`));
      }
      way().send(values);
      health.note(null);
    },
    health: () => {
      const { name, listeners } = way();
      const subscribers = listeners();
      health.warn(subscribers === 0 ? fault('SAGE_811', 'gripper', name) : null);
      return [health.entry({ interface: name, subscribers })];
    },
    close: () => {
      for (const each of ways) each.close();
    },
  };
}

function waysOf({ node, parameters }: BlockPorts, health: EffectorHealth): readonly GripperWay[] {
  const { robot } = parameters;
  requireFit(robot);
  const byAction = (kind: GripperActionKind): GripperWay =>
    actionWay(
      node,
      kind,
      robot,
      (found) => health.report(found),
      () => health.finished(),
    );
  switch (robot.gripper_interface) {
    case 'commands':
      return [commandsWay(node)];
    case 'trajectory':
      return [trajectoryWay(node, robot)];
    case 'gripper_command':
    case 'parallel_gripper_command': {
      const kind = robot.gripper_interface;
      if (!node.hasInterface(GRIPPER_ACTION_TYPES[kind])) {
        const told = `${GRIPPER_ACTION_TYPES[kind]} is not installed`;
        throw new SageError('SAGE_803', 'robot.gripper_interface', told);
      }
      return [byAction(kind)];
    }
    case 'auto': {
      const ways = [commandsWay(node)];
      if (unfit('trajectory', robot) === null) ways.push(trajectoryWay(node, robot));
      const kind = 'gripper_command';
      const installed = node.hasInterface(GRIPPER_ACTION_TYPES[kind]);
      if (installed && unfit(kind, robot) === null) ways.push(byAction(kind));
      return ways;
    }
  }
}
