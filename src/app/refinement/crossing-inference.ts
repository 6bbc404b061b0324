import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import type {
  InferenceOutputs,
  InferencePort,
  InferenceRequest,
  Slot,
  Tensor,
} from '../../contracts/inference.js';
import type { FromThread, ToThread } from './protocol.js';

interface Waiting {
  resolve(value: InferenceOutputs | Tensor): void;
  reject(reason: unknown): void;
}

/** The inference port as the refinement thread sees it: every call goes to the thread that holds the model host. */
export class CrossingInference implements InferencePort {
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;

  constructor(private readonly post: (message: FromThread) => void) {}

  run({ signal, ...request }: InferenceRequest): Promise<InferenceOutputs> {
    return this.ask(signal, (id) => ({ kind: 'run', id, request })) as Promise<InferenceOutputs>;
  }

  read(slot: Slot, signal?: AbortSignal): Promise<Tensor> {
    return this.ask(signal, (id) => ({ kind: 'read', id, slot })) as Promise<Tensor>;
  }

  free(slots: readonly Slot[]): void {
    if (slots.length > 0) this.post({ kind: 'free', slots });
  }

  /** Takes an answer. One that nobody waits for any more gives its slots back. */
  take(answer: Extract<ToThread, { readonly id: number }>): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.kind === 'refused') waiting?.reject(errorOf(answer.fault));
    else if (answer.kind === 'tensor') waiting?.resolve(answer.tensor);
    else if (waiting !== undefined) waiting.resolve(answer.outputs);
    else this.free(Object.values(answer.outputs.slots));
  }

  private ask(
    signal: AbortSignal | undefined,
    message: (id: number) => FromThread,
  ): Promise<InferenceOutputs | Tensor> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const id = ++this.count;
      const giveUp = (): void => {
        this.waiting.delete(id);
        this.post({ kind: 'give_up', id });
        reject(signal?.reason);
      };
      const over = (): void => signal?.removeEventListener('abort', giveUp);
      this.waiting.set(id, {
        resolve: (value) => {
          over();
          resolve(value);
        },
        reject: (reason) => {
          over();
          reject(reason);
        },
      });
      signal?.addEventListener('abort', giveUp, { once: true });
      this.post(message(id));
    });
  }
}

/** The other end: runs on the thread that holds the model host. */
export class InferenceServer {
  private readonly under_way = new Map<number, AbortController>();

  constructor(
    private readonly port: InferencePort,
    private readonly post: (message: ToThread, transfer: readonly ArrayBuffer[]) => void,
  ) {}

  take(message: Extract<FromThread, { readonly kind: 'run' | 'read' | 'give_up' | 'free' }>): void {
    switch (message.kind) {
      case 'run':
        this.serve(message.id, async (signal) => {
          const outputs = await this.port.run({ ...message.request, signal });
          this.post({ kind: 'outputs', id: message.id, outputs }, owned(Object.values(outputs.tensors)));
        });
        break;
      case 'read':
        this.serve(message.id, async (signal) => {
          const tensor = await this.port.read(message.slot, signal);
          this.post({ kind: 'tensor', id: message.id, tensor }, owned([tensor]));
        });
        break;
      case 'give_up':
        this.under_way.get(message.id)?.abort(new Error('given up'));
        break;
      case 'free':
        this.port.free(message.slots);
    }
  }

  /** Gives up what is under way: the thread that asked is gone. */
  close(): void {
    for (const controller of this.under_way.values()) controller.abort(new Error('the refinement ended'));
    this.under_way.clear();
  }

  private serve(id: number, work: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController();
    this.under_way.set(id, controller);
    void work(controller.signal)
      .catch((thrown: unknown) => this.post({ kind: 'refused', id, fault: faultOf(thrown) }, []))
      .finally(() => this.under_way.delete(id));
  }
}

/** The memory behind tensors that nothing else uses: it crosses without a copy. */
function owned(tensors: readonly Tensor[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of tensors) {
    const { buffer } = data;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === data.byteLength && data.byteLength > 0)
      buffers.add(buffer);
  }
  return [...buffers];
}

function faultOf(thrown: unknown): Fault {
  return thrown instanceof SageError
    ? { code: thrown.code, where: thrown.where, text: thrown.detail }
    : { code: 'SAGE_505', where: 'model host', text: messageOf(thrown) };
}

function errorOf({ code, where, text }: Fault): SageError {
  return new SageError(code, where, text);
}
