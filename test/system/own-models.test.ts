import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { BatchItem, InferencePort } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createModelHost, type ModelHost, modelFolder } from '../../src/models/index.js';
import { MODELS } from '../models/fixtures.js';
import { patient } from './models.js';

const TIME_MAX_S = 90;
const MODEL = 'zoo-regions';
const THINGS = 3;

/** A model of the user beside the real ones, on the simulated table: it looks at the whole and at things by themselves. */
describe('the whole, simulated: a model of the user looks at things', function () {
  this.timeout(240_000);
  let folder = '';
  let host: ModelHost;
  let parameters: Parameters;
  /** Items of each request, and what the model says of the first: null where it is left to the model. */
  const looks: number[] = [];
  let says: Float32Array | null = null;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sage-own-'));
    parameters = loadParameters([tabletopConfig()]);
    const own = modelFolder(parameters.models.folder);
    for (const name of readdirSync(own)) symlinkSync(join(own, name), join(folder, name));
    symlinkSync(join(MODELS, MODEL), join(folder, MODEL));
    const manifest = JSON.parse(readFileSync(join(MODELS, `${MODEL}.json`), 'utf8')) as { adapter: object };
    Object.assign(manifest.adapter, { tiles: 1, things: THINGS, batch: 1 + THINGS });
    writeFileSync(join(folder, `${MODEL}.json`), JSON.stringify(manifest));
    Object.assign(parameters.models, { folder, adapters: [MODEL] });
    host = createModelHost({ parameters: patient(parameters.models) });
    await host.ready();
  });
  after(async () => {
    await host?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    looks.length = 0;
    says = null;
  });

  const watched: InferencePort = {
    run: async (request) => {
      const given = await host.run(request);
      if (request.model !== MODEL) return given;
      looks.push(request.batch?.length ?? 1);
      const data = says;
      if (data === null) return given;
      const tensors = { logits: { type: 'float32' as const, dims: [1, 4], data } };
      const batch = given.batch?.map((): BatchItem => ({ tensors, fault: null }));
      return { ...given, ...(batch ? { batch } : { tensors }) };
    },
    read: (slot, signal) => host.read(slot, signal),
    free: (slots) => host.free(slots),
  };

  it('sends the whole and the things that are believed in one request, and the arm still picks', async () => {
    const run = new SimulatedRun(11, parameters, watched);
    const outcome = await run.pursue('pick up the red block', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(run.violations()).to.deep.equal([]);
    expect(looks[0], 'nothing is believed yet').to.equal(1);
    expect(looks, 'three blocks lie on the table').to.include(1 + THINGS);
    expect(Math.max(...looks)).to.equal(1 + THINGS);
  });

  it('surprises by what it says, under its own name', async () => {
    const surprise: number[] = [];
    const run = new SimulatedRun(11, parameters, watched, undefined, ({ salience }) => {
      surprise.push(salience.find(({ source }) => source === MODEL)?.surprise ?? 0);
    });
    says = Float32Array.of(0, 0, 0, 9);
    await run.advance(6);
    expect(Math.max(...surprise.slice(-20)), 'the same again and again').to.be.below(0.1);
    says = Float32Array.of(0, 0, 9, 0);
    const before = surprise.length;
    await run.advance(1.5);
    expect(Math.max(...surprise.slice(before)), 'another scene').to.be.above(0.5);
  });
});
