import { expect } from 'chai';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import type { SeenObject } from '../../../src/contracts/vision.js';
import { createModelHost, type ModelHost, modelFolder } from '../../../src/models/index.js';
import { createVisionPlugin } from '../../../src/plugins/vision/index.js';
import { TabletopWorld } from '../../../src/sim/world.js';
import { taskOf } from './rendered.js';

const FRAMES = 5;
const STEPS = 3;

/** The shipped model, which has never seen the simulated table, on that table, through the host. */
describe('plugins/vision on the simulated table', function () {
  // Real inference on a machine that may be busy.
  this.timeout(240_000);
  const parameters = defaultParameters();
  let host: ModelHost;
  before(async () => {
    const folder = modelFolder(parameters.models.folder);
    host = createModelHost({ parameters: { ...parameters.models, folder, nice: 0, timeout_ms: 9000 } });
    await host.ready();
  });
  after(() => host.close());

  it('finds, names and places the blocks well enough for a gripper', async () => {
    const plugin = createVisionPlugin({ inference: host, parameters });
    const context = { step_idx: 0, random: () => 0.5, signal: new AbortController().signal };
    const errors: number[] = [];
    let [blocks, found, named] = [0, 0, 0];
    for (let seed = 1; seed <= FRAMES; seed++) {
      const world = new TabletopWorld({ seed });
      const task = taskOf(world);
      let state = await plugin.initState(task, context);
      const before = plugin.energy(state);
      for (let k = 0; k < STEPS; k++) state = await plugin.step(state, context);
      expect(plugin.energy(state), 'it knows more than nothing').to.be.below(before / 2);
      const { objects, robot_share } = plugin.answer(state);
      plugin.dispose?.(state);
      expect(robot_share, 'the arm is in the picture').to.be.within(0.01, 0.5);
      for (const block of world.truth().blocks) {
        blocks += 1;
        const apart = (seen: SeenObject): number =>
          Math.hypot(seen.position_m[0] - block.position_m[0], seen.position_m[1] - block.position_m[1]);
        const nearest = [...objects].sort((a, b) => apart(a) - apart(b))[0];
        if (!nearest || apart(nearest) > 0.03) continue;
        found += 1;
        errors.push(apart(nearest));
        if (nearest.colour === block.colour) named += 1;
      }
    }
    expect(found / blocks, 'found').to.be.at.least(0.9);
    expect(named / found, 'named').to.be.at.least(0.95);
    errors.sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length * 0.9)], 'm, nine of ten').to.be.below(0.006);
    expect((await host.stats()).slots).to.equal(0);
  });
});
