import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import type { ModelManager } from '../manager/types.js';
import type { ModelManifest } from '../manifest.js';

/** One model for everything, one model per modality, or the first where it can and the second elsewhere (seeds/001 §1). */
export const BLOCK_TYPES = ['MONOLITHIC', 'MODULAR', 'HYBRID'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

export const MODALITIES = ['vision', 'audio', 'text'] as const;
export type Modality = (typeof MODALITIES)[number];

/** What was perceived, and by which model. */
export interface Percept {
  readonly model: string;
  /** The modalities that went into it. */
  readonly modalities: readonly Modality[];
  /** First output of the model. */
  readonly output: Tensor;
}

/** A capability with the models behind it, which are loaded and unloaded together. */
export interface CapabilityBlock {
  readonly type: BlockType;
  /** Ids of the models that it may run. */
  readonly models: readonly string[];
  /** Tags of all of its models, sorted. */
  capabilities(): readonly string[];
  supports(modality: Modality): boolean;
  /** Memory of all of its models, MB: as measured on this machine, else an estimate. */
  estimatedMemory_mb(): number;
  load(): Promise<void>;
  unload(): Promise<void>;
  /**
   * One percept per model that had something to look at. Rejects with SAGE_508 for a modality that it does not support,
   * and as InferencePort.run does.
   */
  perceive(inputs: Partial<Readonly<Record<Modality, Tensor>>>): Promise<readonly Percept[]>;
}

type Models = Pick<ModelManager, 'run' | 'load' | 'unload' | 'list'>;

const modalitiesOf = (manifest: ModelManifest): Modality[] =>
  MODALITIES.filter((modality) => manifest.modalities?.[modality] !== undefined);

/** The model with the most modalities, two at least. */
function monolith(manifests: readonly ModelManifest[]): ModelManifest | null {
  const all = manifests.filter((manifest) => modalitiesOf(manifest).length > 1);
  return all.sort((a, b) => modalitiesOf(b).length - modalitiesOf(a).length)[0] ?? null;
}

/** For each modality the first model that has it alone. */
function modules(manifests: readonly ModelManifest[]): ModelManifest[] {
  return MODALITIES.flatMap(
    (modality) =>
      manifests.find((manifest) => {
        const own = modalitiesOf(manifest);
        return own.length === 1 && own[0] === modality;
      }) ?? [],
  );
}

class PerceptionBlock implements CapabilityBlock {
  readonly models: readonly string[];
  private readonly whole: ModelManifest | null;
  private readonly parts: readonly ModelManifest[];

  constructor(
    readonly type: BlockType,
    private readonly manager: Models,
    manifests: readonly ModelManifest[],
  ) {
    this.whole = type === 'MODULAR' ? null : monolith(manifests);
    this.parts = type === 'MONOLITHIC' ? [] : modules(manifests);
    this.models = this.manifests.map(({ id }) => id);
  }

  capabilities(): readonly string[] {
    return [...new Set(this.manifests.flatMap(({ capabilities = [] }) => capabilities))].sort();
  }

  supports(modality: Modality): boolean {
    return this.manifests.some((manifest) => modalitiesOf(manifest).includes(modality));
  }

  estimatedMemory_mb(): number {
    const own = this.manager.list().filter(({ id }) => this.models.includes(id));
    return own.reduce((sum, { memory_mb }) => sum + memory_mb, 0);
  }

  async load(): Promise<void> {
    for (const id of this.models) await this.manager.load(id, `${this.type} perception`);
  }

  async unload(): Promise<void> {
    for (const id of this.models) await this.manager.unload(id, `${this.type} perception`);
  }

  async perceive(inputs: Partial<Readonly<Record<Modality, Tensor>>>): Promise<readonly Percept[]> {
    const given = MODALITIES.filter((modality) => inputs[modality] !== undefined);
    const chosen = this.choose(given);
    const missing = given.find(
      (modality) => !chosen.some((manifest) => modalitiesOf(manifest).includes(modality)),
    );
    if (missing !== undefined) {
      const told = this.supports(missing)
        ? 'its model needs the other modalities with it'
        : 'no model of it takes this';
      throw new SageError('SAGE_508', `${this.type} perception, ${missing}`, told);
    }
    return Promise.all(chosen.map((manifest) => this.run(manifest, inputs)));
  }

  private get manifests(): readonly ModelManifest[] {
    return this.whole === null ? this.parts : [this.whole, ...this.parts];
  }

  /** The whole where everything that it takes is there; of the parts those whose modality it does not cover. */
  private choose(given: readonly Modality[]): readonly ModelManifest[] {
    const { whole } = this;
    const all = whole !== null && modalitiesOf(whole).every((modality) => given.includes(modality));
    const covered = all && whole !== null ? modalitiesOf(whole) : [];
    const left = this.parts.filter((part) =>
      modalitiesOf(part).every((modality) => given.includes(modality) && !covered.includes(modality)),
    );
    return all && whole !== null ? [whole, ...left] : left;
  }

  private async run(
    manifest: ModelManifest,
    inputs: Partial<Readonly<Record<Modality, Tensor>>>,
  ): Promise<Percept> {
    const [[graph, { outputs }] = ['', { outputs: [] }]] = Object.entries(manifest.graphs);
    const modalities = modalitiesOf(manifest);
    const feeds = modalities.flatMap((modality) => {
      const [name, tensor] = [manifest.modalities?.[modality], inputs[modality]];
      return name !== undefined && tensor ? [[name, tensor] as const] : [];
    });
    const name = outputs[0]?.name ?? '';
    const { tensors } = await this.manager.run({
      model: manifest.id,
      graph,
      inputs: Object.fromEntries(feeds),
      fetch: [name],
    });
    const output = tensors[name];
    if (!output) throw new SageError('SAGE_508', manifest.id, `it gave no output "${name}"`);
    return { model: manifest.id, modalities, output };
  }
}

/** Perception over the models whose manifests say which input takes which modality. */
export function createPerceptionBlock(
  type: BlockType,
  manager: Models,
  manifests: readonly ModelManifest[],
): CapabilityBlock {
  return new PerceptionBlock(type, manager, manifests);
}
