import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { projectRoot } from '../../scripts/env.mjs';
import { coreContender } from '../../src/app/bench/core/contenders.js';
import { runEpisode } from '../../src/app/bench/core/episode.js';
import { createScenario } from '../../src/app/bench/core/scenario.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { CORE_CONTEXT, CORE_TOKENS } from '../../src/hrm/index.js';
import { createModelHost } from '../../src/models/index.js';
import { readManifest } from '../../src/models/registry.js';
import { skip } from '../skip.js';
import { noPython, pythonWith } from './python.js';

const MODELS = join(projectRoot, 'models');
const run = promisify(execFile);

describe('models/core-edge', () => {
  const manifest = readManifest(join(MODELS, 'core-edge.json'));
  const width = manifest.graphs.cycle!.inputs[0]!.shape[2] as number;
  let session: InferenceSession;

  before(async () => {
    session = await InferenceSession.create(join(MODELS, 'core-edge.onnx'), { intraOpNumThreads: 1 });
  });

  after(() => session.release());

  /** Two offers: one that the goal needs and one that nothing needs. */
  function inputs(changes: { surprise?: number; h?: Float32Array } = {}): Record<string, Tensor> {
    const context = new Float32Array(CORE_TOKENS * CORE_CONTEXT);
    const salience = new Float32Array(CORE_TOKENS * 5);
    const present = new Float32Array(CORE_TOKENS);
    present.fill(1, 0, 3);
    const need = 6;
    for (const token of [1, 2]) context.set([1, 0, 1, 0, 0, 0], token * CORE_CONTEXT);
    context[CORE_CONTEXT + need] = 0.9;
    salience.fill(changes.surprise ?? 0, 10, 11);
    const state = () => new Float32Array(CORE_TOKENS * width);
    const tensor = (data: Float32Array, ...dims: number[]) =>
      new Tensor('float32', data, [1, CORE_TOKENS, ...dims]);
    return {
      h: tensor(changes.h ?? state(), width),
      l: tensor(state(), width),
      context: tensor(context, CORE_CONTEXT),
      salience: tensor(salience, 5),
      present: tensor(present),
    };
  }

  const numbers = (tensor: Tensor | undefined) => [...(tensor!.data as Float32Array)];

  it('consists of the files that its manifest names', () => {
    for (const file of manifest.files) {
      const bytes = readFileSync(join(MODELS, file.path));
      expect(bytes.length, file.path).to.equal(file.bytes);
      expect(createHash('sha256').update(bytes).digest('hex'), file.path).to.equal(file.sha256);
      expect(bytes.toString('latin1'), file.path).not.to.match(/\/(home|work|root)\//);
    }
  });

  it('uses only operators that TensorRT is listed to support', () => {
    const list = JSON.parse(
      readFileSync(join(projectRoot, 'training/vision/tensorrt-operators.json'), 'utf8'),
    ) as {
      operators: Record<string, unknown>;
    };
    expect(manifest.operators!.filter((name) => !(name in list.operators))).to.deep.equal([]);
    expect(manifest.opset).to.be.at.most(17);
  });

  it('has the size and the shapes that the kernel feeds', async () => {
    expect(manifest.training!.parameters as number).to.be.within(1e6, 3e6);
    const outputs = await session.run(inputs());
    for (const value of manifest.graphs.cycle!.outputs) {
      expect(outputs[value.name]!.dims, value.name).to.deep.equal(value.shape);
      for (const number of numbers(outputs[value.name]))
        expect(number, value.name).to.satisfy(Number.isFinite);
    }
    expect(numbers(outputs.halt)[0]).to.be.within(0, 1);
  });

  it('wants what the goal needs more than what nothing needs', async () => {
    const actions = numbers((await session.run(inputs())).actions);
    expect(actions[1]).to.be.above(actions[2]!);
  });

  it('thinks with its states, and lets salience turn its attention', async () => {
    const calm = await session.run(inputs());
    const again = await session.run(inputs({ h: calm.next_h!.data as Float32Array }));
    expect(numbers(again.actions)).not.to.deep.equal(numbers(calm.actions));
    const startled = await session.run(inputs({ surprise: 1 }));
    expect(numbers(startled.strategy)).not.to.deep.equal(numbers(calm.strategy));
    expect(numbers(startled.actions)[1]).not.to.equal(numbers(calm.actions)[1]);
  });

  /** The committed graph with what one of its linear maps gives set to nothing. */
  async function without(part: string): Promise<InferenceSession> {
    const bytes = readFileSync(join(MODELS, 'core-edge.onnx'));
    const text = bytes.toString('latin1');
    const made = text.indexOf(`/core/${part}/MatMul_output_0`);
    const weights = [...text.slice(0, made).matchAll(/onnx::MatMul_\d+/g)].at(-1)![0];
    for (const name of [weights, `core.${part}.bias`]) {
      const data = rawDataOf(bytes, name);
      if (data) data.fill(0);
      else expect(name, 'only a bias may be absent').to.match(/bias$/);
    }
    return InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  }

  /** The numbers of a TensorProto: its field 9, which comes after its name, field 8. */
  function rawDataOf(bytes: Buffer, name: string): Buffer | null {
    const field = Buffer.concat([Buffer.of(0x42, name.length), Buffer.from(name), Buffer.of(0x4a)]);
    let at = bytes.indexOf(field) + field.length;
    if (at < field.length) return null;
    let length = 0;
    for (let shift = 0; ; shift += 7, at++) {
      length += (bytes[at]! & 0x7f) << shift;
      if (bytes[at]! < 0x80) break;
    }
    return bytes.subarray(at + 1, at + 1 + length);
  }

  /** States as after some thought, so that each cycle has something to go by. */
  const thought = (seed: number) =>
    Float32Array.from({ length: CORE_TOKENS * width }, (_, at) => Math.sin(seed + at));

  it('receives salience only through the attention of H', async () => {
    const deaf = await without('snarc');
    const seen = async (core: InferenceSession) => [
      numbers((await core.run(inputs())).strategy),
      numbers((await core.run(inputs({ surprise: 1 }))).strategy),
    ];
    const [calm, startled] = await seen(deaf);
    expect(startled, 'without the bias nothing else tells of it').to.deep.equal(calm);
    const [before, after] = await seen(session);
    expect(after).not.to.deep.equal(before);
  });

  it('has its strategy reach L, in the same cycle', async () => {
    const mute = await without('strategy');
    const states = async (core: InferenceSession) => numbers((await core.run(inputs())).next_l);
    const [told, untold] = [await states(session), await states(mute)];
    const change = Math.max(...told.map((value, at) => Math.abs(value - untold[at]!)));
    // H is the same in both: what differs is what L was told. States are normalised, so of the size of 1.
    expect(change).to.be.above(0.1);
  });

  it('has what L came to feed back into H, and through nothing else', async () => {
    const next = async (core: InferenceSession, l: Float32Array) =>
      numbers((await core.run({ ...inputs(), l: new Tensor('float32', l, [1, CORE_TOKENS, width]) })).next_h);
    expect(await next(session, thought(1))).not.to.deep.equal(await next(session, thought(2)));
    const apart = await without('to_h');
    expect(await next(apart, thought(1))).to.deep.equal(await next(apart, thought(2)));
  });

  it('plans whole episodes through the model host, pays for it, and follows its own advice', async function () {
    this.timeout(60_000);
    const { models, plan } = defaultParameters();
    const host = createModelHost({ parameters: models });
    try {
      await host.ready();
      const reasons = new Set<string>();
      const outcome = await runEpisode(
        createScenario('validation', 0),
        coreContender(host, plan),
        (_inputs, { jobs }) => {
          for (const { reason } of jobs) reasons.add(reason.replace(/ [0-9].*/, ''));
        },
      );
      expect(outcome.planning_atp).to.be.above(50).and.below(500);
      expect(outcome.met).to.be.above(0);
      expect([...reasons]).to.include('the core wants it');
    } finally {
      await host.close();
    }
  });
});

describe('training/core', () => {
  it('makes mazes with one way through, that no two splits share', async function () {
    this.timeout(60_000);
    const python = await pythonWith('numpy');
    if (python === null) skip(this, noPython('numpy'));
    const { stdout } = await run(python, [join(projectRoot, 'training/core/puzzles.py')]);
    const { mazes, test, val, train } = JSON.parse(stdout) as Record<string, number>;
    expect([mazes, test! + val! + train!]).to.deep.equal([300, 300]);
  });

  for (const script of ['reason.py', 'plan.py']) {
    it(`learns, and resumes where it stopped: ${script} (the small run)`, async function () {
      this.timeout(300_000);
      const python = await pythonWith('numpy', 'torch');
      if (python === null) skip(this, noPython('numpy', 'torch'));
      const out = mkdtempSync(join(tmpdir(), 'sage-training-'));
      try {
        const args = [join(projectRoot, 'training/core', script), '--smoke', '--out', out, '--data', out];
        const { stdout } = await run(python, args);
        expect(stdout).to.contain('"smoke": "passed"');
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });
  }
});
