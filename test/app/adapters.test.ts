import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { adapterExtensions } from '../../src/app/adapters.js';
import { composeMind } from '../../src/app/compose.js';
import { modelsInUse } from '../../src/app/model-demand.js';
import { perceptionOf } from '../../src/app/perception.js';
import type { Effects } from '../../src/contracts/effects.js';
import { type Fault, SageError } from '../../src/contracts/errors.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import { createJobRunner } from '../../src/irp/index.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';
import { createModelManager } from '../../src/models/index.js';
import { RETRY_MAX_MS } from '../../src/plugins/adapters/index.js';
import { hostParameters, MODELS, thrownCode, withCopy } from '../models/fixtures.js';
import { runModelsCommand } from './run-models.js';

const CYCLE_MS = 50;
const [ROWS, COLUMNS] = [12, 16];
const SAMPLES = 1600;
const GREY = [90, 90, 90];

function parametersWith(
  adapters: string[],
  block = 'modular' as Parameters['perception']['block'],
): Parameters {
  const parameters = defaultParameters();
  parameters.perception = { block, model: 'zoo-refiners' };
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

  constructor(parameters: Parameters, inference: InferencePort) {
    const { kernel, plugins } = composeMind(parameters, inference);
    this.kernel = kernel;
    const machine = {
      cpuNow_ms: () => performance.now(),
      yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    this.runner = createJobRunner(plugins, machine);
  }

  trustOf(plugin: string): number {
    return this.kernel.mind.trust[plugin] ?? 1;
  }

  /** @param loud amplitude of the sound, null for silence of the source */
  async cycle(rgb: readonly number[], loud: number | null = null): Promise<Effects> {
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
    if (loud !== null) {
      this.buffers.put({
        kind: 'sound',
        source: 'audio',
        stamp_ms,
        received_ms: stamp_ms,
        sample_rate_hz: 16000,
        samples: new Float32Array(SAMPLES).fill(loud),
        embedding: new Float32Array(24).fill(loud),
      });
    }
    const effects = this.kernel.cycle({
      observations: this.buffers.drain(),
      now_ms: stamp_ms,
      reports: this.runner.drain(),
    });
    for (const command of effects.jobs) this.runner.submit(command);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return effects;
  }
}

describe('app/adapters', function () {
  this.timeout(240_000);

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

  it('has the looks of a refinement in one request where the manifest says so', async () => {
    const parameters = parametersWith(['zoo-regions']);
    const manager = createModelManager({ parameters: parameters.models, used: ['zoo-regions'] });
    const sizes: number[] = [];
    const inference: InferencePort = {
      run: async (request) => {
        const outputs = await manager.run(request);
        if (request.model === 'zoo-regions') sizes.push(outputs.batch?.length ?? 1);
        return outputs;
      },
      read: (slot, signal) => manager.read(slot, signal),
      free: (slots) => manager.free(slots),
    };
    try {
      await manager.ready();
      const loop = new Loop(parameters, inference);
      const sources = new Set<string>();
      let answers = 0;
      for (let i = 0; i < 60; i++) {
        const effects = await loop.cycle([200, 30, 20]);
        for (const { source } of effects.salience) sources.add(source);
        answers += effects.telemetry.filter(
          ({ plugin, extra }) =>
            plugin === 'zoo-regions' && (extra as Record<string, unknown> | undefined)?.looks === 5,
        ).length;
      }
      expect(sizes.length).to.be.above(2);
      expect(new Set(sizes), 'whole and four parts together').to.deep.equal(new Set([5]));
      expect(sources.has('zoo-regions')).to.equal(true);
      expect(answers).to.be.above(2);
    } finally {
      await manager.close();
    }
  });

  it('runs a detector added by the command in the loop: its boxes are reported and salient', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-loop-'));
    const cache = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = folder;
    const exported = join(projectRoot, 'test/fixtures/exports/rt-detr.onnx');
    const names = join(folder, 'names.txt');
    writeFileSync(names, 'red\ngreen\nblue\n');
    const ran = await runModelsCommand('add', exported, '--folder', folder, '--classes', names);
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    expect(ran.code, ran.err).to.equal(0);
    const parameters = parametersWith(['rt-detr']);
    parameters.models.folder = folder;
    const manager = createModelManager({ parameters: parameters.models, used: ['rt-detr'] });
    try {
      await manager.ready();
      const loop = new Loop(parameters, manager);
      const found: unknown[] = [];
      const sources = new Set<string>();
      for (let i = 0; i < 60; i++) {
        const { telemetry, salience } = await loop.cycle(GREY);
        for (const { source } of salience) sources.add(source);
        for (const { plugin, extra } of telemetry)
          if (plugin === 'rt-detr') found.push((extra as Record<string, unknown> | undefined)?.detections);
      }
      expect(found.length).to.be.above(3);
      expect(found.every((count) => count === 1)).to.equal(true);
      expect(sources.has('rt-detr')).to.equal(true);
    } finally {
      await manager.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('backs off from a failing model, trusts it less, reports it in one row, and uses it again once it is repaired', async () => {
    let broken = true;
    const asked_ms: number[] = [];
    let now_ms = 0;
    const inference: InferencePort = {
      run: async () => {
        asked_ms.push(now_ms);
        if (broken) throw new SageError('SAGE_505', 'zoo-classify', 'the runtime says no');
        const logits = { type: 'float32' as const, dims: [1, 4], data: Float32Array.of(9, 0, 0, 0) };
        return { tensors: { logits }, slots: {}, run_ms: 1 };
      },
      read: () => Promise.reject(new SageError('SAGE_511', 'slot', 'none')),
      free: () => undefined,
    };
    const parameters = parametersWith(['zoo-classify']);
    // It stays awake.
    parameters.metabolism.rest_energy = -1;
    const loop = new Loop(parameters, inference);
    const told = ({ report }: Effects) => report.faults.filter(({ where }) => where === 'zoo-classify');
    const turn = async () => {
      now_ms += CYCLE_MS;
      return told(await loop.cycle(GREY));
    };
    const rows: ReturnType<typeof told>[number][][] = [];
    // 35 s: 175 times at the pace of a model that works.
    for (let i = 0; i < 700; i++) rows.push(await turn());
    const pauses_ms = asked_ms.slice(1).map((at_ms, i) => at_ms - asked_ms[i]!);
    expect(asked_ms.length, 'few looks').to.be.within(5, 10);
    expect(pauses_ms.at(-1)).to.be.within(RETRY_MAX_MS, RETRY_MAX_MS + 4 * CYCLE_MS);
    for (const [i, pause_ms] of pauses_ms.entries())
      if (i > 0) expect(pause_ms, 'longer each time').to.be.at.least(pauses_ms[i - 1]! - CYCLE_MS);
    expect(Math.max(...rows.map(({ length }) => length)), 'one row').to.equal(1);
    expect(rows.at(-1)![0]!.text).to.match(
      /the runtime says no.*failed \d times in a row, next attempt in 10 s/,
    );
    expect(loop.trustOf('zoo-classify'), 'of 1 at the start').to.be.below(0.8);
    broken = false;
    let back = -1;
    for (let i = 0; i < RETRY_MAX_MS / CYCLE_MS + 10 && back < 0; i++)
      if ((await turn()).length === 0) back = i;
    expect(back, 'within the longest pause').to.be.at.least(0);
    const begun = asked_ms.length;
    for (let i = 0; i < 100; i++) await turn();
    expect(asked_ms.length - begun, 'at its pace again').to.be.above(10);
  });

  it('has a model back whose file was restored while the loop ran', () =>
    withCopy(async (folder) => {
      const file = join(folder, 'zoo-classify', 'main.onnx');
      const good = readFileSync(file);
      writeFileSync(file, Buffer.alloc(good.byteLength, 7));
      const parameters = parametersWith(['zoo-classify']);
      Object.assign(parameters.models, { folder });
      parameters.metabolism.rest_energy = -1;
      const manager = createModelManager({ parameters: parameters.models, used: ['zoo-classify'] });
      try {
        await manager.ready();
        const loop = new Loop(parameters, manager);
        const told = ({ report }: Effects) => report.faults.find(({ where }) => where === 'zoo-classify');
        const turns = async (good_yet: (fault: Fault | undefined) => boolean) => {
          for (let i = 0; i < 1500; i++) if (good_yet(told(await loop.cycle(GREY)))) return i;
          return -1;
        };
        expect(await turns((found) => found?.text.includes('in a row') ?? false)).to.be.at.least(0);
        const { text } = told(await loop.cycle(GREY))!;
        expect(text).to.match(/sha256/);
        writeFileSync(file, good);
        expect(await turns((found) => found === undefined)).to.be.at.least(0);
      } finally {
        await manager.close();
      }
    }));

  const ZOO = ['zoo-embed', 'zoo-hear', 'zoo-omni'];

  /** Runs the loop with picture and sound, then with the picture alone; gives the models that were asked. */
  async function perceive(block: Parameters['perception']['block']) {
    const parameters = parametersWith(ZOO, block);
    const used = modelsInUse(parameters).filter((id) => id.startsWith('zoo-') && id !== 'zoo-refiners');
    const manager = createModelManager({ parameters: parameters.models, used });
    const asked = new Set<string>();
    const inference: InferencePort = {
      run: (request) => {
        asked.add(request.model);
        return manager.run(request);
      },
      read: (slot, signal) => manager.read(slot, signal),
      free: (slots) => manager.free(slots),
    };
    try {
      await manager.ready();
      const loop = new Loop(parameters, inference);
      const sources = new Set<string>();
      const turns = async (count: number, loud: number | null) => {
        asked.clear();
        for (let i = 0; i < count; i++)
          for (const { source } of (await loop.cycle(GREY, loud)).salience) sources.add(source);
        return [...asked].sort();
      };
      const both = await turns(60, 0.5);
      // What was heard last is too old after a while.
      await turns(40, null);
      const picture = await turns(60, null);
      const loaded = manager.list().flatMap(({ id, state }) => (state === 'ready' ? [id] : []));
      return { both, picture, loaded, sources: ZOO.filter((id) => sources.has(id)) };
    } finally {
      await manager.close();
    }
  }

  it('perceives with a model per modality', async () => {
    const { both, picture, loaded, sources } = await perceive('modular');
    expect(both).to.deep.equal(['zoo-embed', 'zoo-hear']);
    expect(picture, 'there is nothing to hear').to.deep.equal(['zoo-embed']);
    expect(loaded).to.deep.equal(['zoo-embed', 'zoo-hear']);
    expect(sources).to.deep.equal(['zoo-embed', 'zoo-hear']);
  });

  it('perceives with one model for picture and sound where the configuration says so', async () => {
    const { both, picture, loaded, sources } = await perceive('monolithic');
    expect(both).to.deep.equal(['zoo-omni']);
    expect(picture, 'it needs both').to.deep.equal([]);
    expect(loaded).to.deep.equal(['zoo-omni']);
    expect(sources).to.deep.equal(['zoo-omni']);
  });

  it('perceives with the one where it can, and with the others elsewhere', async () => {
    const { both, picture, loaded } = await perceive('hybrid');
    expect(both).to.deep.equal(['zoo-omni']);
    expect(picture).to.deep.equal(['zoo-embed']);
    expect(loaded).to.deep.equal(['zoo-embed', 'zoo-hear', 'zoo-omni']);
  });

  it('names a missing model, or one that cannot become a plugin', () => {
    const made = (adapters: string[], changes: Partial<Parameters['perception']> = {}) => {
      const parameters = parametersWith(adapters);
      Object.assign(parameters.perception, changes);
      return adapterExtensions(perceptionOf(parameters));
    };
    const whole = { block: 'monolithic' } as const;
    expect(thrownCode(() => made(['none']))).to.equal('SAGE_512');
    expect(
      thrownCode(() => made(['toy-vision'])),
      'it takes nothing that it names',
    ).to.equal('SAGE_517');
    expect(
      thrownCode(() => made(['zoo-omni'])),
      'modular has none of one modality',
    ).to.equal('SAGE_517');
    expect(
      thrownCode(() => made(['zoo-yolov8'], whole)),
      'one modality alone',
    ).to.equal('SAGE_517');
    expect(thrownCode(() => made([], { ...whole, model: 'none' }))).to.equal('SAGE_512');
    expect(
      thrownCode(() => made([], { ...whole, model: 'zoo-embed' })),
      'it reads nothing',
    ).to.equal('SAGE_515');
    expect(
      thrownCode(() => made([], { ...whole, model: 'zoo-omni' })),
      'other graphs',
    ).to.equal('SAGE_515');
    expect(made([])).to.deep.equal([]);
  });
});
