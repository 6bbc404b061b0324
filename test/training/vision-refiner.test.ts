import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { projectRoot } from '../../scripts/env.mjs';
import { inPrecision } from '../../src/models/manifest.js';
import { readManifest } from '../../src/models/registry.js';
import { readOnnx } from '../models/onnx-graph.js';
import { skip } from '../skip.js';
import { noPython, pythonWith } from './python.js';

const MODELS = join(projectRoot, 'models');
const run = promisify(execFile);

const bytesOf = (path: string): Buffer => readFileSync(join(MODELS, path));

describe('models/vision-refiner', () => {
  const manifest = readManifest(join(MODELS, 'vision-refiner.json'));

  it('consists of the files that its manifest names', () => {
    for (const file of manifest.files) {
      const bytes = bytesOf(file.path);
      expect(bytes.length, file.path)
        .to.equal(file.bytes)
        .and.below(2 ** 21);
      expect(createHash('sha256').update(bytes).digest('hex'), file.path).to.equal(file.sha256);
    }
  });

  it('holds no path of the machine that made it', () => {
    for (const file of manifest.files) {
      const text = bytesOf(file.path).toString('latin1');
      expect(text, file.path).not.to.match(/\/(home|work|root|usr)\/|\.py/);
    }
  });

  it('uses only operators that TensorRT is listed to support', () => {
    const list = JSON.parse(
      readFileSync(join(projectRoot, 'training/vision/tensorrt-operators.json'), 'utf8'),
    ) as {
      operators: Record<string, unknown>;
    };
    // The last two are of the INT8 files, which are for CPUs.
    const others = ['Constant', 'QuantizeLinear', 'DequantizeLinear'];
    const beyond = manifest.operators!.filter((name) => !others.includes(name) && !(name in list.operators));
    expect(beyond).to.deep.equal([]);
    expect(manifest.opset).to.be.at.most(17);
  });

  for (const precision of ['fp32', 'fp16', 'int8'] as const) {
    it(`gives probabilities, a positive energy and a confidence in 0..1, also for images without contrast (${precision})`, async () => {
      const { files } = inPrecision(manifest, { precision, providers: ['cpu'] });
      const [encoder, refine] = await Promise.all(
        files.map((file) => InferenceSession.create(join(MODELS, file.path), { intraOpNumThreads: 1 })),
      );
      for (const fill of [0, 128, 255]) {
        const image = new Tensor('uint8', new Uint8Array(480 * 640 * 3).fill(fill), [1, 480, 640, 3]);
        const { features, state0 } = await encoder!.run({ image });
        const first = await refine!.run({ features: features!, state: state0! });
        const second = await refine!.run({ features: features!, state: first.next_state! });
        for (const value of manifest.graphs.refine!.outputs) {
          expect(second[value.name]!.dims, value.name).to.deep.equal(value.shape);
        }
        const probs = second.probs!.data as Float32Array;
        const plane = probs.length / 3;
        for (let i = 0; i < plane; i += 97) {
          expect(probs[i]! + probs[plane + i]! + probs[2 * plane + i]!).to.be.closeTo(1, 1e-4);
        }
        expect((second.energy!.data as Float32Array)[0])
          .to.be.above(0)
          .and.below(5);
        expect((second.confidence!.data as Float32Array)[0]).to.be.within(0, 1);
      }
      await Promise.all([encoder!.release(), refine!.release()]);
    });
  }
});

describe('models/vision-refiner in INT8', () => {
  const { files } = inPrecision(readManifest(join(MODELS, 'vision-refiner.json')), {
    precision: 'int8',
    providers: ['cpu'],
  });

  it('hands the state on as it is, not in the 256 values that its convolutions see', async () => {
    const [encoder, refine] = await Promise.all(
      files.map((file) => InferenceSession.create(join(MODELS, file.path), { intraOpNumThreads: 1 })),
    );
    const data = new Uint8Array(480 * 640 * 3).map((_, i) => (i * 7919) % 251);
    const image = new Tensor('uint8', data, [1, 480, 640, 3]);
    const { features, state0 } = await encoder!.run({ image });
    const { next_state } = await refine!.run({ features: features!, state: state0! });
    expect(new Set(next_state!.data as Float32Array).size).to.be.above(10_000);
    await Promise.all([encoder!.release(), refine!.release()]);
  });

  it('has no Resize of bytes, for which a CPU takes as long as for a convolution', () => {
    const refine = files.find(({ name }) => name === 'refine')!;
    const { operators } = readOnnx(bytesOf(refine.path));
    expect(operators.map(({ name }) => name)).not.to.include('Resize');
  });
});

describe('training/vision', () => {
  it('renders, trains, and resumes where it stopped (the small run)', async function () {
    this.timeout(300_000);
    const python = await pythonWith('numpy', 'torch');
    if (python === null) skip(this, noPython('numpy', 'torch'));
    const out = mkdtempSync(join(tmpdir(), 'sage-training-'));
    try {
      const { stdout } = await run(python, [
        join(projectRoot, 'training/vision/train.py'),
        '--smoke',
        '--out',
        out,
      ]);
      expect(stdout).to.contain('"smoke": "passed"');
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
});
