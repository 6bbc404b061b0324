import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { demandOf, modelsInUse } from '../../src/app/model-demand.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import {
  createModelManager,
  type ModelEvent,
  type ModelManager,
  modelFolder,
  readManifest,
} from '../../src/models/index.js';
import { patient } from './models.js';

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
        ...patient(models),
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
    expect(swaps[0]!.reason).to.match(
      /^complexity 0\.\d\d \(.+\), vision-refiner-coarse is good for 0\.80(;|$)/,
    );
    const outcome = await simulated.pursue('pick up the red block', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
    await untilSwapped(2);
    expect(swaps[1]).to.include({ model: 'vision-refiner', replaced: 'vision-refiner-coarse', fault: null });
    expect(swaps[1]!.reason).to.contain('"pick" needs precise positions');
    expect((await manager.list()).find(({ id }) => id === 'vision-refiner')?.state).to.equal('ready');
  });
});

const SECOND = 'vision-second';

/** What an operator does with the models of a robot at work: nothing of it may cost a pick. */
describe('the whole, simulated: models come, change places and go while the arm works', function () {
  this.timeout(240_000);
  let folder = '';
  let manager: ModelManager;
  const swaps: ModelEvent[] = [];
  const parameters = loadParameters([tabletopConfig()]);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sage-swap-'));
    cpSync(modelFolder(parameters.models.folder), folder, { recursive: true });
    Object.assign(parameters.models, { folder, probe_file: '/nonexistent' });
    manager = createModelManager({
      parameters: patient(parameters.models),
      used: modelsInUse(parameters),
      onModel: (event) => event.kind === 'swap' && swaps.push(event),
    });
    await manager.ready();
  });
  after(async () => {
    await manager.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('hands refinements over from one version to the next, dropped in meanwhile, and needs no file once it is loaded', async () => {
    const first = readManifest(join(folder, 'vision-refiner.json'));
    let steps = 0;
    let swapping = true;
    const inference: InferencePort = {
      run: async (request) => {
        const given = await manager.run(request);
        // In the middle of a refinement, whose state lies in the host.
        if (request.graph !== 'refine') return given;
        steps += 1;
        const to = steps % 8 === 4 ? SECOND : steps % 8 === 0 ? 'vision-refiner' : null;
        if (swapping && to !== null && manager.list().some(({ id }) => id === SECOND) && swaps.length < 6)
          // Before the refinement goes on, so that there is state to hand over.
          await manager.swap('vision-refiner', to);
        return given;
      },
      read: (slot, signal) => manager.read(slot, signal),
      free: (slots) => manager.free(slots),
    };
    let cycle = 0;
    const faults = new Set<string>();
    const run: SimulatedRun = new SimulatedRun(
      11,
      parameters,
      inference,
      () => {},
      ({ report, ...effects }) => {
        cycle += 1;
        for (const { code, where } of report.faults) faults.add(`${code} ${where}`);
        if (cycle % GOVERN_EVERY === 0) manager.govern(demandOf(effects, run.kernel.mind.situation));
      },
    );
    writeFileSync(join(folder, `${SECOND}.json`), JSON.stringify({ ...first, id: SECOND, version: '2' }));
    for (let i = 0; i < CYCLES_MAX && !manager.list().some(({ id }) => id === SECOND); i++) {
      await run.advance(0.05);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const picked = await run.pursue('pick up the red block', TIME_MAX_S);
    expect(picked.event?.status).to.equal('satisfied');
    expect(run.violations()).to.deep.equal([]);
    expect(swaps.length).to.be.at.least(2);
    expect(swaps.map(({ fault }) => fault)).to.deep.equal(swaps.map(() => null));
    expect(Math.max(...swaps.map(({ carried }) => carried)), 'state goes along').to.be.above(0);
    expect([...faults], 'no refinement noticed').to.deep.equal([]);
    swapping = false;
    for (const { path } of first.files) rmSync(join(folder, path));
    const asked = steps;
    const put = await run.pursue('put it down', TIME_MAX_S);
    expect(put.event?.status).to.equal('satisfied');
    expect(steps, 'it goes on to see').to.be.above(asked);
    expect([...faults].filter((told) => told.startsWith('SAGE_5'))).to.deep.equal([]);
  });
});
