import {
  BLOCK_TYPES,
  createModelManager,
  createPerceptionBlock,
  discoverManifests,
  MODALITIES,
  modelFolder,
} from '../../models/index.js';
import { EXIT, print, printJson } from '../output.js';
import { type ModelsOptions, modelSettings } from './models-options.js';
import { table } from './models-text.js';

/** `sage models blocks`: what the models of the folder could perceive, as one model, as one each, and as both. */
export async function listBlocks(options: ModelsOptions): Promise<number> {
  const parameters = { ...modelSettings(options), pinned: [] };
  const { manifests } = discoverManifests(modelFolder(parameters.folder));
  // It uses nothing, so it starts no host: it is asked what models take.
  const manager = createModelManager({ parameters, used: [] });
  try {
    const rows = BLOCK_TYPES.map((type) => {
      const block = createPerceptionBlock(type, manager, manifests);
      const modalities = MODALITIES.filter((modality) => block.supports(modality));
      return { type, modalities, models: block.models, memory_mb: block.estimatedMemory_mb() };
    });
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
