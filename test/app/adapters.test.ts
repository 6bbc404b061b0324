import { expect } from 'chai';
import { adapterExtensions } from '../../src/app/adapters.js';
import { composeMind } from '../../src/app/compose.js';
import { modelsInUse } from '../../src/app/model-demand.js';
import type { Effects } from '../../src/contracts/effects.js';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import { createJobRunner } from '../../src/irp/index.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';
import { createModelManager, type ModelManager } from '../../src/models/index.js';
import { hostParameters, MODELS, thrownCode } from '../models/fixtures.js';

const CYCLE_MS = 50;
const [ROWS, COLUMNS] = [12, 16];

function parametersWith(adapters: string[]): Parameters {
  const parameters = defaultParameters();
  Object.assign(parameters.models, hostParameters(), {
    folder: MODELS,
    adapters,
    probe_file: '/nonexistent',
  });
  return parameters;
}

/** The mind with a camera of one colour; each cycle waits until the refinements have gone on. */
class Loop {
  private readonly kernel;
  private readonly runner;
  private readonly buffers = new LatestBuffers();
  private now_ms = 1e6;

  constructor(parameters: Parameters, inference: ModelManager) {
    const { kernel, plugins } = composeMind(parameters, inference);
    this.kernel = kernel;
    const machine = {
      cpuNow_ms: () => performance.now(),
      yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    this.runner = createJobRunner(plugins, machine);
  }

  async cycle(rgb: readonly number[]): Promise<Effects> {
    const [width, height] = [64, 48];
    const data = new Uint8Array(width * height * 3).map((_, index) => rgb[index % 3]!);
    this.now_ms += CYCLE_MS;
    const stamp_ms = this.now_ms;
    this.buffers.put({
      kind: 'camera',
      source: 'camera',
      stamp_ms,
      received_ms: stamp_ms,
      frame: { width, height, step: width * 3, encoding: 'rgb8', data, frame_id: '' },
      // The grid of the camera block shows no colour here, so what is noticed was noticed by the model.
      embedding: new Float32Array(ROWS * COLUMNS * 3).fill(0.5),
      grid: { rows: ROWS, columns: COLUMNS, channels: 3 },
    });
    const effects = this.kernel.cycle({
      drained: this.buffers.drain(),
      now_ms: stamp_ms,
      reports: this.runner.drain(),
    });
    for (const command of effects.jobs) this.runner.submit(command);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return effects;
  }
}

describe('app/adapters', function () {
  this.timeout(60_000);

  it('has a model of the user in the loop by configuration alone: what it sees becomes salient', async () => {
    const parameters = parametersWith(['zoo-classify']);
    expect(modelsInUse(parameters)).to.include('zoo-classify');
    const manager = createModelManager({ parameters: parameters.models, used: ['zoo-classify'] });
    try {
      await manager.ready();
      const loop = new Loop(parameters, manager);
      const salienceOf = (effects: Effects) =>
        effects.salience.find(({ source }) => source === 'zoo-classify');
      let before = 0;
      let answers = 0;
      for (let i = 0; i < 150; i++) {
        const effects = await loop.cycle([200, 30, 20]);
        answers += effects.telemetry.filter(({ plugin }) => plugin === 'zoo-classify').length;
        before = salienceOf(effects)?.surprise ?? before;
      }
      expect(answers, 'it is refined as any plugin').to.be.above(5);
      expect(before, 'red again is no surprise').to.be.below(0.3);
      let after = 0;
      for (let i = 0; i < 20; i++)
        after = Math.max(after, salienceOf(await loop.cycle([20, 30, 200]))?.surprise ?? 0);
      expect(after, 'blue is').to.be.above(before + 0.3);
    } finally {
      await manager.close();
    }
  });

  it('names a model that is not there, or that cannot become a plugin', () => {
    expect(thrownCode(() => adapterExtensions(parametersWith(['none'])))).to.equal('SAGE_512');
    expect(thrownCode(() => adapterExtensions(parametersWith(['toy-vision'])))).to.equal('SAGE_517');
    expect(adapterExtensions(parametersWith([]))).to.deep.equal([]);
  });
});
