import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import { readMesh } from '../../src/meshes/read.js';
import { binaryStl, boxTriangles, daeText, extent, objText } from './solids.js';

const box = boxTriangles([0.5, 0.25, 1], [0.5, 0, 0]);
const rounded = (triangles: Float64Array): number[][] =>
  extent(triangles).map((range) => range.map((value) => Math.round(value * 1e5) / 1e5));

async function refused(bytes: Uint8Array, name: string): Promise<SageError> {
  try {
    await readMesh(bytes, name);
  } catch (thrown) {
    if (thrown instanceof SageError) return thrown;
    throw thrown;
  }
  throw new Error(`${name} was read`);
}

describe('readMesh', function () {
  this.timeout(60_000);

  it('reads STL, OBJ and COLLADA to the same triangles', async () => {
    for (const [bytes, name] of [
      [binaryStl(box), 'package://arm/link.STL'],
      [Buffer.from(objText(box)), '/meshes/link.obj'],
      [Buffer.from(daeText(box)), 'link.dae'],
    ] as const) {
      const triangles = await readMesh(bytes, name);
      expect(triangles, name).to.have.length(12 * 9);
      expect(rounded(triangles), name).to.deep.equal(rounded(box));
    }
  });

  it('takes the unit and the poses of nodes of a COLLADA file; its up axis turns nothing, as in RViz', async () => {
    const inMillimetres = Float64Array.from(box, (value) => 1000 * value);
    for (const up of ['Z_UP', 'Y_UP', 'X_UP']) {
      const file = daeText(inMillimetres, { unit: 0.001, up });
      expect(rounded(await readMesh(Buffer.from(file), 'link.dae')), up).to.deep.equal(rounded(box));
    }
    const turned = daeText(box, { matrix: '0 -1 0 0 1 0 0 0 0 0 1 2 0 0 0 1' });
    const [x, y, z] = rounded(await readMesh(Buffer.from(turned), 'link.dae'));
    expect([x, y, z]).to.deep.equal([
      [-0.125, 0.125],
      [0.25, 0.75],
      [1.5, 2.5],
    ]);
  });

  it('refuses what cannot be read, and says why', async () => {
    for (const [bytes, name, text] of [
      [Buffer.from(daeText(box).slice(0, 700)), 'cut.dae', 'cut.dae'],
      [Buffer.from('not a mesh at all'), 'none.dae', 'none.dae'],
      [Buffer.from('v 1 2 3\n'), 'flat.obj', 'flat.obj'],
      [binaryStl(box).subarray(0, 500), 'cut.stl', 'cut off'],
      [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), 'far.stl', 'git lfs pull'],
      [Buffer.from('whatever'), 'link.step', 'link.step'],
    ] as const) {
      const error = await refused(bytes, name);
      expect(error.code, name).to.equal('SAGE_306');
      expect(error.message).to.include(text);
    }
  });
});
