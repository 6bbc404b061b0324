import { expect } from 'chai';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { createModelManager, type ModelManager } from '../../../src/models/index.js';
import { createVisionPlugin } from '../../../src/plugins/vision/index.js';
import { cube, lookAt, render } from '../../plugins/vision/synthetic.js';

describe('the members of the family vision, swapped under a refinement', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  const parameters = defaultParameters();
  const { task } = render({
    pose: lookAt([0.3, 0, 0.02], 0.95, 55, 15),
    boxes: [cube(0.3, 0.1, 0.3), cube(0.33, -0.08, -0.2, [40, 90, 205])],
    table: [140, 135, 130],
    blurs: 1,
  });
  const context = (step_idx = 0) => ({ step_idx, random: () => 0, signal: new AbortController().signal });
  let manager: ModelManager;

  beforeEach(async () => {
    const models = { ...parameters.models, probe_file: '/nonexistent', timeout_ms: 30_000 };
    manager = createModelManager({ parameters: models, used: [parameters.vision.model] });
    await manager.ready();
  });
  afterEach(() => manager.close());

  it('restart it, since their grids differ, and say so; the refinement still reaches an answer', async () => {
    const plugin = createVisionPlugin({ inference: manager, parameters });
    const state = await plugin.step(await plugin.initState(task, context()), context(1));
    const there = await manager.swap('vision-refiner', 'vision-refiner-coarse', 'to see');
    expect(there).to.include({ fault: null, carried: 0 });
    expect(there.reason).to.match(
      /^to see; running refinements restart: it carries \S+48x64 and not \S+60x80$/,
    );
    const coarse = await plugin.step(state, context(2));
    expect(coarse.energy, 'it sees something').to.be.below(1);
    const back = await manager.swap('vision-refiner', 'vision-refiner', 'and back');
    expect(back.reason).to.contain('restart');
    const fine = await plugin.step(coarse, context(3));
    expect(plugin.answer(fine)).to.deep.equal(plugin.answer(state), 'the first step of the same model');
    plugin.dispose!(fine);
    expect(manager.health().slots, 'nothing is left behind').to.equal(0);
    const idle = await manager.swap('vision-refiner', 'vision-refiner-coarse', 'with nothing under way');
    expect(idle.reason).to.equal('with nothing under way');
  });
});
