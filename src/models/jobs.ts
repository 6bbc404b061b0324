import { type ErrorCode, SageError } from '../contracts/errors.js';
import {
  type BatchItem,
  type InferenceOutputs,
  type InferenceRequest,
  isSlot,
  type RunAhead,
  type Slot,
  type Tensor,
} from '../contracts/inference.js';
import type { Answered, Ask } from './connection.js';
import type { ModelState } from './model-state.js';
import type { OutgoingTensor } from './protocol.js';
import { sliceOf } from './protocol.js';
import { bytesOf, viewAs } from './tensors.js';

/** One request on its way through the queue to the host. */
export interface Job {
  readonly timeout_ms: number;
  /** Builds what is sent, when its turn comes. May throw a SageError. */
  ask(): { readonly ask: Ask; readonly tensors: readonly OutgoingTensor[] };
  settle(answered: Answered, took_ms: number): void;
  fail(reason: SageError): void;
}

/** The slots of the current host, as the client numbers them. */
export class SlotBook {
  private readonly live = new Set<number>();
  private next = 0;
  generation = 0;

  /** @param nextGeneration numbers the hosts; shared where several hosts' slots must be told apart. */
  constructor(private readonly nextGeneration: () => number = () => this.generation + 1) {}

  get count(): number {
    return this.live.size;
  }

  /** A new host begins without slots; those of the last are lost. */
  renew(): void {
    this.generation = this.nextGeneration();
    this.live.clear();
  }

  /** Every slot that is alive. */
  all(): Slot[] {
    return [...this.live].map((slot) => ({ slot, generation: this.generation }));
  }

  make(): Slot {
    const slot = this.next;
    this.next += 1;
    return { slot, generation: this.generation };
  }

  kept(slots: readonly Slot[]): void {
    for (const { slot, generation } of slots) if (generation === this.generation) this.live.add(slot);
  }

  /** Forgets slots; returns the numbers of those that were alive. */
  forget(slots: readonly Slot[]): number[] {
    return slots
      .filter(({ slot, generation }) => generation === this.generation && this.live.delete(slot))
      .map(({ slot }) => slot);
  }

  /** @throws SageError SAGE_511 when the slot is gone. */
  require(slot: Slot): number {
    if (slot.generation !== this.generation) {
      throw new SageError('SAGE_511', `slot ${slot.slot}`, 'the model host was replaced since');
    }
    if (!this.live.has(slot.slot)) throw new SageError('SAGE_511', `slot ${slot.slot}`, 'it was freed');
    return slot.slot;
  }
}

/** The tensors of an answer, by name; views on its body, not copies. */
export function tensorsOf({ answer, body }: Answered): Record<string, Tensor> {
  return Object.fromEntries(
    (answer.tensors ?? []).map((tensor) => {
      const data = viewAs(tensor.dtype, sliceOf(tensor, body));
      return [tensor.name, { type: tensor.dtype, dims: tensor.dims, data }];
    }),
  );
}

/**
 * What each item of a batch gave: its tensors are those that follow in the answer.
 * @throws Error when the answer has fewer.
 */
function itemsOf(
  { answer, body }: Answered,
  per_item: number,
): Pick<InferenceOutputs, 'tensors' | 'batch' | 'runs'> {
  const tensors = answer.tensors ?? [];
  let at = 0;
  const batch = (answer.items ?? []).map((item): BatchItem => {
    if (!item.ok) {
      return { tensors: null, fault: { code: item.code, where: item.where, text: item.detail } };
    }
    const own = tensors.slice(at, at + per_item);
    at += per_item;
    if (own.length < per_item) throw new Error('an answer with fewer tensors than items');
    return { tensors: tensorsOf({ answer: { ...answer, tensors: own }, body }), fault: null };
  });
  return { tensors: {}, batch, runs: answer.batch_runs ?? batch.length };
}

interface RunEnds {
  readonly resolve: (outputs: InferenceOutputs) => void;
  readonly reject: (reason: unknown) => void;
  readonly ran: (run_ms: number, took_ms: number) => void;
  /** Frees slots that nobody waits for any more. */
  readonly discard: (slots: readonly Slot[]) => void;
  /** Takes it out of the queue. */
  readonly leave: () => void;
}

/** One run of a graph, with its signal. */
export class RunJob implements Job {
  private kept: readonly (readonly [string, Slot])[] = [];
  private given_up = false;
  private ended = false;
  private readonly onAbort = () => {
    this.given_up = true;
    this.ends.leave();
    this.ends.reject(this.request.signal?.reason);
  };

  constructor(
    private readonly request: InferenceRequest,
    readonly timeout_ms: number,
    private readonly slots: SlotBook,
    private readonly ends: RunEnds,
  ) {}

