import { type Fault, fault } from '../../contracts/errors.js';
import type { ModelHostHealth } from '../api.js';
import type { ModelManifest } from '../manifest.js';
import type { Catalogue } from './catalogue.js';
import type { Fleet } from './fleet.js';
import type { ModelHistory } from './history.js';
import { type ModelFacts, worthOf } from './policy.js';
import type { Refusals } from './refusals.js';
import { expectedGpuMb, Providers, type Resident } from './resident.js';
import { fleetHealth, standingOf } from './standing.js';
import type { Budget, Demand, ModelManagerOptions, ModelStanding } from './types.js';

/** Good for every task, where a manifest does not say. */
const COMPLEXITY_ALL = 1;

/** A loaded model counts as failing after this: a host that was lost is back by then. */
const FAILS_AFTER_MS = 3000;

/** A used model that no manifest describes. */
const unknownModel = (id: string, folder: string): Fault =>
  fault('SAGE_512', id, `a plugin needs it, but ${folder} has no manifest with this id`);

/** What there is: the models of the folder and the hosts that are up, as the policy and those who look on see them. */
export class Inventory {
  /** Id of a model that stands in → that of the one which failed. */
  private readonly standIns = new Map<string, string>();
  private readonly providers = new Providers();

  constructor(
    private readonly options: ModelManagerOptions,
    private readonly catalogue: Catalogue,
    private readonly fleet: Fleet,
    private readonly refusals: Refusals,
  ) {}

  /** The models that answer for those that plugins use and for pinned ones. */
  usedIds(): ReadonlySet<string> {
    const { used, parameters } = this.options;
    return new Set([...used, ...parameters.pinned].map((id) => this.fleet.activeOf(id)));
  }

  /** Takes note that `to` has taken the place of `from`; whether only until `from` can be loaded again. */
  replaced(from: string, to: string, stand_in: boolean): void {
    const home = this.standIns.get(from) ?? from;
    this.standIns.delete(from);
    if (stand_in && to !== home) this.standIns.set(to, home);
    else this.standIns.delete(to);
  }

  /** GPU memory that a model will take where it is loaded with the providers that this machine has, by estimate, MB. */
  expectedGpuMb(manifest: ModelManifest): number {
    for (const resident of this.fleet.residents.values()) this.providers.learn(resident);
    return expectedGpuMb(manifest, this.providers.among(this.options.parameters.providers));
  }

  /** What a loaded model takes, MB: as measured; while it is being loaded, what it will take. */
  memoryMb({ rss_mb, manifest }: Resident): number {
    return rss_mb ?? this.catalogue.memoryOf(manifest).mb;
  }

  private gpuMb(resident: Resident): number {
    return resident.gpu_mb ?? this.expectedGpuMb(resident.manifest);
  }

  facts(): ModelFacts[] {
    const { parameters } = this.options;
    const used = this.usedIds();
    const pinned = new Set(parameters.pinned.map((id) => this.fleet.activeOf(id)));
    return this.catalogue.all.map((manifest): ModelFacts => {
      const resident = this.fleet.residents.get(manifest.id);
      return {
        id: manifest.id,
        capabilities: manifest.capabilities ?? [],
        family: manifest.family ?? '',
        complexity_max: manifest.complexity_max ?? COMPLEXITY_ALL,
        loaded: resident !== undefined,
        faulty:
          resident === undefined
            ? this.refusals.of(manifest.id) !== undefined
            : resident.failing_ms() > FAILS_AFTER_MS,
        used: used.has(manifest.id),
        pinned: pinned.has(manifest.id),
        memory_mb: resident ? this.memoryMb(resident) : this.catalogue.memoryOf(manifest).mb,
        gpu_mb: resident ? this.gpuMb(resident) : this.expectedGpuMb(manifest),
        last_used_ms: resident?.last_used_ms ?? null,
        loaded_ms: resident?.started_ms ?? null,
        stands_in_for: this.standIns.get(manifest.id) ?? null,
      };
    });
  }

  budget(): Budget {
    const { ram_mb_max, gpu_mb_max } = this.options.parameters;
    const residents = [...this.fleet.residents.values()];
    const ram_mb = residents.reduce((sum, resident) => sum + this.memoryMb(resident), 0);
    const gpu_mb = residents.reduce((sum, resident) => sum + this.gpuMb(resident), 0);
    return { ram_mb_max, ram_mb, gpu_mb_max, gpu_mb };
  }

  /** All hosts taken together. */
  health(closed: boolean): ModelHostHealth {
    const { folder, faults } = this.catalogue;
    const unknown = this.options.used
      .filter((id) => !this.catalogue.find(id))
      .map((id) => unknownModel(id, folder));
    const own = [...faults, ...unknown, ...this.refusals.all(), ...this.excess()];
    return fleetHealth([...this.fleet.residents.values()], own, closed);
  }

  /** That the hosts have grown beyond the budget: what may be unloaded is unloaded, the rest is reported. */
  private excess(): readonly Fault[] {
    const { ram_mb, ram_mb_max } = this.budget();
    if (ram_mb <= ram_mb_max) return [];
    const told = `the hosts use ${ram_mb.toFixed(0)} MB (allowed ${ram_mb_max.toFixed(0)})`;
    return [fault('SAGE_513', 'models.ram_mb_max', told)];
  }

  /** A row per model, by id. */
  list(demand: Demand, log: ModelHistory): readonly ModelStanding[] {
    const facts = new Map(this.facts().map((each) => [each.id, each]));
    const ids = new Set([...this.catalogue.all.map(({ id }) => id), ...this.fleet.residents.keys()]);
    return [...ids].sort().flatMap((id) => {
      const resident = this.fleet.residents.get(id) ?? null;
      const manifest = resident?.manifest ?? this.catalogue.find(id);
      const own = facts.get(id);
      if (!manifest || !own) return [];
      const answered_by = this.fleet.activeOf(id);
      const answers_for = this.fleet.seatsOf(id).filter((seat) => seat !== id);
      const swaps = log.all().filter(({ kind, fault: found }) => kind === 'swap' && found === null);
      const seated = swaps.findLast(({ model }) => model === answered_by);
      const last = log.all().findLast(({ model, replaced }) => model === id || replaced === id);
      const memory = this.catalogue.memoryOf(manifest);
      const value = worthOf(own, demand);
      const refused = this.refusals.of(id);
      return standingOf({
        ...{ manifest, resident, facts: own, memory, value, last, refused },
        ...{ seated, answered_by, answers_for },
      });
    });
  }
}
