import { expect } from 'chai';
import { zeros } from '../../src/models/probe.js';
import { manifestOf } from './fixtures.js';

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
});
