import { expect } from 'chai';
import { BATCH_MAX, type BatchItem, type Tensor } from '../../src/contracts/inference.js';
import { createModelHost, type ModelHost, type ModelManifest } from '../../src/models/index.js';
import type { GraphDeclaration } from '../../src/models/manifest.js';
import { skip } from '../skip.js';
import { codeOf, floats, HOSTS, hostParameters, manifestOf } from './fixtures.js';

const codesOf = (items: readonly BatchItem[] | undefined) => items!.map(({ fault }) => fault?.code ?? 'ok');
const numbersOf = (item: BatchItem): number[] => [...(item.tensors!.y!.data as Float32Array)];

/** A model whose open dimension is a length of time: its rows belong together. */
function overTime(): ModelManifest {
  const rows = manifestOf('rows');
  const { inputs, outputs } = rows.graphs.main!;
  const named = (values: GraphDeclaration['inputs']) =>
    values.map((value) => ({ ...value, shape: ['time', ...value.shape.slice(1)] }));
  const graphs = { main: { inputs: named(inputs), outputs: named(outputs) } };
  return { ...rows, id: 'time', graphs };
}

for (const { name, launch, absent } of HOSTS)
  describe(`models/batches, host in ${name}`, function () {
    this.timeout(240_000);
    let host: ModelHost;
    before(async function () {
      if (absent !== null) return skip(this, absent);
      const manifests = [...['rows', 'log', 'add', 'pick', 'twice'].map(manifestOf), overTime()];
      host = createModelHost({ parameters: hostParameters(), manifests, launch });
      await host.ready();
    });
    after(() => host?.close());

    const run = (model: string, xs: readonly Tensor[]) =>
      host.run({ model, graph: 'main', inputs: {}, fetch: ['y'], batch: xs.map((x) => ({ x })) });
    /** Four numbers whose logarithm is the same as that of one alone. */
    const item = (seed: number): Tensor => floats(1, 2 + seed, 3, 4 + seed);

    it('runs items as one where the graph leaves its first dimension open, and gives what each alone gives', async () => {
      const items = [item(0), item(1), item(2)];
      const { batch, runs, tensors, slots } = await run('rows', items);
      expect(runs).to.equal(1);
      expect([tensors, slots]).to.deep.equal([{}, {}]);
      for (const [i, x] of items.entries()) {
        const alone = await host.run({ model: 'rows', graph: 'main', inputs: { x }, fetch: ['y'] });
        expect(batch![i]!.tensors!.y!.dims).to.deep.equal([1, 4]);
        expect(numbersOf(batch![i]!)).to.deep.equal([...(alone.tensors.y!.data as Float32Array)]);
      }
    });

    it('runs them in turn, in one round trip, where it does not', async () => {
      const { batch, runs } = await run('add', [floats(1, 2, 3, 4), floats(5, 6, 7, 8)]);
      expect(runs).to.equal(2);
      expect(batch!.map(numbersOf)).to.deep.equal([
        [2, 3, 4, 5],
        [6, 7, 8, 9],
      ]);
      const before = (await host.stats()).runs;
      const other = { type: 'float32', dims: [2, 4], data: new Float32Array(8).fill(1) } as const;
      expect((await run('rows', [item(0), other])).runs, 'of other shapes').to.equal(2);
      expect((await host.stats()).runs).to.equal(before + 2);
    });

    it('does not stack along a dimension that the manifest does not call a batch', async () => {
      const { batch, runs } = await run('time', [item(0), item(1)]);
      expect(runs).to.equal(2);
      expect(codesOf(batch)).to.deep.equal(['ok', 'ok']);
    });

    it('says of each item when a stacked run has not a row for each', async () => {
      const { batch, runs } = await run('twice', [item(0), item(1)]);
      expect(codesOf(batch)).to.deep.equal(['SAGE_508', 'SAGE_508']);
      expect(batch![0]!.fault!.text).to.include('"y" has 4 rows for 2 items of 1');
      expect(runs).to.equal(1);
    });

    it('counts the runs that the model finished', async () => {
      const before = (await host.stats()).runs;
      const pick = (row: bigint): Tensor => ({
        type: 'int64',
        dims: [1, 4],
        data: BigInt64Array.of(0n, 1n, 2n, row),
      });
      const { batch, runs } = await run('pick', [pick(3n), pick(9n), pick(0n)]);
      expect(codesOf(batch)).to.deep.equal(['ok', 'SAGE_505', 'ok']);
      expect(runs).to.equal(2);
      expect((await host.stats()).runs).to.equal(before + 2);
    });

    it('names what is wrong with an item, and answers for the others', async () => {
      for (const model of ['rows', 'log']) {
        const { batch } = await run(model, [item(0), floats(1, -1, 1, 1), floats(1, 2), item(3)]);
        expect(codesOf(batch), model).to.deep.equal(['ok', 'SAGE_507', 'SAGE_508', 'ok']);
        expect(numbersOf(batch![3]!)[1]).to.be.closeTo(Math.log(5), 1e-6);
      }
      const bytes: Tensor = { type: 'uint8', dims: [1, 4], data: new Uint8Array(4) };
      expect(codesOf((await run('rows', [bytes])).batch)).to.deep.equal(['SAGE_508']);
    });

    it('takes no more than a bounded number, and keeps nothing', async () => {
      const many = Array.from({ length: BATCH_MAX }, (_, i) => item(i));
      expect((await run('rows', many)).batch).to.have.length(BATCH_MAX);
      expect(await codeOf(run('rows', [...many, item(0)]))).to.equal('SAGE_508');
      expect(await codeOf(run('rows', []))).to.equal('SAGE_508');
      const both = {
        model: 'rows',
        graph: 'main',
        inputs: {},
        fetch: [],
        keep: ['y'],
        batch: [{ x: item(0) }],
      };
      expect(await codeOf(host.run(both))).to.equal('SAGE_508');
      expect((await host.stats()).slots).to.equal(0);
    });
  });
