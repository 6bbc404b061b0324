import { expect } from 'chai';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { Effects } from '../../src/contracts/effects.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../src/models/index.js';
import { patient } from './models.js';

const TIME_MAX_S = 90;

/** The whole mind on the simulated table, with the real models. */
describe('the whole, simulated: noisy speech', function () {
  this.timeout(240_000);
  let host: ModelHost;
  let parameters: Parameters;
  const telemetry: string[] = [];
  const actions: string[] = [];

  before(async () => {
    parameters = loadParameters([tabletopConfig()]);
    Object.assign(parameters.language, { enabled: true });
    host = createModelHost({ parameters: patient(parameters.models) });
    await host.ready();
  });
  after(() => host.close());
  beforeEach(() => {
    telemetry.length = 0;
    actions.length = 0;
  });

  const run = (seed: number, inference: InferencePort = host, changed = parameters): SimulatedRun =>
    new SimulatedRun(
      seed,
      changed,
      inference,
      () => {},
      (effects: Effects) => {
        for (const { plugin } of effects.report.running) telemetry.push(plugin);
        actions.push(...effects.actions.map(({ kind }) => kind));
      },
    );

  it('picks up the red block for "pik up teh red blok please"', async () => {
    const simulated = run(11);
    const outcome = await simulated.pursue('pik up teh red blok please', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
    expect(telemetry).to.include('language');
    expect(actions).to.include('trajectory');
  });

  it('does it with one model for vision and language where the configuration says so', async () => {
    const asked = new Set<string>();
    const watching: InferencePort = {
      run: (request) => {
        asked.add(`${request.model} ${request.graph}`);
        return host.run(request);
      },
      read: (slot, signal) => host.read(slot, signal),
      free: (slots) => host.free(slots),
    };
    const whole = { ...parameters, perception: { ...parameters.perception, block: 'monolithic' as const } };
    const simulated = run(11, watching, whole);
    const outcome = await simulated.pursue('pik up teh red blok please', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    const graphs = ['encoder', 'refine', 'step'];
    expect([...asked].sort()).to.deep.equal(graphs.map((graph) => `tabletop-omni ${graph}`));
  });

  for (const text of ['teh wether is nise', "don't pik up teh red blok", 'pik up teh red banena']) {
    it(`does not move for "${text}"`, async () => {
      const simulated = run(14);
      const outcome = await simulated.pursue(text, 10);
      expect([outcome.event?.status, outcome.event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
      await simulated.advance(0.5);
      expect(actions).not.to.include('trajectory');
      expect(actions).not.to.include('gripper');
      expect(simulated.world.truth().moving).to.equal(false);
    });
  }
});
