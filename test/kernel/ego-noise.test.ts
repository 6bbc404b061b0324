import { expect } from 'chai';
import fc from 'fast-check';
import { EgoNoise } from '../../src/kernel/ego-noise.js';

const BANDS = 24;
const STILL = { speed: 0, fingers: false };
const level = (of: (band: number) => number): Float32Array =>
  Float32Array.from({ length: BANDS }, (_, band) => of(band));
const room = level(() => 0.3);
const hum = (speed: number): Float32Array =>
  level((band) => 0.3 + (band < 12 ? 0.3 * Math.min(1, speed) : 0));
const shout = (over: Float32Array): Float32Array =>
  over.map((value, band) => Math.max(value, band > 4 ? 0.8 : 0));

/** Hears the room for a second, and then a motion that grows faster and slower again, as often as is said. */
class Robot {
  readonly noise = new EgoNoise();
  now_ms = 0;

  hear(levels: Float32Array, speed = 0, fingers = false): Float32Array | null {
    this.now_ms += 50;
    return this.noise.subtract(levels, { speed, fingers }, this.now_ms);
  }

  rest(readings = 20): void {
    for (let i = 0; i < readings; i++) this.hear(room);
  }

  /** What is heard of others at each reading of a motion. */
  move(fastest = 1.1): (Float32Array | null)[] {
    const speeds = Array.from({ length: 120 }, (_, i) => fastest * Math.sin((Math.PI * (i + 1)) / 121));
    return speeds.map((speed) => this.hear(hum(speed), speed));
  }
}

describe('OwnNoise', () => {
  it('passes sound heard at rest', () => {
    const noise = new EgoNoise();
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (values) => {
          const levels = Float32Array.from(values);
          expect(noise.subtract(levels, STILL, 0)).to.deep.equal(levels);
        },
      ),
    );
  });

  it('hears nobody in its own noise: in the first motion nothing can be told, in the next there is the room alone', () => {
    const robot = new Robot();
    robot.rest();
    const first = robot.move();
    expect(first.slice(0, 10).every((heard) => heard === null)).to.equal(true);
    robot.rest();
    robot.move();
    robot.rest();
    for (const heard of robot.move()) {
      if (heard === null) continue;
      for (const value of heard) expect(value).to.be.closeTo(0.3, 1e-3);
    }
  });

  it('hears who is louder than the motion', () => {
    const robot = new Robot();
    robot.rest();
    for (let i = 0; i < 3; i++) {
      robot.move();
      robot.rest();
    }
    const heard = robot.hear(shout(hum(0.3)), 0.3);
    expect(heard).to.not.equal(null);
    expect(Math.max(...heard!)).to.be.above(0.7);
    expect(heard![0], 'and nothing where only the motion is').to.be.closeTo(0.3, 1e-3);
  });

  it('learns an unfamiliar speed before it reports others, and the fingers separately', () => {
    const robot = new Robot();
    robot.rest();
    for (let i = 0; i < 3; i++) robot.move(0.3);
    expect(robot.hear(hum(1.5), 1.5), 'never so fast before').to.equal(null);
    expect(robot.hear(hum(0.2), 0.2)).to.not.equal(null);
    expect(robot.hear(room, 0, true), 'the fingers were never heard').to.equal(null);
    for (let i = 0; i < 10; i++) robot.hear(room, 0, true);
    expect(robot.hear(room, 0, true)).to.not.equal(null);
  });

  it('reports nothing until its own effect has decayed', () => {
    const robot = new Robot();
    robot.rest();
    robot.move();
    expect(robot.hear(hum(0.5))).to.equal(null);
    robot.now_ms += 250;
    expect(robot.hear(room)).to.deep.equal(room);
  });

  it('attributes a louder sound to itself over time, and not at once', () => {
    const robot = new Robot();
    robot.rest();
    for (let i = 0; i < 3; i++) robot.move(0.3);
    const worn = level(() => 0.6);
    const first = Math.max(...robot.hear(worn, 0.3)!);
    for (let i = 0; i < 200; i++) robot.hear(worn, 0.3);
    expect(first).to.be.above(0.5);
    expect(Math.max(...robot.hear(worn, 0.3)!)).to.be.below(0.35);
  });
});
