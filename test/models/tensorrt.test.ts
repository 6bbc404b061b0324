import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { createModelHost, createModelManager, type ModelHost } from '../../src/models/index.js';
import { buildsEngines, loadLimitMs } from '../../src/models/launch.js';
import { skip } from '../skip.js';
import { floats, HOSTS, hostParameters, manifestOf, until } from './fixtures.js';

const FAKE = join(projectRoot, 'test/fixtures/fake-providers');
const [TENSORRT, CUDA] = ['TensorrtExecutionProvider', 'CUDAExecutionProvider'];
const python = HOSTS.find(({ name }) => name === 'Python')!;

interface Told {
  readonly providers: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly engine: 'built' | 'read' | null;
}

/** The host in Python beside a runtime that says it has TensorRT: what it asks of it, not what it would do. */
describe('models/TensorRT, as far as it can be seen without a GPU', function () {
  this.timeout(240_000);
  let folder: string;
  let host: ModelHost | null = null;
  before(function () {
    if (python.absent !== null) skip(this, python.absent);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-engines-'));
  });
  afterEach(async () => {
    await host?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const withTensorrt = (tensorrt_cache: string) =>
    hostParameters({ providers: ['tensorrt', 'cuda', 'cpu'], tensorrt_cache });
  const launch = (log: string, env: readonly string[]) => {
    const { command, args } = python.launch;
    const all = [`PYTHONPATH=${FAKE}`, `FAKE_PROVIDERS_LOG=${log}`, ...env, command, ...args];
    return { command: 'env', args: all };
  };

  /** Loads models one after the other, each in a host of its own; what was asked of the runtime for each. */
  async function load(
    models: readonly string[],
    cache: string,
    env: readonly string[] = [],
  ): Promise<Told[]> {
    const log = join(folder, `log-${readdirSync(folder).length}`);
    writeFileSync(log, '');
    for (const model of models) {
      await host?.close();
      host = createModelHost({
        parameters: withTensorrt(cache),
        manifests: [manifestOf(model)],
        launch: launch(log, env),
      });
      await host.ready();
    }
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Told);
  }

  const graph = () => host!.health().models[0]!.graphs[0]!;

  it('keeps engines by model file, in folders that it makes itself, and finds them again', async () => {
    const cache = join(folder, 'not', 'there', 'yet');
    const told = await load(['add', 'twice', 'add'], cache);
    expect(told.map(({ engine }) => engine)).to.deep.equal(['built', 'built', 'read']);
    expect(graph()).to.deep.include({ provider: 'tensorrt', refused: [] });
    expect(told[0]!.providers, 'what TensorRT cannot do is for CUDA').to.deep.equal([TENSORRT, CUDA]);
    const { trt_engine_cache_path, ...options } = told[0]!.options;
    expect(options).to.deep.equal({
      trt_fp16_enable: 'True',
      trt_max_workspace_size: String(1024 * 1024 * 1024),
      trt_engine_cache_enable: 'True',
    });
    expect(trt_engine_cache_path!.startsWith(cache)).to.equal(true);
    expect(readdirSync(cache), 'one for each file').to.have.length(2);
    // Runs through it are the runtime's own way, not one with memory that a GPU does not have.
    const request = { model: 'add', graph: 'main', inputs: { x: floats(1, 2, 3, 4) }, fetch: ['y'] };
    const { tensors } = await host!.run(request);
    expect(tensors.y!.data[0]).to.equal(2);
  });

  it('rebuilds an unreadable engine once, and says so', async () => {
    const cache = join(folder, 'engines');
    await load(['add'], cache);
    const [kept] = readdirSync(cache);
    writeFileSync(join(cache, kept!, 'graph.engine'), 'broken');
    const told = await load(['add'], cache);
    expect(told.at(-1)!.engine).to.equal('built');
    expect(graph().provider).to.equal('tensorrt');
    expect(graph().refused[0]!.reason).to.match(/thrown away: could not deserialize/);
  });

  it('goes without engines that are kept where their folder cannot be had', async () => {
    const taken = join(folder, 'taken');
    writeFileSync(taken, 'a file');
    const [told] = await load(['add'], join(taken, 'engines'));
    expect(told!.options).to.include({ trt_engine_cache_enable: 'False' });
    expect(told!.options).to.not.have.property('trt_engine_cache_path');
    expect(graph().provider).to.equal('tensorrt');
    expect(graph().refused[0]!.reason).to.match(/engines are not kept/);
  });

  it('keeps no more engines than a bounded number, the latest', async () => {
    const cache = join(folder, 'engines');
    await load(['add'], cache);
    const version = readdirSync(cache)[0]!.slice(32);
    for (let i = 0; i < 40; i++) mkdirSync(join(cache, `${String(i).padStart(32, '0')}${version}`));
    mkdirSync(join(cache, 'of-another-kind'));
    await load(['twice'], cache);
    expect(readdirSync(cache)).to.have.length(33).and.include('of-another-kind');
    expect((await load(['twice'], cache)).at(-1)!.engine).to.equal('read');
  });

  it('goes to the next provider where one cannot be initialised, with the reason that the runtime printed', async () => {
    const told = await load(['add'], '', [`FAKE_PROVIDERS_ABSENT=${TENSORRT}`]);
    expect(told.map(({ providers }) => providers[0])).to.deep.equal([TENSORRT, CUDA]);
    expect(graph().provider).to.equal('cuda');
    expect(graph().refused[0]).to.deep.include({ provider: 'tensorrt' });
    expect(graph().refused[0]!.reason).to.match(/EP Error no device/);
  });

  it('says how long a load has been going on that may be building an engine', async () => {
    const cache = join(folder, 'engines');
    const manager = createModelManager({
      parameters: { ...withTensorrt(cache), pinned: ['add'] },
      used: [],
      launch: launch(join(folder, 'log'), ['FAKE_PROVIDERS_BUILD_S=2']),
    });
    const note = () => manager.list().find(({ id }) => id === 'add')!.note;
    try {
      await until(() => /^loading for \d+ s; TensorRT may be building its engine/.test(note()));
      await manager.ready();
      expect(note()).to.equal('');
    } finally {
      await manager.close();
    }
  });

  it('allows a load the time that engines take where TensorRT is there, and no more elsewhere', () => {
    const parameters = hostParameters({ providers: ['tensorrt', 'cpu'] });
    expect(loadLimitMs(parameters, ['tensorrt', 'cpu'], [])).to.equal(
      parameters.load_timeout_ms + 1000 * parameters.tensorrt_build_s,
    );
    expect(loadLimitMs(parameters, ['cpu'], [])).to.equal(parameters.load_timeout_ms);
    expect(buildsEngines(hostParameters(), ['tensorrt', 'cpu'])).to.equal(false);
  });

  it('allows time to read large files, including their external weights', () => {
    const parameters = hostParameters({ load_timeout_ms: 30_000, load_mb_per_s: 20 });
    const weights = { path: 'main.onnx.data', sha256: '0'.repeat(64), bytes: 2_400_000_000 };
    const files = [{ bytes: 1_000_000 }, { bytes: 1_000_000, data: [weights] }];
    expect(loadLimitMs(parameters, ['cpu'], files)).to.equal(30_000 + 120_100);
  });
});
