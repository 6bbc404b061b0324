import { type Fault, fault, messageOf, SageError } from '../../contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../../contracts/inference.js';
import type { ModelHostEvent, ModelHostHealth } from '../api.js';
import { closed } from '../connection.js';
import { keepProbe, type Probe, probeFile, probeModel } from '../probe.js';
import { verifyModel } from '../verify.js';
import { Catalogue } from './catalogue.js';
import { ManifestChanges } from './changes.js';
import { Fleet } from './fleet.js';
import { ModelHistory, plainEvent } from './history.js';
import { Inventory } from './inventory.js';
import { tooLarge } from './memory.js';
import { Operations } from './operations.js';
import { Peaks } from './peaks.js';
import { type Proposal, propose } from './policy.js';
import { Refusals } from './refusals.js';
import type { Resident } from './resident.js';
import { endedOrLate, Turns } from './turns.js';
import type {
  Budget,
  Demand,
  ModelEvent,
  ModelManager,
  ModelManagerOptions,
  ModelStanding,
} from './types.js';

/** How often the folder and the memory of the hosts are looked at. */
const LOOK_EVERY_MS = 1000;
/** A load that takes longer does not keep the next one: a model that takes its host down need not cost the others. */
const LOAD_PATIENCE_MS = 3000;

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
  private readonly refusals = new Refusals();
  private readonly changes = new ManifestChanges();
  private readonly turns = new Turns();
  private readonly peaks: Peaks;
  private readonly inventory: Inventory;
  private readonly operations: Operations;
  private readonly begun: Promise<void>;
  /** Loads that a request has asked for, by id. */
  private readonly demanded = new Map<string, Promise<Resident>>();
  private governing = false;
  private looked_ms = 0;
  private demand: Demand = START;
  private closed = false;

  constructor(private readonly options: ModelManagerOptions) {
    this.catalogue = new Catalogue(options.parameters);
    this.fleet = new Fleet(options, (event) => this.passOn(event));
    this.log = new ModelHistory((event) => options.onModel?.(event, this.catalogue.find(event.model)));
    this.inventory = new Inventory(options, this.catalogue, this.fleet, this.refusals);
    const { catalogue, fleet, inventory, log } = this;
    const demand = () => this.current();
    this.operations = new Operations(options.parameters, catalogue, fleet, inventory, log, demand);
    this.peaks = new Peaks(options.parameters.complexity_fall_s);
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
    return this.inventory.health(this.closed);
  }

  list(): readonly ModelStanding[] {
    return this.inventory.list(this.current(), this.log);
  }

  history(): readonly ModelEvent[] {
    return this.log.all();
  }

  budget(): Budget {
    return this.inventory.budget();
  }

  load(id: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.turns.run(async () => {
      this.catalogue.require(id);
      const begun_ms = performance.now();
      const { resident, event } = await this.operations.bring(id, reason, 'operator');
      if (event) return event;
      const load_ms = resident.load_ms;
      return { ...plainEvent('load', id, 'it is already loaded'), load_ms, at_ms: begun_ms };
    }, LOAD_PATIENCE_MS);
  }

  unload(id: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.turns.run(async () => {
      this.catalogue.require(id);
      return this.operations.remove(this.fleet.activeOf(id), reason);
    });
  }

  swap(id: string, to: string, reason = 'asked for'): Promise<ModelEvent> {
    return this.turns.run(async () => {
      const event = await this.operations.exchange(id, to, reason);
      this.inventory.replaced(event.replaced, to, false);
      return event;
    });
  }

  async verify(id: string): Promise<readonly Fault[]> {
    return verifyModel(this.catalogue.folder, this.catalogue.require(id));
  }

  probe(id: string): Promise<Probe> {
    return this.turns.run(async () => {
      const { parameters, launch } = this.options;
      const probe = await probeModel(this.catalogue.require(id), parameters, launch);
      keepProbe(probeFile(parameters), probe);
      this.catalogue.probed(probe);
      return probe;
    });
  }

  govern(demand: Demand): void {
    this.demand = { ...demand, complexity: this.peaks.hold(demand.complexity, performance.now()) };
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

  /** Loads what is pinned, then what the plugins use. What fails keeps its fault and is tried again by its host. */
  private async begin(): Promise<void> {
    const { pinned } = this.options.parameters;
    const loads: Promise<void>[] = [];
    for (const id of new Set([...pinned, ...this.options.used])) {
      if (!this.catalogue.find(id)) continue;
      const reason = pinned.includes(id) ? 'pinned' : 'a plugin uses it';
      const load = this.turns
        .run(() => this.operations.bring(id, reason, 'policy'), LOAD_PATIENCE_MS)
        .then(
          () => undefined,
          (thrown: unknown) => void this.note(id, thrown),
        );
      loads.push(load);
      await endedOrLate(load, LOAD_PATIENCE_MS);
    }
    await Promise.all(loads);
    if (this.closed) throw closed();
  }

  /** One look at the hosts and the folder, and one thing done about it. Never rejects. */
  private async turn(): Promise<void> {
    try {
      const now_ms = performance.now();
      if (now_ms - this.looked_ms >= LOOK_EVERY_MS) {
        this.looked_ms = now_ms;
        await this.look();
      }
      if (this.turns.busy) return;
      const proposal = propose(this.inventory.facts(), this.current(), this.options.parameters);
      if (!proposal) return;
      // Not waited for: the memory of the hosts is looked at meanwhile. The next proposal waits, since it is busy.
      const patience_ms = proposal.kind === 'load' ? LOAD_PATIENCE_MS : undefined;
      this.turns
        .run(() => this.carryOut(proposal), patience_ms)
        .catch((thrown: unknown) => this.note('models', thrown));
    } catch (thrown) {
      if (!this.closed) this.note('models', thrown);
    }
  }

  private async look(): Promise<void> {
    await this.catalogue.look();
    // A copy: an exchange puts another host into the list while it is gone through.
    for (const resident of [...this.fleet.residents.values()]) {
      if (this.fleet.residents.get(resident.id) !== resident) continue;
      await resident.look();
      this.catalogue.took(resident.manifest, resident.rss_mb);
      const reason = tooLarge(resident.id, resident.rss_mb, this.options.parameters);
      if (reason) {
        resident.rss_mb = null;
        resident.host.replace(reason);
        this.log.add(plainEvent('replace', resident.id, reason.detail, reason.toFault()));
      }
      await this.takeUpChange(resident);
    }
    this.changes.keepOnly(this.fleet.residents);
    this.refusals.forgetOld();
  }

  /** Reloads a model whose manifest was changed. A failure stays reported and does not affect the others. */
  private async takeUpChange({ id, manifest: own }: Resident): Promise<void> {
    const manifest = this.catalogue.find(id);
    if (!manifest || JSON.stringify(manifest) === JSON.stringify(own)) return this.changes.settled(id);
    const waits = this.changes.waits(manifest, performance.now());
    if (waits) return this.refusals.add(id, waits);
    try {
      await this.turns.run(() => this.operations.exchange(id, id, 'its manifest was changed'));
      this.changes.settled(id);
      this.refusals.forget(id);
    } catch (thrown) {
      this.changes.failed(manifest, this.note(id, thrown), performance.now());
    }
  }

  private async carryOut(proposal: Proposal): Promise<void> {
    const { id, reason } = proposal;
    try {
      if (proposal.kind === 'unload') {
        await this.operations.remove(id, reason);
      } else if (proposal.kind === 'swap') {
        await this.operations.exchange(id, proposal.to, reason);
        this.inventory.replaced(id, proposal.to, proposal.stand_in ?? false);
      } else {
        for (const other of proposal.evict) await this.operations.remove(other, `makes room for ${id}`);
        await this.operations.bring(id, reason, 'policy');
      }
      this.refusals.forget(id);
    } catch (thrown) {
      this.note(proposal.kind === 'swap' ? proposal.to : id, thrown);
    }
  }

  /** The load that a request waits for; one for all requests of that model. */
  private demandOf(id: string): Promise<Resident> {
    const under_way = this.demanded.get(id);
    if (under_way) return under_way;
    const load = async (): Promise<Resident> => {
      this.catalogue.require(id);
      if (this.closed) throw closed();
      return (await this.turns.run(() => this.operations.bring(id, 'a request needs it', 'request', false)))
        .resident;
    };
    const promise = load().finally(() => this.demanded.delete(id));
    this.demanded.set(id, promise);
    return promise;
  }

  private current(): Demand {
    return { ...this.demand, now_ms: performance.now() };
  }

  private note(id: string, thrown: unknown): Fault {
    const found = thrown instanceof SageError ? thrown.toFault() : fault('SAGE_510', id, messageOf(thrown));
    if (!this.closed) {
      this.refusals.add(id, found);
      this.passOn({ kind: 'fault', fault: found });
    }
    return found;
  }

  private passOn(event: ModelHostEvent): void {
    this.options.onEvent?.(event);
  }
}

/** Finds the models of the folder and loads what the plugins use; everything else follows `govern` and requests. */
export function createModelManager(options: ModelManagerOptions): ModelManager {
  return new Manager(options);
}
