import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createModelManager, type ModelManager } from '../../src/models/index.js';
import { expectedGpuMb } from '../../src/models/manager/resident.js';
import { skip } from '../skip.js';
import { floats, HOSTS, hostParameters, manifestOf } from './fixtures.js';

const FAKE = join(projectRoot, 'test/fixtures/fake-providers');
const python = HOSTS.find(({ name }) => name === 'Python')!;
/** Less than any model takes. */
const TINY_MB = 1e-9;
const gpuMb = (id: string): number => expectedGpuMb(manifestOf(id), ['cuda']);
const inputs = { x: floats(1, 2, 3, 4) };

describe('models/GPU memory', function () {
  this.timeout(240_000);
  let folder: string;
  let manager: ModelManager | null = null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-gpu-'));
  });
  afterEach(async () => {
    await manager?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Beside a runtime that says it has CUDA, unless `absent`: there is no such device then. */
  function start(changes: Partial<Parameters['models']>, absent = false): ModelManager {
    const { command, args } = python.launch;
    const env = [`PYTHONPATH=${FAKE}`, `FAKE_PROVIDERS_LOG=${join(folder, 'log')}`];
    const none = absent ? ['FAKE_PROVIDERS_ABSENT=CUDAExecutionProvider'] : [];
    const launch = { command: 'env', args: [...env, ...none, command, ...args] };
    const probe_file = join(folder, 'probes.json');
    const parameters = hostParameters({ providers: ['cuda'], dwell_s: 0, probe_file, ...changes });
    manager = createModelManager({ parameters, used: [], launch });
    return manager;
  }

  const standing = (id: string) => manager!.list().find((row) => row.id === id)!;
  const providers = () => ['add', 'log'].map((id) => standing(id).provider);
  const run = (model: string) => manager!.run({ model, graph: 'main', inputs, fetch: ['y'] });

  it('loads a model on the CPU that has no room on the GPU, and counts it where it is', async () => {
    const parameters = hostParameters({ providers: ['cuda'], gpu_mb_max: TINY_MB });
    manager = createModelManager({ parameters, used: ['add'] });
    await manager.ready();
    expect(standing('add')).to.deep.include({
      state: 'ready',
      provider: 'cpu',
      note: 'on the CPU until its next load: it did not fit into models.gpu_mb_max',
    });
    expect(manager.health().faults).to.deep.equal([]);
    expect(manager.budget().gpu_mb).to.equal(0);
    expect(manager.budget().ram_mb).to.be.above(10);
    expect((await run('add')).tensors.y!.data[0]).to.equal(2);
  });

  it('has one on the GPU and the next one on the CPU where two are too many', async function () {
    if (python.absent !== null) skip(this, python.absent);
    const gpu_mb_max = gpuMb('add') + gpuMb('log') / 2;
    const own = start({ gpu_mb_max, pinned: ['add', 'log'] });
    await own.ready();
    expect(providers()).to.deep.equal(['cuda', 'cpu']);
    expect(own.budget().gpu_mb).to.be.closeTo(gpuMb('add'), 1e-9);
    await run('log');
    await own.unload('add');
    await own.unload('log');
    await own.load('log');
    expect(standing('log').provider, 'there is room for it now').to.equal('cuda');
    await own.swap('log', 'log');
    expect(standing('log').provider).to.equal('cuda');
  });

  it('counts nothing on an absent GPU, and unloads nothing for it', async function () {
    if (python.absent !== null) skip(this, python.absent);
    const own = start({ gpu_mb_max: gpuMb('add') * 1.01 }, true);
    await own.load('add');
    expect(own.budget().gpu_mb).to.equal(0);
    expect(standing('add').note).to.match(/^cuda: /);
    await own.load('log');
    expect(providers(), 'both stay').to.deep.equal(['cpu', 'cpu']);
    expect(standing('log').note, 'it was tried there, for there may be a GPU some time').to.match(/^cuda: /);
  });
});
