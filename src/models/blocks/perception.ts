import { SageError } from '../../contracts/errors.js';
import { MODALITIES, type Modality } from '../../contracts/modality.js';
import type { ModelManager } from '../manager/types.js';
import { type ModelManifest, modalitiesOf } from '../manifest.js';

/** One model for everything, one model per modality, or the first where it can and the second elsewhere (seeds/001 §1). */
export const BLOCK_TYPES = ['MONOLITHIC', 'MODULAR', 'HYBRID'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

/** A model as a block sees it. */
export interface Perceiver {
  readonly id: string;
  /** Per graph that takes any: the modalities that it needs together. */
  readonly takes: readonly (readonly Modality[])[];
  readonly capabilities: readonly string[];
}

/** A capability with the models behind it (seeds/001 §1.1). */
export interface CapabilityBlock {
  readonly type: BlockType;
  /** Ids of the models that it may run. */
  readonly models: readonly string[];
  /** Tags of all of its models, sorted. */
  capabilities(): readonly string[];
  supports(modality: Modality): boolean;
  /** The models that run when these modalities are there, and on which of them each. */
  chosen(given: readonly Modality[]): readonly Choice[];
  /** Memory of all of its models, MB: of loaded ones as it is, else as measured on this machine, else an estimate. */
  estimatedMemory_mb(manager: Pick<ModelManager, 'list'>): number;
  load(manager: Pick<ModelManager, 'load'>): Promise<void>;
  unload(manager: Pick<ModelManager, 'unload'>): Promise<void>;
}

export interface Choice {
  readonly model: string;
  readonly modalities: readonly Modality[];
}

/** What a manifest says of the modalities of its model. */
export function perceiverOf(manifest: ModelManifest): Perceiver {
  const own = modalitiesOf(manifest);
  const takes = Object.values(manifest.graphs).map(({ inputs }) =>
    MODALITIES.filter((modality) => inputs.some(({ name }) => name === own[modality])),
  );
  const { id, capabilities = [] } = manifest;
  return { id, takes: takes.filter((graph) => graph.length > 0), capabilities };
}

const allOf = ({ takes }: Perceiver): readonly Modality[] =>
  MODALITIES.filter((modality) => takes.some((graph) => graph.includes(modality)));

/** What a model can do with what is there: the modalities of those graphs that get all that they need. */
const covered = ({ takes }: Perceiver, given: readonly Modality[]): readonly Modality[] =>
  MODALITIES.filter((modality) =>
    takes.some((graph) => graph.includes(modality) && graph.every((each) => given.includes(each))),
  );

class PerceptionBlock implements CapabilityBlock {
  /** The model with the most modalities, two at least. */
  private readonly whole: Perceiver | null;
  /** Models of one modality. */
  private readonly parts: readonly Perceiver[];

  constructor(
    readonly type: BlockType,
    perceivers: readonly Perceiver[],
  ) {
    const wholes = perceivers.filter((each) => allOf(each).length > 1);
    const most = Math.max(...wholes.map((each) => allOf(each).length));
    this.whole = type === 'MODULAR' ? null : (wholes.find((each) => allOf(each).length === most) ?? null);
    this.parts = type === 'MONOLITHIC' ? [] : perceivers.filter((each) => allOf(each).length === 1);
  }

  get models(): readonly string[] {
    return this.members.map(({ id }) => id);
  }

  capabilities(): readonly string[] {
    return [...new Set(this.members.flatMap(({ capabilities }) => capabilities))].sort();
  }

  supports(modality: Modality): boolean {
    return this.members.some((each) => allOf(each).includes(modality));
  }

  /** The whole on all that it can take; the parts on what it leaves. */
  chosen(given: readonly Modality[]): readonly Choice[] {
    const { whole } = this;
    const taken = whole === null ? [] : covered(whole, given);
    const left = given.filter((modality) => !taken.includes(modality));
    const parts = this.parts.map((part) => ({ model: part.id, modalities: covered(part, left) }));
    const all = whole === null ? parts : [{ model: whole.id, modalities: taken }, ...parts];
    return all.filter(({ modalities }) => modalities.length > 0);
  }

  estimatedMemory_mb(manager: Pick<ModelManager, 'list'>): number {
    const { models } = this;
    const own = manager.list().filter(({ id }) => models.includes(id));
    return own.reduce((sum, { memory_mb }) => sum + memory_mb, 0);
  }

  async load(manager: Pick<ModelManager, 'load'>): Promise<void> {
    for (const id of this.models) await manager.load(id, `${this.type} perception`);
  }

  async unload(manager: Pick<ModelManager, 'unload'>): Promise<void> {
    for (const id of this.models) await manager.unload(id, `${this.type} perception`);
  }

  private get members(): readonly Perceiver[] {
    return this.whole === null ? this.parts : [this.whole, ...this.parts];
  }
}

/** Perception over these models. One that takes nothing of what is perceived is left out. */
export function createPerceptionBlock(type: BlockType, perceivers: readonly Perceiver[]): CapabilityBlock {
  return new PerceptionBlock(type, perceivers);
}

/**
 * Sees to it that a model has the graphs that a plugin runs.
 * @throws SageError SAGE_515
 */
export function requireGraphs(manifest: ModelManifest, plugin: string, graphs: readonly string[]): void {
  const missing = graphs.filter((name) => !Object.hasOwn(manifest.graphs, name));
  if (missing.length === 0) return;
  const own = Object.keys(manifest.graphs).join(', ');
  throw new SageError('SAGE_515', manifest.id, `${plugin} runs ${missing.join(', ')}, it has ${own}`);
}
