import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { loadConfiguration } from '../../../src/app/config.js';
import { replayInference } from '../../../src/app/replay/inference.js';
import type { InferenceOutputs } from '../../../src/contracts/inference.js';
import { MODELS } from '../../models/fixtures.js';

const CONFIG = join(projectRoot, 'config/robots/tabletop.yaml');

describe('models of a replay', function () {
  this.timeout(240_000);

  it('are those of the configuration, and any other that a plugin asks for', async () => {
    const { parameters } = loadConfiguration([CONFIG]);
    const inference = replayInference(parameters);
    const look = (model: string): Promise<InferenceOutputs> => {
      const data = new Uint8Array(480 * 640 * 3).fill(90);
      const image = { type: 'uint8', dims: [1, 480, 640, 3], data } as const;
      return inference.run({ model, graph: 'encoder', inputs: { image }, fetch: [], keep: ['features'] });
    };
    try {
      inference.warmUp();
      const used = await look(parameters.vision.model);
      const other = await look('vision-refiner-coarse');
      const [first, second] = [used.slots.features!, other.slots.features!];
      expect(first.generation).not.to.equal(second.generation);
      const tensors = [await inference.read(first), await inference.read(second)];
      expect(tensors[0]!.data).not.to.deep.equal(tensors[1]!.data);
      inference.free([first, second]);
      const gone = await inference.read(second).catch((thrown: unknown) => String(thrown));
      expect(gone).to.include('SAGE_511');
      expect(inference.runs).to.equal(2);
      expect(inference.failure).to.equal(null);
    } finally {
      await inference.close();
    }
  });

  it('report how often the model ran for a batch, as a live run does', async () => {
    const { parameters } = loadConfiguration([CONFIG]);
    const models = { ...parameters.models, folder: MODELS };
    const inference = replayInference({ ...parameters, models });
    const item = { x: { type: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) } } as const;
    const runsOf = async (model: string): Promise<number | undefined> =>
      (await inference.run({ model, graph: 'main', inputs: {}, fetch: ['y'], batch: [item, item] })).runs;
    try {
      expect([await runsOf('rows'), await runsOf('log')]).to.deep.equal([1, 2]);
    } finally {
      await inference.close();
    }
  });
});
