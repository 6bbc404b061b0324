import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { readManifest } from '../../src/models/index.js';
import { readOnnx } from './onnx-graph.js';

const MODELS = join(projectRoot, 'models');
/** From the operator list that TensorRT's ONNX parser publishes; the file names its source. */
const { operators: LISTED } = JSON.parse(
  readFileSync(join(projectRoot, 'training/vision/tensorrt-operators.json'), 'utf8'),
) as { operators: Record<string, unknown> };
const QUANTISED = { QuantizeLinear: true, DequantizeLinear: true };
/** Folded into the engine before anything runs. */
const CONSTANT = 'Constant';

describe('models: what TensorRT supports', () => {
  const manifests = readdirSync(MODELS).filter((name) => name.endsWith('.json'));

  it('finds the models', () => {
    expect(manifests).to.include('vision-refiner.json');
  });

  for (const name of manifests) {
    const manifest = readManifest(join(MODELS, name));
    const here = manifest.files.filter(({ url }) => url === undefined);
    for (const file of here) {
      it(`${file.path}: listed operators, opset ≤ 17, fixed shapes as the manifest has them`, () => {
        const graph = readOnnx(readFileSync(join(MODELS, file.path)));
        const used = new Set(graph.operators.map((operator) => operator.name));
        const names = [...used].filter((operator) => operator !== CONSTANT);
        // INT8 files are for CPUs: TensorRT wants symmetric ranges, and makes its own.
        const known = file.precision === 'int8' ? { ...LISTED, ...QUANTISED } : LISTED;
        expect(names.filter((operator) => !(operator in known))).to.deep.equal([]);
        expect(
          graph.operators.filter(({ domain }) => domain !== ''),
          'operators of other domains',
        ).to.deep.equal([]);
        const flat = graph.operators.filter((operator) => operator.name === 'Conv' && operator.kernel < 2);
        expect(flat, 'convolutions along one axis').to.deep.equal([]);
        expect(graph.opset).to.be.at.most(17);
        if (manifest.operators !== undefined) expect(manifest.operators).to.include.members(names);
        const { inputs, outputs } = manifest.graphs[file.name]!;
        for (const value of [...inputs, ...outputs]) {
          expect(graph.values.get(value.name), value.name).to.deep.equal(value.shape);
        }
      });
    }
  }
});
