import { expect } from 'chai';
import { estimateMb } from '../../src/models/manager/memory.js';
import { probeModel, zeros } from '../../src/models/probe.js';
import { codeOf, hostParameters, manifestOf } from './fixtures.js';

describe('models/probe', () => {
  const manifest = manifestOf('zoo-classify');
  const dims = (shape: readonly (number | string)[], size?: readonly [number, number]) => {
    const adapter = { ...manifest.adapter!, ...(size ? { size: [...size] } : {}) };
    const inputs = [{ name: 'image', dtype: 'float32' as const, shape: [...shape] }];
    return zeros({ inputs, outputs: [] }, { ...manifest, adapter }).image!.dims;
  };

  it('measures an open picture in the size that its adapter gives it', () => {
    expect(dims(['batch', 3, 'height', 'width'], [480, 640])).to.deep.equal([1, 3, 480, 640]);
    expect(dims(['n', 'h', 'w', 3], [48, 64])).to.deep.equal([1, 48, 64, 3]);
    expect(dims(['batch', 'channels', 32, 'w'], [48, 64])).to.deep.equal([1, 3, 32, 64]);
    expect(dims([1, 3, 32, 32], [48, 64]), 'what is fixed stays').to.deep.equal([1, 3, 32, 32]);
    expect(dims(['n', 4])).to.deep.equal([1, 4]);
  });

  it('measures as many looks as go to the model together, where it takes them as one', () => {
    const own = manifestOf('zoo-regions');
    expect(zeros(own.graphs.main!, own).image!.dims).to.deep.equal([5, 3, 32, 32]);
    const apart = { ...own.graphs.main!, outputs: [{ ...own.graphs.main!.outputs[0]!, shape: [1, 4] }] };
    expect(zeros(apart, own).image!.dims, 'one after the other').to.deep.equal([1, 3, 32, 32]);
  });

  it('estimates what a model takes that was never measured: its weights, and what runs on its picture need', () => {
    const side = (size: number): number => {
      const shape = [1, 3, size, size];
      const inputs = [{ name: 'image', dtype: 'float32' as const, shape }];
      return estimateMb({ ...manifest, graphs: { main: { inputs, outputs: [] } } });
    };
    expect(side(640) - side(64), 'a large picture').to.be.within(50, 200);
    const open = { name: 'image', dtype: 'float32' as const, shape: ['batch', 3, 'h', 'w'] };
    const adapter = { ...manifest.adapter!, size: [640, 640] };
    const graphs = { main: { inputs: [open], outputs: [] } };
    expect(estimateMb({ ...manifest, graphs, adapter }), 'of open size').to.be.closeTo(side(640), 1e-6);
    const batch = { ...adapter, batch: 4 };
    expect(estimateMb({ ...manifest, graphs, adapter: batch }), 'four at once').to.be.above(side(640) + 150);
  });

  it('measures host and model memory separately with a run', async function () {
    this.timeout(240_000);
    const probe_file = '/nonexistent';
    const { memory_mb, host_mb, graphs } = await probeModel(manifest, hostParameters({ probe_file }));
    expect(host_mb).to.be.above(20);
    expect(memory_mb).to.be.above(host_mb!);
    expect(graphs).to.have.length(1);
    expect(graphs[0]!.round_trip_p50_ms).to.be.at.least(graphs[0]!.run_p50_ms);
    const gone = { ...manifest, files: [{ ...manifest.files[0]!, sha256: '0'.repeat(64) }] };
    expect(await codeOf(probeModel(gone, hostParameters()))).to.equal('SAGE_502');
  });
});
