import { messageOf, SageError } from '../../contracts/errors.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  createModelHost,
  type Discovery,
  discoverManifests,
  hostRemedy,
  type ModelHost,
  type ModelManifest,
  modelFolder,
  noManifest,
  verifyModel,
} from '../../models/index.js';
import { adapterExtensions } from '../adapters.js';
import { modelsInUse } from '../model-demand.js';
import { perceptionOf } from '../perception.js';
import { type Check, failed, ok } from './check.js';

/** Time for a model host to come up, ms. */
const LOAD_MS = 20_000;

/** Whether the models of the folder are sound, those are there that the configuration uses, and adapters fit. */
export async function modelChecks(parameters: Parameters): Promise<Check[]> {
  const folder = modelFolder(parameters.models.folder);
  const discovery = discoverManifests(folder);
  const { manifests, faults } = discovery;
  const verified = await Promise.all(
    manifests.map(async (manifest): Promise<Check> => {
      const [fault] = await verifyModel(folder, manifest);
      if (fault) return failed('model', fault, `${manifest.id}: `);
      return ok('model', `${manifest.id}: all files match the manifest`);
    }),
  );
  const broken = faults.map((fault) => failed('model', fault));
  // What is unusable because of a broken manifest was reported with it.
  const uses = useChecks(parameters, folder, discovery).filter(
    ({ name, found }) =>
      !faults.some(({ code, where }) => name === 'model' && found.includes(`${code} ${where}`)),
  );
  return [...verified, ...broken, ...uses];
}

/** What the configuration asks of the models, where something of it cannot be had. */
function useChecks(parameters: Parameters, folder: string, discovery: Discovery): Check[] {
  try {
    for (const { makePlugin } of adapterExtensions(perceptionOf(parameters))) makePlugin(NO_MODELS);
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return [failed('model', thrown.toFault())];
  }
  return modelsInUse(parameters)
    .filter((id) => !discovery.manifests.some((manifest) => manifest.id === id))
    .map((id) => {
      const { code, where, detail } = noManifest(folder, id, discovery);
      return failed('model', new SageError(code, where, `${detail}; the configuration uses it`).toFault());
    });
}

/** A plugin that is made to see whether it can be made runs nothing. */
const refuse = (): never => {
  throw new SageError('SAGE_504', 'model host', 'none found');
};
const NO_MODELS: InferencePort = { run: refuse, read: refuse, free: () => undefined };

/**
 * Whether a model host comes up, which execution providers its runtime knows, and, where others than the CPU are
 * wanted, on which one a model really runs.
 */
export async function hostCheck(parameters: Parameters['models']): Promise<Check> {
  const wanted = parameters.providers.filter((provider) => provider !== 'cpu');
  const manifests = wanted.length === 0 ? [] : smallest(parameters);
  const host = createModelHost({ parameters: { ...parameters, load_timeout_ms: LOAD_MS }, manifests });
  try {
    // One that cannot live is started again and again; what is asked of it then is why it was lost.
    const lost = host.stats().then(
      () => '',
      (thrown: unknown) => messageOf(thrown),
    );
    const failure = await Promise.race([host.ready().then(() => ''), lost]);
    const remedy = hostRemedy(parameters);
    if (failure !== '') return { name: 'model host', level: 'fail', found: failure, remedy };
    await host.ready();
    return providerCheck(host, wanted);
  } finally {
    await host.close();
  }
}

/** The model whose files are smallest: any will do to try a provider with. */
function smallest({ folder }: Parameters['models']): readonly ModelManifest[] {
  const bytesOf = ({ files }: ModelManifest): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { manifests } = discoverManifests(modelFolder(folder));
  return [...manifests].sort((a, b) => bytesOf(a) - bytesOf(b)).slice(0, 1);
}

function providerCheck(host: ModelHost, wanted: readonly string[]): Check {
  const { runtime, providers, models } = host.health();
  const knows = `${runtime}; knows ${providers.join(', ')}`;
  const [tried] = models;
  const [graph] = tried?.graphs ?? [];
  if (!graph?.provider) return ok('model host', knows);
  const found = `${knows}; ${tried?.id} runs on ${graph.provider}`;
  if (wanted.length === 0 || graph.provider === wanted[0]) return ok('model host', found);
  const reasons = graph.refused.map(
    ({ provider, reason }) => `${provider}: ${reason.split('\n')[0]?.slice(0, 160)}`,
  );
  const remedy = `models.providers prefers another one; refused: ${reasons.join('; ')}`;
  return { name: 'model host', level: 'warn', found, remedy };
}
