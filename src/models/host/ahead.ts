import type { HostRequest } from '../protocol.js';
import type { Value } from './session.js';

type Run = Extract<HostRequest, { op: 'run' }>;
export type AheadRequest = NonNullable<Run['ahead']>;

/** A run that nobody has asked for yet. */
export interface Prepared {
  readonly model: string;
  readonly request: AheadRequest;
  /** Memory of its outputs by name, and what the runtime gave. */
  readonly lent: Readonly<Record<string, Value | null>>;
  readonly outputs: Readonly<Record<string, Value>>;
  readonly run_ms: number;
}

/** Whether an output lies where the next step is not wanted any more. */
export function isOver(request: AheadRequest, value: (name: string) => Value): boolean {
  return request.unless.some(({ output, from, to }) => {
    const [number] = value(output).data as Float32Array;
    return (from === undefined || number! >= from) && (to === undefined || number! <= to);
  });
}

/**
 * The one run that the host has done ahead of being asked. It waits until it is asked for, or until a slot that it
 * rests on is freed; until then no other is begun, so what is done for nothing is bounded by one run per refinement.
 */
export class Ahead {
  private prepared: Prepared | null = null;
  private wasted_ms = 0;
  used = 0;
  wasted = 0;

  get waiting(): boolean {
    return this.prepared !== null;
  }

  put(prepared: Prepared): void {
    this.prepared = prepared;
  }

  /** The outputs that this request would compute, when they are there already. */
  claim({ model, graph, inputs, slots, fetch, keep }: Run): Prepared | null {
    const { prepared } = this;
    if (prepared === null || prepared.model !== model || prepared.request.graph !== graph) return null;
    const own = new Map(prepared.request.slots.map(({ name, slot }) => [name, slot]));
    const same = slots.length === own.size && slots.every(({ name, slot }) => own.get(name) === slot);
    const names = [...fetch, ...keep.map(({ name }) => name)];
    if (!same || inputs.length > 0 || !names.every((name) => name in prepared.lent)) return null;
    this.prepared = null;
    this.used += 1;
    return prepared;
  }

  /** What rested on a slot that is gone, or on a model that is unloaded, is for nothing; its memory is returned. */
  drop(rests: (prepared: Prepared) => boolean): readonly (Value | null)[] {
    const { prepared } = this;
    if (prepared === null || !rests(prepared)) return [];
    this.prepared = null;
    this.wasted += 1;
    this.wasted_ms += prepared.run_ms;
    return Object.values(prepared.lent);
  }

  /** Time of runs that were for nothing since this was last asked, ms. */
  takeWasted(): number {
    const { wasted_ms } = this;
    this.wasted_ms = 0;
    return wasted_ms;
  }
}
