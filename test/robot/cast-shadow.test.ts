import { expect } from 'chai';
import type { CameraModel, Pose, Vec3 } from '../../src/contracts/geometry.js';
import { basePointToPixel, cellIn } from '../../src/robot/camera.js';
import { CastShadow, shadeOf } from '../../src/robot/cast-shadow.js';
import { distance, unit } from '../../src/robot/vector.js';
import { loadArm } from './arms.js';

const GRID = { rows: 12, columns: 16 };
const CAMERA: CameraModel = {
  width: 160,
  height: 120,
  fx: 200,
  fy: 200,
  cx: 79.5,
  cy: 59.5,
  distortion: [0, 0, 0, 0, 0],
};
/** A metre above the table, looking straight down, the top of the picture away from the arm. */
const OPTICAL: Pose = { position_m: [0.5, 0, 1], orientation: [Math.SQRT1_2, -Math.SQRT1_2, 0, 0] };
const EVERY = Array.from({ length: GRID.rows * GRID.columns }, (_, cell) => cell);

function caster(table_height_m = 0): CastShadow {
  const { model, base_frame, tip_frame } = loadArm('seven-axis');
  return new CastShadow(model, { ...GRID, base_frame, tip_frame, link_radius_m: 0.04, table_height_m });
}

describe('robot/cast-shadow', () => {
  it('sees the table where the camera shows it', () => {
    for (const height_m of [0, 0.2]) {
      const { places_m, widths_m } = caster(height_m).ground(CAMERA, OPTICAL);
      for (const cell of [0, 37, 191]) {
        const place = places_m[cell] as Vec3;
        expect(place[2]).to.equal(height_m);
        const pixel = basePointToPixel(CAMERA, OPTICAL, place) as readonly [number, number];
        expect(cellIn(pixel, CAMERA, GRID)).to.equal(cell);
        expect(widths_m[cell]).to.be.closeTo(0.05 * (1 - height_m), 1e-6);
      }
    }
  });

  it('shades nothing where the camera does not see the table', () => {
    const up: Pose = { position_m: [0.5, 0, 1], orientation: [0, 0, 0, 1] };
    const ground = caster().ground(CAMERA, up);
    expect(ground.places_m.every((place) => place === null)).to.equal(true);
    const ball = { a: [0.5, 0, 0.3], b: [0.5, 0, 0.3], radius_m: 1 } as const;
    expect(Math.max(...shadeOf([ball], [0, 0, 1], ground, EVERY))).to.equal(0);
  });

  it('puts the shadow of a ball on the far side of the lamp', () => {
    const ground = caster().ground(CAMERA, OPTICAL);
    const at: Vec3 = [0.4, 0.1, 0.3];
    const lamp = unit([-0.4, 0.3, 0.9]) as Vec3;
    const shade = shadeOf([{ a: at, b: at, radius_m: 0.1 }], lamp, ground, EVERY);
    const foot: Vec3 = [0.4 + (0.4 / 0.9) * 0.3, 0.1 - (0.3 / 0.9) * 0.3, 0];
    for (const cell of EVERY) {
      const away_m = distance(ground.places_m[cell] as Vec3, foot);
      if (away_m < 0.06) expect(shade[cell], `${away_m} m`).to.equal(1);
      if (away_m > 0.16) expect(shade[cell], `${away_m} m`).to.equal(0);
    }
    expect(
      [...shade].some((share) => share > 0 && share < 1),
      'an edge',
    ).to.equal(true);
  });

  it('puts the links that move where the joints have them, and no others', () => {
    const links = caster().placed(new Map([['Joint A', 0]]));
    const turned = caster().placed(new Map([['Joint A', Math.PI / 2]]));
    expect(links.length).to.be.greaterThan(6);
    for (const [index, { a }] of links.entries()) {
      const [x, y, z] = turned[index]!.a;
      expect(distance([y, -x, z], a), `capsule ${index}`).to.be.lessThan(1e-9);
    }
  });
});
