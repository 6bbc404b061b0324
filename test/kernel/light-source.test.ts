import { expect } from 'chai';
import type { Vec3 } from '../../src/contracts/geometry.js';
import { LightSource } from '../../src/kernel/light-source.js';
import { type CastRegion, RobotShadow } from '../../src/kernel/robot-shadow.js';
import type { Capsule } from '../../src/robot/capsules.js';
import type { Ground } from '../../src/robot/cast-shadow.js';
import { distance, dot, unit } from '../../src/robot/vector.js';

/** A camera that looks straight down on 0.6 × 0.8 m of a table. */
const ROWS = 12;
const COLUMNS = 16;
const WIDTH_M = 0.05;
const GRID = { rows: ROWS, columns: COLUMNS, channels: 3 };
const CELLS = ROWS * COLUMNS;
const placeOf = (row: number, column: number): Vec3 => [0.8 - WIDTH_M * row, 0.4 - WIDTH_M * column, 0];
const GROUND: Ground = {
  places_m: Array.from({ length: CELLS }, (_, cell) =>
    placeOf(Math.floor(cell / COLUMNS) + 0.5, (cell % COLUMNS) + 0.5),
  ),
  widths_m: new Float64Array(CELLS).fill(WIDTH_M),
};
/** Behind the arm, to its right. */
const LAMP = unit([-0.5, -0.15, 0.8]) as Vec3;
const FREE = new Float32Array(CELLS).fill(1);
const SHADOW = 0.7;

/** An arm that ends before the picture begins, turned so far to the left. */
function arm(turn_rad: number, from_m = -0.35): readonly Capsule[] {
  const reach = (along_m: number, z: number): Vec3 => [
    from_m + along_m * Math.cos(turn_rad),
    along_m * Math.sin(turn_rad),
    z,
  ];
  return [
    { a: reach(0, 0.3), b: reach(0.1, 0.65), radius_m: 0.06 },
    { a: reach(0.1, 0.65), b: reach(0.45, 0.55), radius_m: 0.05 },
  ];
}

/** Whether the way from a place to the lamp meets the arm: by small steps along it. */
function meets(place: Vec3, links: readonly Capsule[]): boolean {
  for (let far = 0; far < 1.2; far += 0.02) {
    const at: Vec3 = [place[0] + far * LAMP[0], place[1] + far * LAMP[1], place[2] + far * LAMP[2]];
    for (const { a, b, radius_m } of links)
      for (let k = 0; k <= 1; k += 0.05) {
        const on: Vec3 = [a[0] + k * (b[0] - a[0]), a[1] + k * (b[1] - a[1]), a[2] + k * (b[2] - a[2])];
        if (distance(at, on) < radius_m) return true;
      }
  }
  return false;
}

function lit(embedding: Float32Array, cell: number, gain: number): void {
  embedding.set([0.5 * gain, 0.5 - 0.06 * gain, 0.5 + 0.05 * gain], cell * 3);
}

/** A brown table with the shadow of the arm on it. */
function table(links: readonly Capsule[]): Float32Array {
  const embedding = new Float32Array(CELLS * 3);
  for (let cell = 0; cell < CELLS; cell++) {
    let open = 0;
    for (const y of [0.2, 0.5, 0.8])
      for (const x of [0.2, 0.5, 0.8])
        if (!meets(placeOf(Math.floor(cell / COLUMNS) + y, (cell % COLUMNS) + x), links)) open += 1 / 9;
    lit(embedding, cell, SHADOW + (1 - SHADOW) * open);
  }
  return embedding;
}

const TURNS = Array.from({ length: 9 }, (_, step) => step * step * 0.004);
/** The pictures of a turn to the left, made once. */
const PICTURES = TURNS.map((turn) => ({ turn, embedding: table(arm(turn)) }));

interface Told {
  readonly lamp: LightSource;
  readonly last: CastRegion | null;
  /** The last picture, and what is left of it when the shadow is taken out. */
  readonly seen: Float32Array;
  readonly relit: Float32Array;
}

/** The arm turns, with whatever else there is in the pictures. */
function turned(
  other: (seen: Float32Array, step: number) => void,
  lamp = new LightSource(),
  moving = true,
): Told {
  const shadow = new RobotShadow();
  let told: Told | null = null;
  for (const [step, { turn, embedding }] of PICTURES.entries()) {
    const seen = embedding.slice();
    other(seen, step);
    const posed = { embedding: seen, cells: FREE, links: () => arm(turn) };
    const moves = moving && step > 0;
    const last = lamp.update(posed, () => GROUND, GRID, moves, shadow.unexplained);
    told = { lamp, last, seen, relit: shadow.removeShadow(seen, FREE, GRID, moves, last) };
  }
  return told as Told;
}

