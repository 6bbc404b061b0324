import { expect } from 'chai';
import { readStl } from '../../src/robot/fit/stl.js';
import { binaryStl, boxTriangles, textStl } from '../meshes/solids.js';
import { refusal } from '../refusal.js';

const box = Float64Array.from(boxTriangles([0.5, 0.25, 1]));
const read = (bytes: Uint8Array, most = 1000): Float64Array => readStl(bytes, 'link.stl', most);

describe('readStl', () => {
  it('reads binary files, also those that begin as a text would', () => {
    expect(read(binaryStl(box))).to.deep.equal(box);
    expect(read(binaryStl(box, 'solid exported by a CAD program'))).to.deep.equal(box);
  });

  it('reads text', () => {
    expect(read(Buffer.from(textStl(box)))).to.deep.equal(box);
    expect(read(Buffer.from(textStl(box).replace(/\n/g, '\r\n').replace('vertex', 'VERTEX')))).to.deep.equal(
      box,
    );
  });

  it('refuses what is truncated, empty, not finite, or too much', () => {
    const cases: [Uint8Array, string][] = [
      [binaryStl(box).subarray(0, 300), 'cut off'],
      [Buffer.alloc(0), 'cut off'],
      [Buffer.from(textStl(box).split('\n').slice(0, 12).join('\n')), 'cut off'],
      [binaryStl(new Float64Array(0)), 'no triangles'],
      [Buffer.from('solid nothing\nendsolid'), 'no triangles'],
      [binaryStl(Float64Array.from(box, (value, at) => (at === 4 ? Number.NaN : value))), 'not finite'],
      [Buffer.from(textStl(box).replace('-0.25', 'nought')), 'not finite'],
    ];
    for (const [bytes, text] of cases) {
      expect(refusal(() => read(bytes)))
        .to.match(/^SAGE_306 link.stl: /)
        .and.include(text);
    }
    expect(refusal(() => read(binaryStl(box), 11))).to.include('12 triangles, at most 11');
  });
});
