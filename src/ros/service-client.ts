import { SageError } from '../contracts/errors.js';
import { openRos } from './context.js';
import type { RclServiceClient } from './rcl.js';

/** Between two looks for a node that has the service, ms. */
const LOOK_MS = 100;
/** Between two looks whether the node that was asked is still there, ms. */
const WATCH_MS = 1000;

export interface ServiceCall {
  readonly type: string;
  /** Relative to the namespace. */
  readonly service: string;
  readonly request: object;
  /** From `--ros-args` on; may be empty. */
  readonly rosArgs: readonly string[];
  /** Time to find a node that has the service, ms. */
  readonly find_ms: number;
  /** Time that the answer may take, ms. */
  readonly answer_ms: number;
}

/**
 * Calls a service of a running node, as a node of its own. Throws SAGE_806 where no node has the service, or it goes or
 * does not answer in time, and what openRos throws.
 */
export async function callService<Response extends object>(call: ServiceCall): Promise<Response> {
  const name = `sage_call_${process.pid}`;
  const ros = await openRos(call.rosArgs, name, () => {});
  try {
    const node = ros.createNode(name);
    const client = node.inner.createClient(call.type, call.service);
    node.spin();
    const where = `${call.service} of domain ${ros.domain_id}`;
    const begun_ms = performance.now();
    while (!client.isServiceServerAvailable()) {
      if (performance.now() - begun_ms > call.find_ms)
        throw new SageError('SAGE_806', where, 'no node provides it');
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return await answerOf<Response>(client, call, where);
  } finally {
    ros.close();
  }
}

/** What a node answers. @throws SageError SAGE_806 where it goes, or does not answer in time */
export function answerOf<Response extends object>(
  client: RclServiceClient,
  { request, answer_ms }: Pick<ServiceCall, 'request' | 'answer_ms'>,
  where: string,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(limit);
      clearInterval(watch);
      settle();
    };
    const refuse = (told: string) => () => reject(new SageError('SAGE_806', where, told));
    const limit = setTimeout(() => end(refuse(`no answer within ${answer_ms} ms`)), answer_ms);
    const watch = setInterval(() => {
      if (!client.isServiceServerAvailable()) end(refuse('the node left before it answered'));
    }, WATCH_MS);
    client.sendRequest(request, (response: never) => end(() => resolve(response as Response)));
  });
}
