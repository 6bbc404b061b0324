import { SageError } from '../contracts/errors.js';
import { openRos } from './context.js';
import type { RclServiceClient } from './rcl.js';

/** Between two looks for a node that has models, ms. */
const LOOK_MS = 100;

/** What the services `sage/models/…` of a running node are asked. */
export interface ModelRequest {
  /** The last part of the service's name. */
  readonly action: 'list' | 'load' | 'unload' | 'swap' | 'verify' | 'probe';
  readonly model?: string;
  readonly to?: string;
  /** From `--ros-args` on; may be empty. */
  readonly rosArgs: readonly string[];
  /** Time to find a node, ms. */
  readonly find_ms: number;
  /** Time that it may take, ms. */
  readonly timeout_ms: number;
}

/**
 * Asks a running node to do something with its models; resolves with the response, see srv/ListModels.srv and
 * srv/ManageModel.srv. Throws SAGE_806 where no node answers, and what openRos throws.
 */
export async function askModels<Response extends object>(request: ModelRequest): Promise<Response> {
  const { action, model = '', to = '' } = request;
  const ros = await openRos(request.rosArgs, `sage_models_${process.pid}`, () => {});
  try {
    const node = ros.createNode(`sage_models_${process.pid}`);
    const name = `sage/models/${action}`;
    const type = action === 'list' ? 'sage/srv/ListModels' : 'sage/srv/ManageModel';
    const client = node.inner.createClient(type, name);
    node.spin();
    await serverOf(client, name, request.find_ms, ros.domain_id);
    return await answerOf<Response>(client, action === 'list' ? {} : { model, to }, name, request.timeout_ms);
  } finally {
    ros.close();
  }
}

function answerOf<Response extends object>(
  client: RclServiceClient,
  message: object,
  name: string,
  timeout_ms: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new SageError('SAGE_806', name, `the node did not answer within ${timeout_ms} ms`));
    }, timeout_ms);
    client.sendRequest(message, (response: never) => {
      clearTimeout(limit);
      resolve(response as Response);
    });
  });
}

async function serverOf(
  client: RclServiceClient,
  name: string,
  find_ms: number,
  domain_id: number,
): Promise<void> {
  const begun_ms = performance.now();
  while (!client.isServiceServerAvailable()) {
    if (performance.now() - begun_ms > find_ms) {
      throw new SageError('SAGE_806', name, `no node of domain ${domain_id} serves it`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
