import { type Fault, fault, messageOf, SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../../contracts/inference.js';
import type { ModelHostEvent } from '../api.js';
import { closed } from '../connection.js';
import type { ModelManifest } from '../manifest.js';
import { CarriedSlots } from './carried.js';
import { Gates } from './gates.js';
import { Resident } from './resident.js';
import { type Luggage, packUp, unpack } from './swap.js';
import type { ModelManagerOptions } from './types.js';

/** Times that a request is held back or has its model loaded before it is given up. */
const ATTEMPTS_MAX = 16;

/**
 * The hosts that are up, and which of them answers for which model. Requests find their host here; while a model is
 * exchanged they wait at a gate.
 */
export class Fleet {
  readonly residents = new Map<string, Resident>();
  /** All that were started and have not ended: also those that are not up yet, and those on their way out. */
  private readonly started = new Set<Resident>();
  /** Id that is asked for → id that answers; absent: the same. */
  private readonly routes = new Map<string, string>();
  private readonly gates: Gates;
  private readonly carried = new CarriedSlots();
  private generation = 0;
  private ended = false;

  constructor(
    private readonly options: ModelManagerOptions,
    private readonly onEvent: (event: ModelHostEvent) => void,
  ) {
    this.gates = new Gates(options.parameters.queue_max);
  }

  /** The model that answers for an id. */
  activeOf(id: string): string {
    return this.routes.get(id) ?? id;
  }

  /** From now on requests for `id` are answered by `to`. */
  route(id: string, to: string): void {
    if (id === to) this.routes.delete(id);
    else this.routes.set(id, to);
    this.routes.delete(to);
  }

  /** Ids whose requests a model answers: its own, and those that were swapped to it. */
  seatsOf(id: string): string[] {
    const routed = [...this.routes].filter(([, active]) => active === id).map(([seat]) => seat);
    return this.routes.has(id) ? routed : [id, ...routed];
  }

  /** Starts the host of a model; it takes requests at once and answers when it is up. */
  add(manifest: ModelManifest, reason: string, on_cpu = false): Resident {
    const resident = this.start(manifest, reason, on_cpu);
    this.residents.set(manifest.id, resident);
    return resident;
  }

  /** Ends a model's host when what is under way is done. */
  async remove(id: string): Promise<void> {
    const resident = this.residents.get(id);
    if (!resident) return;
    this.residents.delete(id);
    await this.dismiss(resident);
  }

  /** Runs it on the host that answers for the model. `demand` loads what is not loaded. */
  async run(request: InferenceRequest, demand: (id: string) => Promise<Resident>): Promise<InferenceOutputs> {
    const { model: seat, signal } = request;
    const resident = await this.residentFor(seat, demand, signal);
    const id = this.activeOf(seat);
    const moved = this.carried.resolve(request);
    const told = id === seat ? moved : { ...moved, model: id };
    return resident.use(async () => {
      const outputs = await resident.host.run(told);
      // Only what succeeded has freed anything; else the caller may ask again with the same slots.
      if (request.free) this.carried.forget(request.free);
      return outputs;
    });
  }

  /** The host for a seat once no exchange holds it back. Between finding it and using it nothing may be awaited. */
  private async residentFor(
    seat: string,
    demand: (id: string) => Promise<Resident>,
    signal: AbortSignal | undefined,
  ): Promise<Resident> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      signal?.throwIfAborted();
      const resident = this.residents.get(this.activeOf(seat));
      if (this.gates.shutFor(seat)) await this.gates.pass(seat, signal);
      else if (resident) return resident;
      else await demand(this.activeOf(seat));
    }
    throw new SageError('SAGE_504', seat, 'it was unloaded repeatedly while this request waited');
  }

  async read(slot: Slot, signal?: AbortSignal): Promise<Tensor> {
    const now = this.carried.now(slot);
    const resident = this.ownerOf(now);
    if (!resident) throw new SageError('SAGE_511', `slot ${slot.slot}`, 'its model has been unloaded');
    return resident.use(() => resident.host.read(now, signal));
  }

  free(slots: readonly Slot[]): void {
    const now = slots.map((slot) => this.carried.now(slot));
    this.carried.forget(slots);
    for (const resident of this.residents.values()) {
      const own = now.filter(({ generation }) => generation === resident.host.generation);
      if (own.length > 0) resident.host.free(own);
    }
  }

  /**
   * Puts `manifest` in the place of a resident: its host is up and warm before requests go to it. Returns how long they
   * were held and how much was handed over. @throws SageError why it cannot be used; the old one then stays.
   */
  async overlap(old: Resident, manifest: ModelManifest, reason: string, on_cpu = false): Promise<Exchange> {
    const next = this.start(manifest, reason, on_cpu);
    try {
      await this.upOrThrow(next);
    } catch (thrown) {
      await this.end(next);
      throw thrown;
    }
    const gate = this.gates.shut(this.seatsOf(old.id));
    let kept = 0;
    try {
      await old.drained();
      kept = old.host.slots().length;
      const luggage = await packUp(old, manifest, this.carried);
      await this.handOver(luggage, next);
      this.seat(old, next);
      const carried = luggage.slots.length;
      return { load_ms: next.load_ms, gap_ms: gate.open(), carried, lost: kept - carried };
    } catch (thrown) {
      // The old one lost its host in this moment, say: its state is gone, the next model is good all the same. Whatever
      // it was, the old one ends below, so the next one must answer.
      this.tellUnforeseen(old.id, thrown);
      this.seat(old, next);
      return { load_ms: next.load_ms, gap_ms: gate.open(), carried: 0, lost: kept };
    } finally {
      gate.open();
      await this.dismiss(old);
    }
  }

  /**
   * As `overlap`, where memory does not allow two: the old one lets go first. Meanwhile requests wait, or go to
   * `stand_in`. @throws SageError why it cannot be used; the old one is loaded again then.
   */
  async gap(
    old: Resident,
    manifest: ModelManifest,
    reason: string,
    stand_in: Resident | null,
    on_cpu: boolean,
  ): Promise<Exchange> {
    const seats = this.seatsOf(old.id);
    const gate = this.gates.shut(seats);
    let luggage: Luggage = { slots: [], tensors: [] };
    try {
      await old.drained();
      const kept = old.host.slots().length;
      luggage = await packUp(old, manifest, this.carried);
      this.residents.delete(old.id);
      if (stand_in) for (const seat of seats) this.routes.set(seat, stand_in.id);
      const held_ms = stand_in ? gate.open() : 0;
      // It is gone long before the next process has come so far as to take memory for its model.
      const gone = this.end(old, true);
      const next = await this.oneOf(manifest, old, reason, on_cpu);
      await gone;
      const carried = await this.carryOver(luggage, next.resident);
      this.carried.forgetHost(old.host.generation);
      this.seat(old, next.resident, seats);
      if (next.fault) throw next.fault;
      return {
        load_ms: next.resident.load_ms,
        gap_ms: stand_in ? held_ms : gate.open(),
        carried,
        lost: kept - carried,
      };
    } finally {
      gate.open();
    }
  }

  async close(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.started].map((resident) => this.end(resident)));
  }

  /** The new model where it can be loaded, else the old one again with the reason why not. */
  private async oneOf(
    manifest: ModelManifest,
    old: Resident,
    reason: string,
    on_cpu: boolean,
  ): Promise<{ readonly resident: Resident; readonly fault: SageError | null }> {
    const next = this.start(manifest, reason, on_cpu);
    try {
      await this.upOrThrow(next);
      return { resident: next, fault: null };
    } catch (thrown) {
      await this.end(next);
      if (!(thrown instanceof SageError)) throw thrown;
      const again = this.start(old.manifest, old.reason, old.on_cpu);
      await again.up();
      return { resident: again, fault: thrown };
    }
  }

  private start(manifest: ModelManifest, reason: string, on_cpu: boolean): Resident {
    if (this.ended) throw closed();
    const resident = new Resident(
      manifest,
      reason,
      this.options,
      () => {
        this.generation += 1;
        return this.generation;
      },
      this.onEvent,
      on_cpu,
    );
    this.started.add(resident);
    return resident;
  }

  private async end(resident: Resident, at_once = false): Promise<void> {
    await resident.host.close(at_once);
    this.started.delete(resident);
  }

  private async upOrThrow(resident: Resident): Promise<void> {
    await resident.up();
    const found: Fault | null = resident.fault;
    if (found) throw new SageError(found.code, found.where, found.text);
  }

  /** From now on `next` answers for all that `old` answered for. */
  private seat(old: Resident, next: Resident, seats: readonly string[] = this.seatsOf(old.id)): void {
    for (const seat of seats) {
      if (seat === next.id) this.routes.delete(seat);
      else this.routes.set(seat, next.id);
    }
    if (this.residents.get(old.id) === old) this.residents.delete(old.id);
    this.routes.delete(next.id);
    this.residents.set(next.id, next);
  }

  private async handOver(luggage: Luggage, next: Resident): Promise<void> {
    const arrived = await unpack(luggage, next);
    const unwanted = this.carried.move(luggage.slots, arrived);
    if (unwanted.length > 0) next.host.free(unwanted);
  }

  /** As `handOver`. Returns how much arrived: where it fails the state is gone, the next model is good all the same. */
  private async carryOver(luggage: Luggage, next: Resident): Promise<number> {
    try {
      await this.handOver(luggage, next);
      return luggage.slots.length;
    } catch (thrown) {
      this.tellUnforeseen(next.id, thrown);
      return 0;
    }
  }

  /** Anything but a SageError is a bug: it is reported, and the lost state is given up as for any other. */
  private tellUnforeseen(id: string, thrown: unknown): void {
    if (thrown instanceof SageError) return;
    this.onEvent({ kind: 'fault', fault: fault('SAGE_511', id, messageOf(thrown)) });
  }

  private async dismiss(resident: Resident): Promise<void> {
    this.carried.forgetHost(resident.host.generation);
    await this.letGo(resident);
  }

  /** Ends a host when nothing is under way in it any more. */
  private async letGo(resident: Resident): Promise<void> {
    await resident.drained();
    await this.end(resident, true);
  }

  private ownerOf({ generation }: Slot): Resident | undefined {
    return [...this.residents.values()].find(({ host }) => host.generation === generation);
  }
}

/** How an exchange went. */
export interface Exchange {
  readonly load_ms: number;
  /** How long requests were held. */
  readonly gap_ms: number;
  /** Tensors of refinements under way that went over, and that did not. */
  readonly carried: number;
  readonly lost: number;
}
