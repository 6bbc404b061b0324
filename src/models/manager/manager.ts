import { type Fault, fault, messageOf, SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../../contracts/inference.js';
import type { ModelHostEvent, ModelHostHealth } from '../api.js';
import { keepProbe, type Probe, probeFile, probeModel } from '../probe.js';
import { verifyModel } from '../verify.js';
import { Catalogue } from './catalogue.js';
import { Fleet, unknownModel } from './fleet.js';
import { ModelHistory, plainEvent } from './history.js';
import { type ModelFacts, type Proposal, propose, roomFor, worthOf } from './policy.js';
import { expectedGpuMb, type Resident } from './resident.js';
import { fleetHealth, standingOf } from './standing.js';
import { requireSameFace } from './swap.js';
import type {
  Budget,
  Demand,
  ModelEvent,
  ModelManager,
  ModelManagerOptions,
  ModelStanding,
} from './types.js';

/** Operations that wait for their turn at most; one is carried out at a time. */
const OPERATIONS_MAX = 16;
/** How often the folder and the memory of the hosts are looked at. */
const LOOK_EVERY_MS = 1000;
/** What could not be loaded is tried again after this. */
const RETRY_MS = 10_000;
/** Good for every task, where a manifest does not say. */
const COMPLEXITY_ALL = 1;

const START: Demand = {
  now_ms: 0,
  state: 'WAKE',
  goal: false,
  salience: new Map(),
  complexity: new Map(),
};

class Manager implements ModelManager {
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;
  private readonly log: ModelHistory;
  private readonly begun: Promise<void>;
  /** Loads that a request has asked for, by id. */
  private readonly demanded = new Map<string, Promise<Resident>>();
  private tail: Promise<void> = Promise.resolve();
  private operations = 0;
  private governing = false;
  private looked_ms = 0;
  private demand: Demand = START;
  /** Why the last attempt to load or swap a model for the mind failed; gone when it succeeds. */
  private readonly refused = new Map<string, { readonly fault: Fault; readonly at_ms: number }>();
  private closed = false;

  constructor(private readonly options: ModelManagerOptions) {
    this.catalogue = new Catalogue(options.parameters);
    this.fleet = new Fleet(options, (event) => this.passOn(event));
    this.log = new ModelHistory((event) => options.onModel?.(event));
    this.begun = this.begin();
    // Whoever waits for it gets the rejection; nobody may be waiting.
    this.begun.catch(() => undefined);
  }

  ready(): Promise<void> {
    return this.begun;
  }

  run(request: InferenceRequest): Promise<InferenceOutputs> {
    return this.fleet.run(request, (id) => this.demandOf(id));
  }

  read(slot: Slot, signal?: AbortSignal): Promise<Tensor> {
    return this.fleet.read(slot, signal);
  }

  free(slots: readonly Slot[]): void {
    this.fleet.free(slots);
  }

  health(): ModelHostHealth {
    const { used } = this.options;
    const { folder } = this.catalogue;
    const unknown = used.filter((id) => !this.catalogue.find(id)).map((id) => unknownModel(id, folder));
    const own = [
      ...this.catalogue.faults,
      ...unknown,
      ...[...this.refused.values()].map((each) => each.fault),
    ];
    return fleetHealth([...this.fleet.residents.values()], own, this.closed);
  }

  list(): readonly ModelStanding[] {
    const facts = new Map(this.facts().map((each) => [each.id, each]));
    const ids = new Set([...this.catalogue.all.map(({ id }) => id), ...this.fleet.residents.keys()]);
    return [...ids].sort().flatMap((id) => {
      const resident = this.fleet.residents.get(id) ?? null;
      const manifest = resident?.manifest ?? this.catalogue.find(id);
      const own = facts.get(id);
      if (!manifest || !own) return [];
      const last = this.log.all().findLast(({ model, replaced }) => model === id || replaced === id);
      const memory = this.catalogue.memoryOf(manifest);
      const value = worthOf(own, this.current());
      return standingOf({
        manifest,
        resident,
        facts: own,
        memory,
        value,
        last,
        refused: this.refused.get(id)?.fault,
      });
    });
  }

  history(): readonly ModelEvent[] {
    return this.log.all();
  }

  budget(): Budget {
    const { ram_mb_max, gpu_mb_max } = this.options.parameters;
    const residents = [...this.fleet.residents.values()];
    const ram_mb = residents.reduce((sum, { memory_mb }) => sum + memory_mb, 0);
    const gpu_mb = residents.reduce((sum, resident) => sum + resident.gpu_mb, 0);
    return { ram_mb_max, ram_mb, gpu_mb_max, gpu_mb };
  }

  load(id: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.exclusive(async () => {
      this.catalogue.require(id);
      const begun_ms = performance.now();
      const { resident, event } = await this.bring(id, reason, true);
      if (event) return event;
      const load_ms = resident.load_ms;
      return { ...plainEvent('load', id, 'it is loaded already'), load_ms, at_ms: begun_ms };
    });
  }

  unload(id: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.exclusive(async () => {
      this.catalogue.require(id);
      const active = this.fleet.activeOf(id);
      await this.fleet.remove(active);
      return this.log.add(plainEvent('unload', active, reason));
    });
  }

  swap(id: string, to: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.exclusive(() => this.exchange(id, to, reason));
  }

  async verify(id: string): Promise<readonly Fault[]> {
    return verifyModel(this.catalogue.folder, this.catalogue.require(id));
  }

  probe(id: string): Promise<Probe> {
    return this.exclusive(async () => {
      const { parameters, launch } = this.options;
      const probe = await probeModel(this.catalogue.require(id), parameters, launch);
      keepProbe(probeFile(parameters), probe);
      this.catalogue.probed(probe);
      return probe;
    });
  }

  govern(demand: Demand): void {
    this.demand = demand;
    if (this.governing || this.closed) return;
    this.governing = true;
    void this.turn().finally(() => {
      this.governing = false;
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.fleet.close();
  }

  /** Loads what the plugins use. A model that fails keeps its fault and is tried again by its host. */
  private async begin(): Promise<void> {
    const wanted = new Set([...this.options.used, ...this.options.parameters.pinned]);
    for (const id of wanted) {
      if (!this.catalogue.find(id)) continue;
      await this.exclusive(() => this.bring(id, 'a plugin uses it', false)).catch((thrown) =>
        this.note(id, thrown),
      );
    }
    if (this.closed) throw new SageError('SAGE_504', 'model host', 'it was closed');
  }

  /** One look at the hosts and the folder, and one thing done about it. Never rejects. */
  private async turn(): Promise<void> {
    try {
      const now_ms = performance.now();
      if (now_ms - this.looked_ms >= LOOK_EVERY_MS) {
        this.looked_ms = now_ms;
        await this.look();
      }
      if (this.operations > 0) return;
      const proposal = propose(this.facts(), this.current(), this.options.parameters);
      if (proposal) await this.exclusive(() => this.carryOut(proposal));
    } catch (thrown) {
      if (!this.closed) this.note('models', thrown);
    }
  }

  private async look(): Promise<void> {
    await this.catalogue.look();
    const { host_mb_max } = this.options.parameters;
    for (const resident of this.fleet.residents.values()) {
      await resident.look();
      if (resident.rss_mb !== null && resident.rss_mb > host_mb_max) {
        const told = `its host has ${resident.rss_mb.toFixed(0)} MB, allowed are ${host_mb_max}`;
        const reason = new SageError('SAGE_514', resident.id, told);
        resident.rss_mb = null;
        resident.host.replace(reason);
        this.log.add(plainEvent('replace', resident.id, told, reason.toFault()));
      }
      const manifest = this.catalogue.find(resident.id);
      if (manifest && JSON.stringify(manifest) !== JSON.stringify(resident.manifest)) {
        await this.exclusive(() => this.exchange(resident.id, resident.id, 'its manifest was changed'));
      }
    }
    for (const [id, { at_ms }] of this.refused) {
      if (performance.now() - at_ms > RETRY_MS) this.refused.delete(id);
    }
  }

  private async carryOut(proposal: Proposal): Promise<void> {
    const { id, reason } = proposal;
    try {
      if (proposal.kind === 'unload') {
        await this.fleet.remove(id);
        this.log.add(plainEvent('unload', id, reason));
      } else if (proposal.kind === 'swap') {
        await this.exchange(id, proposal.to, reason);
      } else {
        for (const other of proposal.evict) {
          await this.fleet.remove(other);
          this.log.add(plainEvent('unload', other, `makes room for ${id}`));
        }
        await this.bring(id, reason, false);
      }
      this.refused.delete(id);
    } catch (thrown) {
      this.note(id, thrown);
    }
  }

  /** The load that a request waits for; one for all requests of that model. */
  private demandOf(id: string): Promise<Resident> {
    const under_way = this.demanded.get(id);
    if (under_way) return under_way;
    const load = async (): Promise<Resident> => {
      this.catalogue.require(id);
      if (this.closed) throw new SageError('SAGE_504', 'model host', 'it was closed');
      return (await this.exclusive(() => this.bring(id, 'a request needs it', true, false))).resident;
    };
    const promise = load().finally(() => this.demanded.delete(id));
    this.demanded.set(id, promise);
    return promise;
  }

  /**
   * Loads a model unless it is loaded. `forced`: room is made whatever the others are worth. `lasting`: it waits until
   * the model is warm, and lets go of one that fails unless a plugin uses it.
   */
  private async bring(
    id: string,
    reason: string,
    forced: boolean,
    lasting = true,
  ): Promise<{ readonly resident: Resident; readonly event: ModelEvent | null }> {
    const manifest = this.catalogue.require(id);
    const present = this.fleet.residents.get(id);
    if (present) return { resident: present, event: null };
    await this.makeRoom(id, forced);
    const resident = this.fleet.add(manifest, reason);
    const settled = this.settle(resident, reason, lasting);
    // A request goes to the host at once and waits there, so that it fails as its model does.
    if (!lasting) {
      settled.catch(() => undefined);
      return { resident, event: null };
    }
    return { resident, event: await settled };
  }

  private async settle(resident: Resident, reason: string, lasting: boolean): Promise<ModelEvent> {
    const { id } = resident;
    await resident.up();
    const found = resident.fault;
    const event = this.log.add({ ...plainEvent('load', id, reason, found), load_ms: resident.load_ms });
    if (found && lasting && !this.usedIds().has(id)) {
      await this.fleet.remove(id);
      throw new SageError(found.code, found.where, found.text);
    }
    return event;
  }

  /** @throws SageError SAGE_513 where it does not fit. */
  private async makeRoom(id: string, forced: boolean): Promise<void> {
    const facts = this.facts();
    const wanted = facts.find((each) => each.id === id);
    if (!wanted) return;
    const evict = roomFor(wanted, facts, this.current(), this.options.parameters, forced);
    if (evict === null) {
      const { ram_mb, ram_mb_max } = this.budget();
      const told = `it takes ${wanted.memory_mb.toFixed(0)} MB; ${ram_mb.toFixed(0)} of ${ram_mb_max} are taken by what may not go`;
      throw new SageError('SAGE_513', id, told);
    }
    for (const other of evict) {
      await this.fleet.remove(other);
      this.log.add(plainEvent('unload', other, `makes room for ${id}`));
    }
  }

  /** Puts `to` in the place of what answers for `id`. */
  private async exchange(id: string, to: string, reason: string): Promise<ModelEvent> {
    const active = this.fleet.activeOf(id);
    const manifest = this.catalogue.require(to);
    const old = this.fleet.residents.get(active);
    if (id !== to) requireSameFace(old?.manifest ?? this.catalogue.require(active), manifest);
    if (!old) {
      this.fleet.route(id, to);
      return this.log.add({ ...plainEvent('swap', to, reason), replaced: active });
    }
    if (active === to && old.manifest === manifest) {
      return this.log.add({ ...plainEvent('swap', to, `${reason}: it is in use already`), replaced: active });
    }
    const { mb } = this.catalogue.memoryOf(manifest);
    const { ram_mb, ram_mb_max } = this.budget();
    const mode = ram_mb + mb <= ram_mb_max ? 'overlap' : 'gap';
    try {
      const exchanged =
        mode === 'overlap'
          ? await this.fleet.overlap(old, manifest, reason)
          : await this.fleet.gap(old, manifest, reason, await this.standIn(old, to));
      return this.log.add({ ...plainEvent('swap', to, reason), replaced: active, mode, ...exchanged });
    } catch (thrown) {
      const reasonNot =
        thrown instanceof SageError ? thrown.toFault() : fault('SAGE_510', to, messageOf(thrown));
      this.log.add({ ...plainEvent('swap', active, reason, reasonNot), replaced: active, mode });
      throw thrown;
    }
  }

  /** Another loaded member of the family that can answer while neither the old nor the new model does; or null. */
  private async standIn(old: Resident, to: string): Promise<Resident | null> {
    const { family } = old.manifest;
    if (family === undefined) return null;
    const others = [...this.fleet.residents.values()].filter(
      ({ manifest, fault: found, id }) => manifest.family === family && id !== old.id && id !== to && !found,
    );
    return others[0] ?? null;
  }

  private usedIds(): ReadonlySet<string> {
    return new Set(
      [...this.options.used, ...this.options.parameters.pinned].map((id) => this.fleet.activeOf(id)),
    );
  }

  private current(): Demand {
    return { ...this.demand, now_ms: performance.now() };
  }

  private facts(): ModelFacts[] {
    const used = this.usedIds();
    const pinned = new Set(this.options.parameters.pinned.map((id) => this.fleet.activeOf(id)));
    return this.catalogue.all.map((manifest): ModelFacts => {
      const resident = this.fleet.residents.get(manifest.id);
      return {
        id: manifest.id,
        capabilities: manifest.capabilities ?? [],
        family: manifest.family ?? '',
        complexity_max: manifest.complexity_max ?? COMPLEXITY_ALL,
        loaded: resident !== undefined,
        faulty: resident === undefined ? this.refused.has(manifest.id) : resident.fault !== null,
        used: used.has(manifest.id),
        pinned: pinned.has(manifest.id),
        memory_mb: resident?.memory_mb ?? this.catalogue.memoryOf(manifest).mb,
        gpu_mb: resident ? resident.gpu_mb : expectedGpuMb(manifest, this.options.parameters.providers),
        last_used_ms: resident?.last_used_ms ?? null,
        loaded_ms: resident?.started_ms ?? null,
      };
    });
  }

  /** One operation at a time, in order. Rejects with SAGE_509 when too many wait. */
  private exclusive<T>(act: () => Promise<T>): Promise<T> {
    if (this.operations >= OPERATIONS_MAX) {
      const told = `${this.operations} loads and swaps are waiting`;
      return Promise.reject(new SageError('SAGE_509', 'models', told));
    }
    this.operations += 1;
    const result = this.tail.then(act).finally(() => {
      this.operations -= 1;
    });
    this.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  private note(id: string, thrown: unknown): void {
    const found = thrown instanceof SageError ? thrown.toFault() : fault('SAGE_510', id, messageOf(thrown));
    if (this.closed) return;
    this.refused.set(id, { fault: found, at_ms: performance.now() });
    this.passOn({ kind: 'fault', fault: found });
  }

  private passOn(event: ModelHostEvent): void {
    this.options.onEvent?.(event);
  }
}

/** Finds the models of the folder and loads what the plugins use; everything else follows `govern` and requests. */
export function createModelManager(options: ModelManagerOptions): ModelManager {
  return new Manager(options);
}
