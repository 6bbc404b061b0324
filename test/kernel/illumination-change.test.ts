import { expect } from 'chai';
import { IlluminationChange } from '../../src/kernel/illumination-change.js';
import { embedFrame } from '../../src/ros/camera/embedding.js';
import { TabletopWorld } from '../../src/sim/world.js';

const SHAPE = { rows: 12, columns: 16, channels: 3 };

function pictureOf(world: TabletopWorld): Float32Array {
  const { width, height } = world.camera;
  const data = world.render().data.slice();
  const frame = { width, height, step: 3 * width, encoding: 'rgb8' as const, data, frame_id: '' };
  return embedFrame(frame, SHAPE.rows, SHAPE.columns);
}

/** Whether the light explains what became of a picture. */
function explained(before: Float32Array, now: Float32Array): boolean {
  const light = new IlluminationChange();
  light.observe(before, null, true);
  light.observe(now, null, false);
  return light.explains(SHAPE);
}

/** A lamp at one side: each cell by its own gain, and warmer. */
function lamp(picture: Float32Array, gain: (u: number, v: number) => number): Float32Array {
  const lit = picture.slice();
  for (let cell = 0; cell < picture.length / 3; cell++) {
    const u = (cell % SHAPE.columns) / SHAPE.columns;
    const v = Math.floor(cell / SHAPE.columns) / SHAPE.rows;
    lit[3 * cell] = picture[3 * cell]! * gain(u, v);
    lit[3 * cell + 1] = 0.5 + gain(u, v) * (picture[3 * cell + 1]! - 0.5) - 0.01;
    lit[3 * cell + 2] = 0.5 + gain(u, v) * (picture[3 * cell + 2]! - 0.5) + 0.015;
  }
  return lit;
}

describe('kernel/illumination-change', function () {
  this.timeout(240_000);
  const worlds = [1, 2, 3].map((seed) => new TabletopWorld({ seed }));
  let pictures: Float32Array[] = [];
  before(() => {
    pictures = worlds.map(pictureOf);
  });

  for (const exposure of [0.3, 0.5, 1.5])
    it(`explains that the light is ${exposure} of what it was`, () => {
      for (const [index, world] of worlds.entries()) {
        world.faults.exposure = exposure;
        expect(explained(pictures[index]!, pictureOf(world)), `seed ${index + 1}`).to.equal(true);
        world.faults.exposure = 1;
      }
    });

  it('explains a lamp at one side, warmer than the light before', () => {
    for (const picture of pictures) {
      expect(
        explained(
          picture,
          lamp(picture, (u) => 0.95 - 0.5 * u),
        ),
      ).to.equal(true);
      expect(
        explained(
          picture,
          lamp(picture, (u, v) => 0.9 - 0.3 * (u - 0.2) ** 2 - 0.3 * v),
        ),
      ).to.equal(true);
    }
  });

  it('explains no hand, whatever the light does at the same time, nor one that leaves its light behind', () => {
    for (const seed of [1, 2, 3]) {
      const world = new TabletopWorld({ seed });
      const before = pictureOf(world);
      world.hand(100);
      world.step(3);
      for (const exposure of [1, 0.3, 0.5, 1.5]) {
        world.faults.exposure = exposure;
        expect(explained(before, pictureOf(world)), `seed ${seed}, ${exposure}`).to.equal(false);
      }
    }
  });

  it('explains no thing of the size of a cell, of any look, while the light changes', () => {
    const [picture] = pictures;
    const dim = lamp(picture!, () => 0.6);
    expect(explained(picture!, dim)).to.equal(true);
    for (const cell of [0, 40, 100, 191])
      for (const [channel, by] of [
        [0, 0.08],
        [0, -0.08],
        [1, 0.06],
        [2, -0.06],
      ] as const) {
        const other = dim.slice();
        other[3 * cell + channel]! += by;
        expect(explained(picture!, other), `cell ${cell}, channel ${channel}`).to.equal(false);
      }
  });

  it('explains no lens that is covered, no other scene, and no light on half of the picture', () => {
    const [picture, another] = pictures;
    const covered = picture!.map((_, index) => (index % 3 === 0 ? 0.2 : 0.5));
    const half = lamp(picture!, (u) => (u < 0.5 ? 0.5 : 1));
    for (const [name, now] of [
      ['covered', covered],
      ['another', another!],
      ['half', half],
      ['nothing', picture!],
    ] as const)
      expect(explained(picture!, now), name).to.equal(false);
  });

  it('does not judge where the robot is, and compares with what was before the crisis began', () => {
    const [picture] = pictures;
    const dim = lamp(picture!, () => 0.6);
    const own = new Float32Array(192).fill(1);
    const other = dim.slice();
    for (const cell of [100, 101, 116, 117]) {
      own[cell] = 0;
      other[3 * cell] = 0.9;
    }
    const light = new IlluminationChange();
    for (let turn = 0; turn < 40; turn++) light.observe(picture!, own, true);
    light.observe(other, own, true);
    light.observe(other, own, false);
    expect(light.explains(SHAPE)).to.equal(true);
    light.accept();
    expect(light.explains(SHAPE), 'it is the light from now on').to.equal(false);
    light.observe(picture!, own, false);
    expect(light.explains(SHAPE), 'switched back').to.equal(true);
  });
});
