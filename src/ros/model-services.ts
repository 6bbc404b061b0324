import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import type { Budget, ModelEvent, ModelManager, ModelStanding } from '../models/index.js';
import type { Stamp } from './messages.js';
import type { Publisher, RosNode } from './node.js';
import { LATCHED_MANY } from './qos.js';

/** What the services ask of the node's models. */
export type ModelControl = Pick<
  ModelManager,
  'list' | 'history' | 'budget' | 'load' | 'unload' | 'swap' | 'verify' | 'probe'
>;

interface ManageRequest {
  readonly model: string;
  readonly to: string;
}

interface ManageResponse {
  readonly success: boolean;
  readonly code: string;
  readonly message: string;
}

const done = (message: string): ManageResponse => ({ success: true, code: '', message });
const refused = ({ code, where, text }: Fault): ManageResponse => ({
  success: false,
  code,
  message: `${code} ${where}: ${text}`,
});

/** Services of which each does something with one model, by the last part of its name. */
const ACTIONS: Readonly<
  Record<string, (models: ModelControl, request: ManageRequest) => Promise<ManageResponse>>
> = {
  load: async (models, { model }) => done(eventLine(await models.load(model))),
  unload: async (models, { model }) => done(eventLine(await models.unload(model))),
  swap: async (models, { model, to }) => done(eventLine(await models.swap(model, to))),
  verify: async (models, { model }) => {
    const [found] = await models.verify(model);
    return found ? refused(found) : done(`${model}: all files match the manifest`);
  },
  probe: async (models, { model }) => {
    const { load_ms, memory_mb } = await models.probe(model);
    return done(`${model}: ${memory_mb.toFixed(0)} MB, loaded in ${load_ms.toFixed(0)} ms`);
  },
};

/** What was done with a model, on one line. */
export function eventLine(event: ModelEvent): string {
  const { kind, model, replaced, mode, reason, load_ms, gap_ms, carried, fault } = event;
  const what =
    kind === 'swap' ? `swap ${replaced} to ${model}${mode === '' ? '' : ` by ${mode}`}` : `${kind} ${model}`;
  const took = load_ms > 0 ? `, loaded in ${load_ms.toFixed(0)} ms` : '';
  const held =
    kind === 'swap' ? `, requests held ${gap_ms.toFixed(1)} ms, ${carried} tensors handed over` : '';
  return `${what}: ${reason}${took}${held}${fault === null ? '' : ` (${fault.code} ${fault.text})`}`;
}

/** Serves `sage/models/list`, `load`, `unload`, `swap`, `verify` and `probe`. */
export function serveModels(node: RosNode, models: () => ModelControl | null): void {
  node.service<object, object>('sage/srv/ListModels', 'sage/models/list', () => {
    const control = models();
    return control === null
      ? listMessage([], [], EMPTY)
      : listMessage(control.list(), control.history(), control.budget());
  });
  for (const [name, act] of Object.entries(ACTIONS)) {
    node.serviceLater<ManageRequest, ManageResponse>(
      'sage/srv/ManageModel',
      `sage/models/${name}`,
      async (request) => {
        const control = models();
        if (control === null)
          return { success: false, code: 'SAGE_805', message: 'the node is not ready yet' };
        try {
          return await act(control, request);
        } catch (thrown) {
          if (thrown instanceof SageError)
            return { success: false, code: thrown.code, message: thrown.message };
          return { success: false, code: 'SAGE_804', message: messageOf(thrown) };
        }
      },
    );
  }
}

const EMPTY: Budget = { ram_mb_max: 0, ram_mb: 0, gpu_mb_max: 0, gpu_mb: 0 };

/** Tells the graph what was done with the models, on `sage/models`. */
export class ModelTeller {
  private readonly events: Publisher<object>;

  constructor(node: RosNode) {
    this.events = node.publisher('sage/msg/ModelEvent', 'sage/models', LATCHED_MANY);
  }

  tell(event: ModelEvent): void {
    this.events.publish(eventMessage(event));
  }
}

function stampOf(at_ms: number): Stamp {
  const sec = Math.floor(at_ms / 1000);
  return { sec, nanosec: Math.round((at_ms - sec * 1000) * 1e6) };
}

/** sage/msg/ModelEvent. */
function eventMessage(event: ModelEvent): object {
  const { at_ms, kind, model, replaced, mode, reason, fault, load_ms, gap_ms, carried } = event;
  return {
    header: { stamp: stampOf(at_ms), frame_id: '' },
    kind,
    model,
    replaced,
    mode,
    reason,
    success: fault === null,
    code: fault?.code ?? '',
    detail: fault?.text ?? '',
    load_ms,
    gap_ms,
    carried,
  };
}

/** sage/msg/ModelStatus; what there is to note of a model stands behind its reason. */
export function statusMessage(model: ModelStanding): object {
  const { run_p50_ms, run_p99_ms, runs, fault, reason, note, ...plain } = model;
  return {
    ...plain,
    reason: [reason, note].filter((text) => text !== '').join('; '),
    run_p50_ms: run_p50_ms ?? 0,
    run_p99_ms: run_p99_ms ?? 0,
    runs: BigInt(runs),
    fault: fault === null ? '' : `${fault.code} ${fault.where}: ${fault.text}`,
  };
}

/** Response of sage/srv/ListModels. */
function listMessage(
  models: readonly ModelStanding[],
  history: readonly ModelEvent[],
  budget: Budget,
): object {
  return { models: models.map(statusMessage), history: history.map(eventMessage), ...budget };
}
