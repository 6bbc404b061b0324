import { messageOf, SageError } from '../contracts/errors.js';
import { type BugReporter, RosNode } from './node.js';
import { ROS_TYPE } from './parameter-message.js';
import { loadRcl, type RclLifecycleNode, type RclNode, type RclNodeOptions } from './rcl.js';

/** One connection to the ROS graph: its nodes live and end with it. */
export interface RosContext {
  /** `ownClock: false`: a node whose clock nobody reads; it then needs no /clock with use_sim_time. */
  createNode(name: string, options?: { readonly ownClock: boolean }): RosNode;
  createLifecycleNode(name: string): { readonly node: RosNode; readonly lifecycle: RclLifecycleNode };
  readonly domain_id: number;
  /** Destroys every node and leaves the graph. Safe to call twice. */
  close(): void;
}

/**
 * `__node:=name` renames every node of a process; here it is meant for the main node alone, as it is in a process
 * of one node.
 */
export function narrowNodeName(args: readonly string[], main: string): string[] {
  return args.map((arg) => (arg.startsWith('__node:=') ? `${main}:${arg}` : arg));
}

/**
 * Joins the ROS graph. `rosArgs` as on the command line, `--ros-args` first; may be empty. `main` is the node that
 * `__node:=` renames. Throws SAGE_803 where ROS is not usable, SAGE_901 for arguments that ROS does not understand.
 */
export async function openRos(
  rosArgs: readonly string[],
  main: string,
  onBug: BugReporter,
): Promise<RosContext> {
  const rcl = await loadRcl();
  const context = new rcl.Context();
  try {
    await rcl.init(context, ['sage', ...narrowNodeName(rosArgs, main)]);
  } catch (thrown) {
    const code = rosArgs.length > 0 ? 'SAGE_901' : 'SAGE_803';
    throw new SageError(code, rosArgs.join(' ') || 'rcl_init', messageOf(thrown), { cause: thrown });
  }
  let open = true;
  const isOpen = (): boolean => open;

  const created = <T extends RclNode>(make: () => T): T => {
    try {
      return make();
    } catch (thrown) {
      // An override of a type that rclnodejs cannot hold, a name or namespace that ROS does not allow.
      throw new SageError('SAGE_901', rosArgs.join(' '), messageOf(thrown), { cause: thrown });
    }
  };
  const options = (): RclNodeOptions => {
    const made = new rcl.NodeOptions();
    made.startParameterServices = false;
    return made;
  };
  return {
    createNode: (name, { ownClock } = { ownClock: true }) => {
      const made = options();
      if (!ownClock) made.parameterOverrides = [new rcl.Parameter('use_sim_time', ROS_TYPE.bool, false)];
      return new RosNode(
        rcl,
        created(() => new rcl.Node(name, '', context, made)),
        onBug,
        isOpen,
      );
    },
    createLifecycleNode: (name) => {
      const lifecycle = created(() => new rcl.lifecycle.LifecycleNode(name, '', context, options()));
      return { node: new RosNode(rcl, lifecycle, onBug, isOpen), lifecycle };
    },
    domain_id: Number(context.domainId),
    close: () => {
      if (!open) return;
      open = false;
      rcl.shutdown(context);
    },
  };
}
