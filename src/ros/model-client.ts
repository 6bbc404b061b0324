import { callService } from './service-client.js';

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
export function askModels<Response extends object>(request: ModelRequest): Promise<Response> {
  const { action, model = '', to = '', rosArgs, find_ms, timeout_ms } = request;
  const lists = action === 'list';
  return callService({
    type: lists ? 'sage/srv/ListModels' : 'sage/srv/ManageModel',
    service: `sage/models/${action}`,
    request: lists ? {} : { model, to },
    rosArgs,
    find_ms,
    answer_ms: timeout_ms,
  });
}
