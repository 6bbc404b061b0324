import { SageError } from '../contracts/errors.js';
import type { Parameters } from '../contracts/parameters/index.js';
import {
  BLOCK_TYPES,
  type BlockType,
  type CapabilityBlock,
  createPerceptionBlock,
  type Discovery,
  discoverManifests,
  type ModelManifest,
  modelFolder,
  noManifest,
  type Perceiver,
  perceiverOf,
  requireGraphs,
} from '../models/index.js';

/** The graphs of a model that our own plugins run, by modality. */
const GRAPHS = { vision: ['encoder', 'refine'], text: ['step'] } as const;

/** What perceives in this configuration: the blocks, and which models the plugins get from them. */
export interface Perception {
  /** What the vision and the language plugin run. */
  readonly refiners: CapabilityBlock;
  /** The models of the user. */
  readonly adapters: CapabilityBlock;
  /** Manifests of what `adapters` may run, in its order. */
  readonly adapted: readonly ModelManifest[];
  /** The model that looks, and the one that reads. */
  readonly model: Readonly<Record<keyof typeof GRAPHS, string>>;
}

export type PerceptionParameters = Pick<Parameters, 'perception' | 'vision' | 'language' | 'models'>;

/** The block that the configuration asks for. */
const blockTypeOf = ({ perception }: Pick<Parameters, 'perception'>): BlockType =>
  BLOCK_TYPES.find((type) => type.toLowerCase() === perception.block) ?? 'MODULAR';

/**
 * Asks the blocks which models the plugins run. What the configuration names for one modality needs no manifest here:
 * that it is missing shows in the node's health, and in the failing refinement.
 * @throws SageError SAGE_512 for an id without a manifest, SAGE_515 for a model for several modalities that lacks the
 * graphs of a plugin, SAGE_517 where a model of the user has no adapter, or none of them fits the block.
 */
export function perceptionOf(parameters: PerceptionParameters): Perception {
  const type = blockTypeOf(parameters);
  const manifests = new Manifests(parameters.models.folder);
  const own: Perceiver[] = [
    { id: parameters.vision.model, takes: [['vision']], capabilities: ['vision'] },
    { id: parameters.language.model, takes: [['text']], capabilities: ['language'] },
  ];
  const whole =
    type === 'MODULAR' ? null : manifests.require(parameters.perception.model, 'perception.model');
  const refiners = createPerceptionBlock(type, [...(whole ? [perceiverOf(whole)] : []), ...own]);
  const modelFor = (modality: keyof typeof GRAPHS): string => {
    const [choice] = refiners.chosen([modality]);
    if (!choice) {
      const told = `${type} perception: it takes no ${modality}; HYBRID would run a separate model for that`;
      throw new SageError('SAGE_515', parameters.perception.model, told);
    }
    if (choice.model === whole?.id) requireGraphs(whole, modality, GRAPHS[modality]);
    return choice.model;
  };
  const named = parameters.models.adapters.map((id) => manifests.require(id, 'models.adapters'));
  const plain = named.find(({ adapter }) => !adapter);
  if (plain) throw new SageError('SAGE_517', plain.id, 'its manifest has no adapter');
  const adapters = createPerceptionBlock(type, named.map(perceiverOf));
  const adapted = named.filter(({ id }) => adapters.models.includes(id));
  if (named.length > 0 && adapted.length === 0) {
    const told =
      type === 'MODULAR'
        ? 'MODULAR perception needs models of a single modality; each of these takes several or none'
        : 'MONOLITHIC perception needs a model of several modalities; none of these is one';
    throw new SageError('SAGE_517', `models.adapters ${parameters.models.adapters.join(', ')}`, told);
  }
  return { refiners, adapters, adapted, model: { vision: modelFor('vision'), text: modelFor('text') } };
}

/** The manifests of the folder, read when the first is asked for. */
class Manifests {
  private read: Discovery | null = null;

  constructor(private readonly folder: string) {}

  /** @throws SageError SAGE_512, or why its manifest cannot be used: SAGE_503, SAGE_501 */
  require(id: string, named_by: string): ModelManifest {
    const folder = modelFolder(this.folder);
    this.read ??= discoverManifests(folder);
    const manifest = this.read.manifests.find((each) => each.id === id);
    if (manifest) return manifest;
    const why = noManifest(folder, id, this.read);
    throw new SageError(why.code, why.where, `${why.detail}; ${named_by} names it`);
  }
}
