import { SageError } from '../contracts/errors.js';
import { openRos } from './context.js';
import { LATCHED } from './qos.js';

export interface Wanted {
  readonly type: string;
  /** Relative to the namespace; its publisher latches it. */
  readonly topic: string;
  /** From `--ros-args` on; may be empty. */
  readonly rosArgs: readonly string[];
  /** Time to find a node that says it, ms. */
  readonly find_ms: number;
}

/**
 * What a running node said last on a latched topic, by a node of its own. Throws SAGE_806 where none says anything in
 * time, and what openRos throws.
 */
export async function latestMessage<Message extends object>(wanted: Wanted): Promise<Message> {
  const { type, topic, rosArgs, find_ms } = wanted;
  const name = `sage_look_${process.pid}`;
  const ros = await openRos(rosArgs, name, () => {});
  let limit: NodeJS.Timeout | undefined;
  try {
    const node = ros.createNode(name);
    return await new Promise<Message>((resolve, reject) => {
      node.subscribe<Message>(type, topic, LATCHED, resolve);
      node.spin();
      limit = setTimeout(() => {
        reject(new SageError('SAGE_806', `${topic} of domain ${ros.domain_id}`, 'no message from any node'));
      }, find_ms);
    });
  } finally {
    clearTimeout(limit);
    ros.close();
  }
}
