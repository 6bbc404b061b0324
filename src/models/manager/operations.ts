import { fault, messageOf, SageError } from '../../contracts/errors.js';
import type { ModelManifest } from '../manifest.js';
import type { Catalogue } from './catalogue.js';
import type { Exchange, Fleet } from './fleet.js';
import { type ModelHistory, plainEvent } from './history.js';
import type { Inventory } from './inventory.js';
import { type Asker, type Placement, type PolicyParameters, placeFor } from './policy.js';
import type { Resident } from './resident.js';
import { requireSameFace, sameFace } from './swap.js';
import type { Demand, ModelEvent } from './types.js';

/** Whether a model can stand in while one takes the place of the other. */
const siblings = (other: ModelManifest, from: ModelManifest, to: ModelManifest): boolean =>
  from.family !== undefined && other.family === from.family && other.id !== from.id && other.id !== to.id;

/** Why running refinements have to restart. */
function stateLost(
  { carries: from = 'nothing' }: ModelManifest,
  { carries: to = 'nothing' }: ModelManifest,
): string {
  const why = from === to ? 'their state could not be handed over' : `it carries ${to} and not ${from}`;
  return `running refinements restart: ${why}`;
}

interface Way {
  readonly mode: 'overlap' | 'gap';
  readonly on_cpu: boolean;
}

/** What is done with models, each with its line in the history. The caller sees to it that one is done at a time. */
export class Operations {
  constructor(
    private readonly parameters: PolicyParameters,
    private readonly catalogue: Catalogue,
    private readonly fleet: Fleet,
    private readonly inventory: Inventory,
    private readonly log: ModelHistory,
    private readonly demand: () => Demand,
  ) {}

  /**
   * Loads a model unless it is loaded. `by` says for what room is made. `lasting`: it waits until
   * the model is warm, and lets go of one that fails unless a plugin uses it.
   * @throws SageError SAGE_512 unknown, SAGE_513 no room, and what a load fails with.
   */
  async bring(
    id: string,
    reason: string,
    by: Asker,
    lasting = true,
  ): Promise<{ readonly resident: Resident; readonly event: ModelEvent | null }> {
    const manifest = this.catalogue.require(id);
    const present = this.fleet.residents.get(id);
    if (present) return { resident: present, event: null };
    const { on_gpu } = await this.makeRoom(id, by);
    const resident = this.fleet.add(manifest, reason, !on_gpu);
    const settled = this.settle(resident, reason, lasting);
    // A request goes to the host at once and waits there, so that it fails as its model does.
    if (!lasting) {
      settled.catch(() => undefined);
      return { resident, event: null };
    }
    return { resident, event: await settled };
  }

  async remove(id: string, reason: string): Promise<ModelEvent> {
    await this.fleet.remove(id);
    return this.log.add(plainEvent('unload', id, reason));
  }

  /**
   * Puts `to` in the place of what answers for `id`.
   * @throws SageError SAGE_512, SAGE_515, and what a load fails with; the old one then stays.
   */
  async exchange(id: string, to: string, reason: string): Promise<ModelEvent> {
    const active = this.fleet.activeOf(id);
    const manifest = this.catalogue.require(to);
    const old = this.fleet.residents.get(active);
    if (id !== to) requireSameFace(old?.manifest ?? this.catalogue.require(active), manifest);
    if (!old) {
      this.fleet.route(id, to);
      return this.log.add({ ...plainEvent('swap', to, reason), replaced: active });
    }
    if (active === to && old.manifest === manifest) {
      return this.log.add({ ...plainEvent('swap', to, `${reason}: it is already in use`), replaced: active });
    }
    const { mode, on_cpu } = this.wayOf(old, manifest);
    try {
      const { lost, ...exchanged } =
        mode === 'overlap'
          ? await this.fleet.overlap(old, manifest, reason, on_cpu)
          : await this.byGap(old, manifest, reason, on_cpu);
      const told = lost === 0 ? reason : `${reason}; ${stateLost(old.manifest, manifest)}`;
      return this.log.add({ ...plainEvent('swap', to, told), replaced: active, mode, ...exchanged });
    } catch (thrown) {
      const reasonNot =
        thrown instanceof SageError ? thrown.toFault() : fault('SAGE_510', to, messageOf(thrown));
      this.log.add({ ...plainEvent('swap', active, reason, reasonNot), replaced: active, mode });
      throw thrown;
    }
  }