/** The shadow of a hand that comes in over the right edge. */
function handShadow(seen: Float32Array, step: number): void {
  for (let row = 2; row < 5; row++)
    for (let far = 0; far < Math.min(5, step); far++) lit(seen, row * COLUMNS + COLUMNS - 1 - far, 0.65);
}
const lumaOf = (embedding: Float32Array, row: number, column: number): number =>
  embedding[3 * (row * COLUMNS + column)] as number;
const nothingElse = (): void => {};

describe('kernel/light-source', () => {
  it('finds the lamp by the shadow of an arm that is not in the picture, and takes that shadow out', () => {
    const { lamp, seen, relit } = turned(nothingElse);
    expect(lamp.direction, 'found').to.not.equal(null);
    expect(Math.acos(dot(lamp.direction as Vec3, LAMP)), 'rad away').to.be.lessThan(0.08);
    const before = PICTURES[0]?.embedding as Float32Array;
    const away = (embedding: Float32Array): number =>
      Math.max(
        ...FREE.map((_, cell) => Math.abs((embedding[3 * cell] as number) - (before[3 * cell] as number))),
      );
    expect(away(seen), 'as it is seen').to.be.greaterThan(0.08);
    expect(away(relit), 'as it is attended to').to.be.lessThan(0.02);
  });

  it('leaves the shadow of a hand at the edge what it is, beside the own shadow whose lamp is known', () => {
    const { lamp } = turned(nothingElse);
    const { last, relit } = turned(handShadow, lamp);
    expect(last, 'the lamp is still known').to.not.equal(null);
    for (let row = 2; row < 5; row++)
      for (const column of [11, 13, 15])
        expect(lumaOf(relit, row, column), `${row}, ${column}`).to.be.lessThan(0.4);
  });

  it('leaves the shadow of a hand what it is where both are new', () => {
    const { relit } = turned(handShadow);
    for (const column of [11, 13, 15])
      expect(lumaOf(relit, 3, column), `column ${column}`).to.be.lessThan(0.4);
  });

  it('does not take the shadow of a hand for its own while no lamp is known', () => {
    const alone = turned((seen, step) => {
      for (let cell = 0; cell < CELLS; cell++) lit(seen, cell, 1);
      handShadow(seen, step);
    });
    expect(alone.lamp.direction).to.equal(null);
    expect(lumaOf(alone.relit, 3, 13)).to.be.lessThan(0.4);
  });

  it('does not take a flickering shadow for its own if the arm moves differently', () => {
    const passing = turned((seen, step) => {
      for (let cell = 0; cell < CELLS; cell++) lit(seen, cell, 1);
      for (let row = 6; row < 11; row++) {
        lit(seen, row * COLUMNS + 12 - step, 0.65);
        lit(seen, row * COLUMNS + 14 - step, step === 0 ? 0.65 : 1);
      }
    });
    expect(passing.lamp.direction).to.equal(null);
    expect(lumaOf(passing.relit, 8, 4)).to.be.lessThan(0.4);
  });

  it('believes in no lamp while something of another colour is in the picture, nor while the arm rests', () => {
    const hand = turned((seen, step) => {
      if (step > 0) seen.set([0.6, 0.4, 0.62], 3 * (11 * COLUMNS));
    });
    expect(hand.lamp.direction).to.equal(null);
    expect(turned(nothingElse, new LightSource(), false).lamp.direction).to.equal(null);
  });

  it('finds a lamp again after it moved', () => {
    const lamp = new LightSource();
    const mirrored = (embedding: Float32Array): Float32Array =>
      embedding.map((_, at) => {
        const [cell, channel] = [Math.floor(at / 3), at % 3];
        const row = Math.floor(cell / COLUMNS);
        return embedding[3 * (row * COLUMNS + COLUMNS - 1 - (cell % COLUMNS)) + channel] as number;
      });
    turned(nothingElse, lamp);
    const shadow = new RobotShadow();
    for (const [step, { turn, embedding }] of PICTURES.entries()) {
      const posed = { embedding: mirrored(embedding), cells: FREE, links: () => arm(-turn) };
      const cast = lamp.update(posed, () => GROUND, GRID, step > 0, shadow.unexplained);
      shadow.removeShadow(posed.embedding, FREE, GRID, step > 0, cast);
    }
    const [x, y, z] = LAMP;
    expect(Math.acos(dot(lamp.direction as Vec3, [x, -y, z])), 'rad away').to.be.lessThan(0.08);
  });
});
