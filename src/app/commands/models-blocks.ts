import { MODALITIES } from '../../contracts/modality.js';
import {
  BLOCK_TYPES,
  createModelManager,
  createPerceptionBlock,
  discoverManifests,
  type ModelManifest,
  modelFolder,
  perceiverOf,
} from '../../models/index.js';
import { EXIT, print, printJson } from '../output.js';
import { type ModelsOptions, modelSettings } from './models-options.js';
import { table } from './models-text.js';

export interface BlocksOptions extends ModelsOptions {
  /** Load each block, and say what memory it really takes. */
  readonly load?: boolean;
}

/** `sage models blocks`: what the models of the folder could perceive, as one model, as one each, and as both. */
export async function listBlocks(options: BlocksOptions): Promise<number> {
  const parameters = { ...modelSettings(options), pinned: [] };
  const { manifests } = discoverManifests(modelFolder(parameters.folder));
  const perceivers = firstOfFamilies(manifests).map(perceiverOf);
  // It uses nothing, so it starts no host unasked: it tells what models take.
  const manager = createModelManager({ parameters, used: [] });
  try {
    const rows = [];
    for (const type of BLOCK_TYPES) {
      const block = createPerceptionBlock(type, perceivers);
      const modalities = MODALITIES.filter((modality) => block.supports(modality));
      if (options.load) await block.load(manager);
      const memory_mb = block.estimatedMemory_mb(manager);
      if (options.load) await block.unload(manager);
      rows.push({ type, modalities, models: block.models, memory_mb, measured: options.load ?? false });
    }
    if (options.json) printJson({ blocks: rows });
    else {
      const words = (list: readonly string[]): string => list.join(', ') || '–';
      const texts = rows.map((row) => [
        row.type,
        words(row.modalities),
        words(row.models),
        `${row.memory_mb.toFixed(0)} MB`,
      ]);
      print(table(['perception', 'modalities', 'models', 'memory'], texts));
    }
    return EXIT.done;
  } finally {
    await manager.close();
  }
}

/** Of each family the member that is good for most: one of them runs at a time. */
function firstOfFamilies(manifests: readonly ModelManifest[]): readonly ModelManifest[] {
  const good = ({ complexity_max = 1 }: ModelManifest): number => complexity_max;
  return manifests.filter((each) =>
    manifests.every(
      (other) =>
        other === each ||
        other.family === undefined ||
        other.family !== each.family ||
        good(other) < good(each),
    ),
  );
}
