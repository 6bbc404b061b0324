import type { AdapterModel } from '../contracts/adapter.js';
import { SageError } from '../contracts/errors.js';
import type { InferencePort } from '../contracts/inference.js';
import type { AnyIrpPlugin } from '../contracts/irp.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Faculty } from '../kernel/faculty.js';
import { discoverManifests, type ModelManifest, modelFolder } from '../models/index.js';
import { AdapterFaculty, createAdapterPlugin } from '../plugins/adapters/index.js';

/**
 * A model as its adapter sees it.
 * @throws SageError SAGE_517 where the manifest has no adapter, or not exactly one graph with one input.
 */
export function adapterModel(manifest: ModelManifest): AdapterModel {
  const { id, adapter, classes = [], graphs } = manifest;
  if (!adapter) throw new SageError('SAGE_517', id, 'its manifest has no adapter');
  const [[name, graph] = [], ...others] = Object.entries(graphs);
  if (name === undefined || graph === undefined || others.length > 0) {
    throw new SageError('SAGE_517', id, 'an adapter runs a model of one graph');
  }
  const [input, ...further] = graph.inputs;
  const [output] = graph.outputs;
  if (!input || !output || further.length > 0) {
    throw new SageError('SAGE_517', id, `an adapter feeds one input, the graph has ${graph.inputs.length}`);
  }
  return { id, adapter, classes, graph: name, input, output };
}

/** A user's model with the faculty that ties it to the cycle; the plugin is made where it runs. */
export interface AdapterExtension {
  readonly makePlugin: (inference: InferencePort) => AnyIrpPlugin;
  readonly faculty: Faculty;
}

/**
 * The plugins that `models.adapters` names: each a model of the user's with the faculty that ties it to the cycle.
 * @throws SageError SAGE_512 for an id without a manifest, SAGE_517 for a model that cannot become a plugin.
 */
export function adapterExtensions({ models }: Pick<Parameters, 'models'>): readonly AdapterExtension[] {
  if (models.adapters.length === 0) return [];
  const folder = modelFolder(models.folder);
  const { manifests } = discoverManifests(folder);
  return models.adapters.map((id) => {
    const manifest = manifests.find((each) => each.id === id);
    if (!manifest)
      throw new SageError(
        'SAGE_512',
        id,
        `models.adapters names it, and ${folder} has no manifest of this id`,
      );
    const model = adapterModel(manifest);
    return {
      makePlugin: (inference) => createAdapterPlugin(model, inference),
      faculty: new AdapterFaculty(model),
    };
  });
}