  private async settle(resident: Resident, reason: string, lasting: boolean): Promise<ModelEvent> {
    const { id } = resident;
    await resident.up();
    const found = resident.fault;
    const event = this.log.add({ ...plainEvent('load', id, reason, found), load_ms: resident.load_ms });
    if (found && lasting && !this.inventory.usedIds().has(id)) {
      await this.fleet.remove(id);
      throw new SageError(found.code, found.where, found.text);
    }
    return event;
  }

  /** @throws SageError SAGE_513 */
  private async makeRoom(id: string, by: Asker): Promise<Placement> {
    const facts = this.inventory.facts();
    const wanted = facts.find((each) => each.id === id);
    if (!wanted) return { evict: [], on_gpu: true };
    const place = placeFor(wanted, facts, this.demand(), this.parameters, by);
    if (place === null) {
      const { ram_mb, ram_mb_max } = this.inventory.budget();
      const told = `it needs ${wanted.memory_mb.toFixed(0)} MB; ${ram_mb.toFixed(0)} of ${ram_mb_max} MB are used by models that must stay`;
      throw new SageError('SAGE_513', id, told);
    }
    for (const other of place.evict) await this.remove(other, `makes room for ${id}`);
    return place;
  }

  /** How a model takes the place of another: beside it where both fit, after it elsewhere; on the CPU where it must. */
  private wayOf(old: Resident, manifest: ModelManifest): Way {
    const { ram_mb, ram_mb_max, gpu_mb, gpu_mb_max } = this.inventory.budget();
    const { mb } = this.catalogue.memoryOf(manifest);
    const more_mb = this.inventory.expectedGpuMb(manifest);
    const room_mb = (gpu_mb_max || Number.POSITIVE_INFINITY) - gpu_mb - more_mb;
    const on_gpu = room_mb + (old.gpu_mb ?? 0) >= 0;
    const both = ram_mb + mb <= ram_mb_max && (room_mb >= 0 || !on_gpu);
    return { mode: both ? 'overlap' : 'gap', on_cpu: !on_gpu };
  }

  /** Meanwhile another member of the family answers: one that is loaded, or one small enough to fit beside both. */
  private async byGap(old: Resident, to: ModelManifest, reason: string, on_cpu: boolean): Promise<Exchange> {
    const loaded = this.loadedSibling(old, to);
    const brought = loaded ? null : await this.bringSibling(old, to);
    try {
      return await this.fleet.gap(old, to, reason, loaded ?? brought, on_cpu);
    } finally {
      if (brought) await this.remove(brought.id, `stood in for ${to.id}`);
    }
  }

  private loadedSibling(old: Resident, to: ModelManifest): Resident | null {
    const others = [...this.fleet.residents.values()].filter(
      ({ manifest, fault: found, id }) => siblings(manifest, old.manifest, to) && id !== old.id && !found,
    );
    return others[0] ?? null;
  }

  /** The smallest that fits beside the old model and then beside the new one; null where none does, or it fails. */
  private async bringSibling(old: Resident, to: ModelManifest): Promise<Resident | null> {
    const { ram_mb, ram_mb_max } = this.inventory.budget();
    const free_mb =
      ram_mb_max - ram_mb - Math.max(0, this.catalogue.memoryOf(to).mb - this.inventory.memoryMb(old));
    const mbOf = (manifest: ModelManifest): number => this.catalogue.memoryOf(manifest).mb;
    const [smallest] = this.catalogue.all
      .filter((manifest) => siblings(manifest, old.manifest, to) && sameFace(old.manifest, manifest))
      .sort((a, b) => mbOf(a) - mbOf(b));
    if (!smallest || mbOf(smallest) > free_mb) return null;
    try {
      return (await this.bring(smallest.id, `stands in while ${to.id} is loaded`, 'policy')).resident;
    } catch (thrown) {
      // The history has why. The swap goes on without it, and requests wait.
      if (thrown instanceof SageError) return null;
      throw thrown;
    }
  }
}