  /** From now on its signal is heeded. */
  listen(): void {
    if (!this.ended) this.request.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  ask(): ReturnType<Job['ask']> {
    const { model, graph, inputs, fetch, keep = [], free = [], ahead, batch } = this.request;
    const named = [inputs, ...(batch ?? [])].flatMap((each) => Object.entries(each));
    const slots = named.flatMap(([name, input]) =>
      isSlot(input) ? [{ name, slot: this.slots.require(input) }] : [],
    );
    const tensors = named.flatMap(([name, input]) =>
      isSlot(input)
        ? []
        : [
            {
              name,
              dtype: input.type,
              dims: input.dims,
              bytes: bytesOf(input.data),
            } satisfies OutgoingTensor,
          ],
    );
    this.kept = keep.map((name) => [name, this.slots.make()] as const);
    const freed = free.filter(({ generation }) => generation === this.slots.generation);
    return {
      ask: {
        op: 'run',
        model,
        graph,
        inputs: [],
        slots,
        fetch: [...fetch],
        keep: this.kept.map(([name, { slot }]) => ({ name, slot })),
        free: freed.map(({ slot }) => slot),
        ...(ahead ? { ahead: this.aheadOf(ahead) } : {}),
        ...(batch ? { batch: batch.map((item) => Object.keys(item).length) } : {}),
      },
      tensors,
    };
  }

  /** With the numbers that the slots have, or will have. */
  private aheadOf({ graph, inputs, outputs, unless = [] }: RunAhead): Extract<Ask, { op: 'run' }>['ahead'] {
    const kept = new Map(this.kept);
    const slots = Object.entries(inputs).map(([name, input]) => {
      const slot = typeof input === 'string' ? kept.get(input)?.slot : this.slots.require(input);
      if (slot === undefined) throw new SageError('SAGE_508', graph, `"${String(input)}" is not kept`);
      return { name, slot };
    });
    return { graph, slots, outputs: [...outputs], unless: [...unless] };
  }

  settle(answered: Answered, took_ms: number): void {
    this.end();
    this.slots.kept(this.kept.map(([, slot]) => slot));
    this.slots.forget(this.request.free ?? []);
    const { run_ms = took_ms, wasted_ms } = answered.answer;
    this.ends.ran(run_ms, took_ms);
    if (this.given_up) {
      this.ends.discard(this.kept.map(([, slot]) => slot));
      return;
    }
    const { batch } = this.request;
    this.ends.resolve({
      ...(batch ? itemsOf(answered, this.request.fetch.length) : { tensors: tensorsOf(answered) }),
      slots: Object.fromEntries(this.kept),
      run_ms,
      ...(wasted_ms === undefined ? {} : { wasted_ms }),
    });
  }

  fail(reason: SageError): void {
    this.end();
    if (!this.given_up) this.ends.reject(reason);
  }

  private end(): void {
    this.ended = true;
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** A request of the client itself. */
export class SimpleJob implements Job {
  constructor(
    private readonly make: () => Ask,
    readonly timeout_ms: number,
    private readonly resolve: (answered: Answered) => void,
    private readonly reject: (reason: SageError) => void,
    private readonly tensors: readonly OutgoingTensor[] = [],
  ) {}

  ask(): ReturnType<Job['ask']> {
    return { ask: this.make(), tensors: this.tensors };
  }

  settle(answered: Answered): void {
    this.resolve(answered);
  }

  fail(reason: SageError): void {
    this.reject(reason);
  }
}

/** What ends a host: it died, did not answer in time, or took more memory than it may. */
const HOST_LOST: ReadonlySet<ErrorCode> = new Set(['SAGE_504', 'SAGE_506', 'SAGE_514']);

/**
 * Loads a model and notes the outcome in its state. `onEnd` gets the fault or null, whether the host was lost
 * meanwhile, and whether the model had failed before.
 */
export function loadJob(
  model: ModelState,
  timeout_ms: number,
  onEnd: (fault: SageError | null, lost: boolean, recovered: boolean) => void,
): Job {
  let sent = false;
  return {
    timeout_ms,
    ask: () => {
      sent = true;
      return { ask: { op: 'load', model: model.id, graphs: model.loads() }, tensors: [] };
    },
    settle: ({ answer }) => {
      const recovered = model.failures > 0;
      model.loaded(answer.graphs ?? []);
      onEnd(null, false, recovered);
    },
    fail: (reason) => {
      const lost = HOST_LOST.has(reason.code);
      if (lost && sent) model.crashed(reason);
      else if (!lost) model.failed(reason);
      onEnd(lost && !sent ? null : reason, lost, false);
    },
  };
}
