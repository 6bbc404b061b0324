import type { AdapterModel, AdapterValue } from '../contracts/adapter.js';
import { SageError } from '../contracts/errors.js';
import type { InferencePort } from '../contracts/inference.js';
import type { AnyIrpPlugin } from '../contracts/irp.js';
import type { Faculty } from '../kernel/faculty.js';
import { type ModelManifest, modalitiesOf } from '../models/index.js';
import { AdapterFaculty, createAdapterPlugin } from '../plugins/adapters/index.js';
import type { Perception } from './perception.js';

/**
 * A model as its adapter sees it.
 * @throws SageError SAGE_517 where the manifest has no adapter, or not exactly one graph with inputs that it can feed.
 */
export function adapterModel(manifest: ModelManifest): AdapterModel {
  const { id, adapter, classes = [], graphs } = manifest;
  if (!adapter) throw new SageError('SAGE_517', id, 'its manifest has no adapter');
  const [[name, graph] = [], ...others] = Object.entries(graphs);
  if (name === undefined || graph === undefined || others.length > 0) {
    throw new SageError('SAGE_517', id, 'an adapter supports only models with one graph');
  }
  const modalities = modalitiesOf(manifest);
  const named = (input: string | undefined) => graph.inputs.find((each) => each.name === input) ?? null;
  const vision = named(modalities.vision);
  const audio = named(modalities.audio);
  const rest = graph.inputs.filter((input) => input !== vision && input !== audio);
  const constants = rest.filter((input) => Object.hasOwn(adapter.constants, input.name));
  const unfed = rest.find((input) => !constants.includes(input));
  if (unfed) {
    const told = `an adapter supplies an image and sound, but nothing for the input "${unfed.name}"`;
    throw new SageError('SAGE_517', id, told);
  }
  const fetch = outputsOf(manifest, graph.outputs);
  const output = graph.outputs.find((each) => each.name === fetch[0])!;
  return { id, adapter, classes, graph: name, vision, audio, constants, output, fetch };
}

/** The outputs that are read, the first one first. @throws SageError SAGE_517 for one that the graph has not */
function outputsOf({ id, adapter }: ModelManifest, outputs: readonly AdapterValue[]): readonly string[] {
  const { boxes, scores, classes, count } = adapter?.heads ?? {};
  const wanted =
    boxes === undefined ? [adapter?.output ?? outputs[0]?.name] : [boxes, scores, classes, count];
  return wanted.flatMap((name) => {
    if (name === undefined || outputs.some((each) => each.name === name)) return name ?? [];
    const names = outputs.map((each) => each.name).join(', ');
    throw new SageError('SAGE_517', id, `it has no output "${name}"; it has ${names}`);
  });
}

/** A user's model with the faculty that ties it to the cycle; the plugin is made where it runs. */
export interface AdapterExtension {
  readonly makePlugin: (inference: InferencePort) => AnyIrpPlugin;
  readonly faculty: Faculty;
}

/**
 * The plugins of the user's models that perception runs, each with the faculty that ties it to the cycle.
 * @throws SageError SAGE_517 for a model that cannot become a plugin.
 */
export function adapterExtensions({ adapters, adapted }: Perception): readonly AdapterExtension[] {
  return adapted.map((manifest) => {
    const model = adapterModel(manifest);
    return {
      makePlugin: (inference) => createAdapterPlugin(model, inference),
      faculty: new AdapterFaculty(model, (given) =>
        adapters.chosen(given).some((choice) => choice.model === model.id),
      ),
    };
  });
}
