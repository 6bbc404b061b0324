import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../src/contracts/ports.js';
import { colourName, colourOfMany, hsvOf, hueDistance } from '../../../src/plugins/vision/colour.js';
import { splitByHue } from '../../../src/plugins/vision/split.js';

type Rgb = readonly [number, number, number];

/** What paints look like to a camera in white light, 0..255. */
const PAINTS: Record<string, Rgb> = {
  red: [204, 35, 29],
  orange: [245, 112, 20],
  yellow: [242, 198, 24],
  green: [36, 148, 62],
  cyan: [27, 177, 194],
  blue: [33, 93, 204],
  purple: [122, 52, 163],
  pink: [240, 120, 168],
};

/** Factors on the channels: as it is, dim, lamp light, cloudy, bright enough to clip. */
const LIGHTS: readonly Rgb[] = [
  [1, 1, 1],
  [0.45, 0.45, 0.45],
  [1.06, 1, 0.88],
  [0.92, 1, 1.06],
  [1.2, 1.2, 1.2],
];

const lit = (rgb: Rgb, light: Rgb, shade = 1): Rgb => {
  const channel = (k: 0 | 1 | 2): number => Math.min(255, rgb[k] * light[k] * shade);
  return [channel(0), channel(1), channel(2)];
};
const nameOf = ([r, g, b]: Rgb, bright = 1): string => colourName(hsvOf(r / 255, g / 255, b / 255), bright);

describe('plugins/vision/colour', () => {
  it('names paints alike in different lights and shades', () => {
    for (const [name, rgb] of Object.entries(PAINTS)) {
      for (const light of LIGHTS) {
        for (const shade of [1, 0.75, 0.55]) {
          expect(nameOf(lit(rgb, light, shade)), `${name} in ${light} at ${shade}`).to.equal(name);
        }
      }
    }
  });

  it('distinguishes white, grey and black relative to the brightest pixel', () => {
    for (const light of [1, 0.7, 0.4]) {
      const bright = 0.95 * light;
      expect(nameOf(lit([235, 232, 228], [light, light, light]), bright)).to.equal('white');
      expect(nameOf(lit([128, 130, 126], [light, light, light]), bright)).to.equal('grey');
      expect(nameOf(lit([25, 24, 26], [light, light, light]), bright)).to.equal('black');
    }
    expect(nameOf([9, 5, 8]), 'the noise of a dark pixel has no hue').to.equal('black');
    expect(nameOf(lit([235, 232, 228], [1.06, 1, 0.88])), 'white in lamp light').to.equal('white');
  });

  it('has a name for every colour, the same under dimming as long as there is colour to see', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, (r, g, b) => {
        const [hue, saturation, value] = hsvOf(r / 255, g / 255, b / 255);
        expect(hue).to.be.within(0, 360);
        const name = nameOf([r, g, b]);
        expect(name).to.match(/^(red|orange|yellow|green|cyan|blue|purple|pink|white|grey|black)$/);
        if (saturation > 0.65 && value > 0.5) expect(nameOf([r / 2, g / 2, b / 2])).to.equal(name);
      }),
    );
  });

  it('takes one colour from many pixels of lit and shaded faces, noise and a gloss spot', () => {
    const random = seededRandom(4);
    for (const [name, rgb] of Object.entries(PAINTS)) {
      const pixels: number[] = [];
      for (let i = 0; i < 60; i++) {
        const shade = i % 3 === 0 ? 0.6 : 1;
        const gloss = i < 6 ? 70 : 0;
        for (const value of lit(rgb, [1, 1, 1], shade)) {
          pixels.push(Math.min(255, value + gloss + 12 * (random.next() - 0.5)));
        }
      }
      const hsv = colourOfMany(Float32Array.from(pixels));
      expect(colourName(hsv), name).to.equal(name);
      const [hue] = hsvOf(rgb[0] / 255, rgb[1] / 255, rgb[2] / 255);
      expect(hueDistance(hsv[0], hue)).to.be.below(6);
    }
  });

  /** Two rectangles side by side, 8 × 8 cells each, with a shaded lower part and mixed cells all around. */
  function pair(left: Rgb, right: Rgb, random = seededRandom(9)) {
    const region: number[] = [];
    const colours = new Map<number, Rgb>();
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 16; column++) {
        const cell = (40 + row) * 160 + 60 + column;
        const border = row === 0 || row === 7 || column === 0 || column === 15;
        const paint = column < 8 ? left : right;
        const shaded = lit(paint, [1, 1, 1], row > 4 ? 0.6 : 1);
        const mixed: Rgb = border
          ? [(shaded[0] + 160) / 2, (shaded[1] + 120) / 2, (shaded[2] + 80) / 2]
          : shaded;
        const noisy = mixed.map((value) => value + 10 * (random.next() - 0.5)) as unknown as Rgb;
        region.push(cell);
        colours.set(cell, noisy);
      }
    }
    return splitByHue(region, (cell, into) => into.set(colours.get(cell)!));
  }

  it('splits two blocks of different colours that touch, and no block of one colour', () => {
    const white: Rgb = [225, 225, 222];
    const all = { ...PAINTS, white };
    for (const [a, left] of Object.entries(all)) {
      for (const [b, right] of Object.entries(all)) {
        const parts = pair(left, right);
        if (a === b) {
          expect(parts, a).to.have.length(1);
          continue;
        }
        expect(parts, `${a} beside ${b}`).to.have.length(2);
        for (const part of parts) {
          expect(part.length).to.be.within(52, 76);
          const own = part.filter((cell) => cell % 160 < 68).length;
          expect(Math.max(own, part.length - own) / part.length, 'each is of one side').to.be.above(0.9);
        }
        expect(new Set(parts.flat()).size, 'no cell is lost').to.equal(128);
      }
    }
  });
});
