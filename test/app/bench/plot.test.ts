import { expect } from 'chai';
import fc from 'fast-check';
import { linePlot } from '../../../src/app/bench/plot.js';

const plotOf = (points: readonly (readonly [number, number])[], log = false) =>
  linePlot({
    title: 'a < b & c',
    x: { label: 'x', log },
    y: { label: 'y', log },
    series: [{ name: 'one', points }],
  });

describe('the line plot', () => {
  it('draws every point inside the picture, whatever the values', () => {
    const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (points, log) => {
          const svg = plotOf(points, log);
          expect(svg).not.to.include('NaN').and.not.to.include('Infinity');
          const places = /points="([^"]*)"/
            .exec(svg)![1]!
            .split(' ')
            .map((place) => place.split(',').map(Number));
          expect(places).to.have.length(points.length);
          for (const [x, y] of places) {
            expect(x).to.be.within(0, 640);
            expect(y).to.be.within(0, 400);
          }
        },
      ),
    );
  });

  it('escapes words, and labels ticks that can be read', () => {
    const svg = plotOf([
      [1, 10],
      [4000, 250],
    ]);
    expect(svg).to.include('a &lt; b &amp; c').and.to.include('>4000<');
  });
});
