import { expect } from 'chai';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { demandOf, modelsInUse } from '../../src/app/model-demand.js';
import { tabletopConfig } from '../../src/app/paths.js';
import { createModelManager, type ModelEvent, type ModelManager } from '../../src/models/index.js';

const TIME_MAX_S = 90;
/** Longer than two loads take where a cycle takes its real time, in cycles. */
const CYCLES_MAX = 3000;
const GOVERN_EVERY = 5;

/** The node's way with its models, on the simulated table: the mind says what it needs, the manager swaps. */
describe('the whole, simulated: models are swapped by the task', function () {
  this.timeout(240_000);
  let manager: ModelManager;
  const swaps: ModelEvent[] = [];

  before(async () => {
    const { models } = loadParameters([tabletopConfig()]);
    manager = createModelManager({
      parameters: {
        ...models,
        probe_file: '/nonexistent',
        complexity_swap: true,
        complexity_fall_s: 2,
        dwell_s: 0.2,
      },
      used: modelsInUse(loadParameters([tabletopConfig()])),
      onModel: (event) => event.kind === 'swap' && swaps.push(event),
    });
    await manager.ready();
  });
  after(() => manager.close());

  it('watches with the coarse model, picks with the fine one, and the picks succeed', async () => {
    const parameters = loadParameters([tabletopConfig()]);
    let cycle = 0;
    const simulated: SimulatedRun = new SimulatedRun(
      11,
      parameters,
      manager,
      () => {},
      (effects) => {
        cycle += 1;
        if (cycle % GOVERN_EVERY === 0) manager.govern(demandOf(effects, simulated.kernel.mind.situation));
      },
    );
    const untilSwapped = async (count: number): Promise<void> => {
      for (let i = 0; i < CYCLES_MAX && swaps.length < count; i++) {
        await simulated.advance(0.05);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(swaps).to.have.length.at.least(count);
    };
    await untilSwapped(1);
    expect(swaps[0]).to.include({ model: 'vision-refiner-coarse', replaced: 'vision-refiner', fault: null });
    expect(swaps[0]!.reason).to.match(/^complexity 0\.\d\d \(.+\), vision-refiner-coarse is good for 0\.80$/);
    const outcome = await simulated.pursue('pick up the red block', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
    await untilSwapped(2);
    expect(swaps[1]).to.include({ model: 'vision-refiner', replaced: 'vision-refiner-coarse', fault: null });
    expect(swaps[1]!.reason).to.contain('to pick needs exact places');
    expect((await manager.list()).find(({ id }) => id === 'vision-refiner')?.state).to.equal('ready');
  });
});
