import type { Fault } from '../contracts/errors.js';
import type { ModelHostHealth, ModelHostState } from './api.js';
import type { ModelHealth } from './model-state.js';
import type { HostHello } from './protocol.js';

interface ProcessHealth extends Pick<ModelHostHealth, 'pid' | 'restarts' | 'queued' | 'slots' | 'last_loss'> {
  /** What the host said of itself; null before its first word. */
  readonly hello: HostHello | null;
}

/** How a host and its models are, with every fault that stands. */
export function healthOf(
  state: ModelHostState,
  models: readonly ModelHealth[],
  manifest_faults: readonly Fault[],
  { hello, ...own }: ProcessHealth,
): ModelHostHealth {
  const faults = [
    ...(state === 'waiting' && own.last_loss ? [own.last_loss] : []),
    ...manifest_faults,
    ...models.flatMap(({ fault }) => (fault ? [fault] : [])),
  ];
  const used = models.flatMap(({ graphs }) => graphs.flatMap(({ provider }) => provider ?? []));
  return {
    state,
    ...own,
    runtime: hello?.runtime ?? '',
    provider: [...new Set(used)].sort().join(', '),
    providers: hello?.providers ?? [],
    fault: faults[0] ?? null,
    faults,
    models,
  };
}
