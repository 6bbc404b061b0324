import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  discoverManifests,
  fileOf,
  inPrecision,
  parseManifest,
  probeKey,
  readManifest,
  verifyModel,
} from '../../src/models/index.js';
import { readVerified } from '../../src/models/verify.js';
import { hostParameters, MODELS, manifestOf, thrownCode, withCopy } from './fixtures.js';

const raw = () => JSON.parse(readFileSync(join(MODELS, 'add.json'), 'utf8'));
const refusal = (change: (manifest: ReturnType<typeof raw>) => void): string => {
  const manifest = raw();
  change(manifest);
  try {
    parseManifest(manifest, 'add.json');
  } catch (thrown) {
    return String(thrown);
  }
  return 'accepted';
};

type Choice = Parameters<typeof inPrecision>[1];

describe('models/manifest', () => {
  it('takes a good manifest and gives the file of a graph', () => {
    const manifest = parseManifest(raw(), 'add.json');
    expect(manifest.id).to.equal('add');
    expect(fileOf(manifest, 'main').path).to.equal('add/main.onnx');
    expect(thrownCode(() => fileOf(manifest, 'other'))).to.equal('SAGE_512');
  });

  it('takes the wanted precision where every graph has it, else fp32', () => {
    const kept = (id: string, precision: Choice['precision'], providers = ['cpu']) =>
      inPrecision(readManifest(`models/${id}.json`), { precision, providers }).files.map(
        (file) => `${file.name} ${file.precision}`,
      );
    expect(kept('vision-refiner', 'auto')).to.deep.equal(['encoder int8', 'refine int8']);
    expect(kept('vision-refiner', 'auto', ['cuda', 'cpu'])).to.deep.equal(['encoder fp32', 'refine fp32']);
    expect(kept('vision-refiner', 'fp16')).to.deep.equal(['encoder fp16', 'refine fp16']);
    expect(kept('language-refiner', 'auto'), 'it has no int8').to.deep.equal(['step fp32']);
    expect(kept('tabletop-omni', 'fp16')).to.deep.equal(['encoder fp16', 'refine fp16', 'step fp16']);
    const mixed = ['encoder int8', 'refine int8', 'step fp32'];
    const key = (precision: Choice['precision']) =>
      probeKey(readManifest('models/vision-refiner.json'), hostParameters({ precision }));
    expect(key('auto'), 'what was measured of one does not count for another').to.not.equal(key('fp32'));
    expect(key('auto')).to.equal(key('int8'));
    expect(kept('tabletop-omni', 'auto'), 'each graph as in its own model').to.deep.equal(mixed);
  });

  it('names the field that is wrong', () => {
    expect(refusal((m) => delete m.licence))
      .to.contain('SAGE_503')
      .and.contain('licence');
    expect(refusal((m) => (m.files[0].sha256 = 'A'.repeat(64)))).to.contain('files.0.sha256');
    expect(refusal((m) => (m.files[0].bytes = 0))).to.contain('files.0.bytes');
    expect(refusal((m) => (m.licens = 'x'))).to.contain('licens');
    expect(refusal((m) => (m.graphs.main.inputs[0].dtype = 'float'))).to.contain(
      'graphs.main.inputs.0.dtype',
    );
    expect(refusal((m) => (m.graphs.other = m.graphs.main))).to.contain('"other" has no file');
    expect(refusal((m) => (m.files[0].name = 'nothing'))).to.contain('not one of the graphs');
    expect(refusal((m) => m.files.push(m.files[0]))).to.contain('two files of the same precision');
    expect(refusal(() => undefined)).to.equal('accepted');
  });

  it('refuses every path that leaves the folder of the manifest', () => {
    for (const path of ['../a.onnx', 'a/../../b.onnx', '/etc/passwd', 'a\\..\\b', './a', 'a//b', 'a/.', '']) {
      expect(
        refusal((m) => (m.files[0].path = path)),
        path,
      ).to.contain('files.0.path');
    }
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        for (const path of [`/${before}`, `${before}/../${after}`, `../${after}`, `${before}\\${after}`]) {
          expect(refusal((m) => (m.files[0].path = path))).to.contain('files.0.path');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('finds the good manifests of a folder beside broken ones, and says what is wrong with those', () =>
    withCopy((folder) => {
      writeFileSync(join(folder, 'broken.json'), '{');
      writeFileSync(join(folder, 'copy.json'), readFileSync(join(folder, 'log.json')));
      const { manifests, faults } = discoverManifests(folder);
      const ids = manifests.map(({ id }) => id);
      expect(ids).to.include.members(['add', 'counter', 'external', 'log', 'slow', 'toy-vision']);
      expect(ids).to.deep.equal([...new Set(ids)].sort());
      expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_503', 'SAGE_503']);
      expect(faults[0]!.where).to.contain('broken.json');
      expect(faults[1]!.where).to.contain('copy.json');
      expect(faults[1]!.text).to.contain('the id "log" is already used by log.json');
      // A copy that comes first in the alphabet does not take the place of the manifest that has the id as its name.
      const text = readFileSync(join(folder, 'log.json'), 'utf8').replace('"version": "1"', '"version": "2"');
      writeFileSync(join(folder, 'a-copy.json'), text);
      const again = discoverManifests(folder);
      expect(again.manifests.find(({ id }) => id === 'log')?.version).to.equal('1');
      expect(again.faults.map(({ where }) => where.slice(folder.length + 1))).to.have.members([
        'a-copy.json',
        'broken.json',
        'copy.json',
      ]);
      expect(discoverManifests(join(folder, 'none')).faults[0]!.code).to.equal('SAGE_501');
      expect(thrownCode(() => readManifest(join(folder, 'none.json')))).to.equal('SAGE_501');
    }));

  it('distinguishes a missing from an altered file', () =>
    withCopy(async (folder) => {
      const manifest = manifestOf('add');
      const path = join(folder, 'add/main.onnx');
      const good = readFileSync(path);
      expect(await verifyModel(folder, manifest)).to.deep.equal([]);
      expect(readVerified(path, manifest.files[0]!)).to.deep.equal(good);

      const bad = Buffer.from(good);
      bad[20]! ^= 1;
      writeFileSync(path, bad);
      expect((await verifyModel(folder, manifest)).map(({ code }) => code)).to.deep.equal(['SAGE_502']);
      expect(thrownCode(() => readVerified(path, manifest.files[0]!))).to.equal('SAGE_502');

      writeFileSync(path, good.subarray(1));
      expect(thrownCode(() => readVerified(path, manifest.files[0]!))).to.equal('SAGE_502');
      const gone = { ...manifest.files[0]!, path: 'add/none.onnx' };
      const [fault] = await verifyModel(folder, { ...manifest, files: [gone] });
      expect(fault!.code).to.equal('SAGE_501');
      expect(thrownCode(() => readVerified(join(folder, 'add/none.onnx'), gone))).to.equal('SAGE_501');
      expect(
        thrownCode(() => readVerified(folder, gone)),
        'a folder is no file',
      ).to.be.oneOf(['SAGE_501', 'SAGE_502']);
    }));
});
