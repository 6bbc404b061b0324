import { expect } from 'chai';
import { Body } from '../../src/kernel/body.js';
import { Proprioception } from '../../src/kernel/proprioception.js';
import { parameters, urdf } from './tabletop.js';

const body = new Body(urdf, parameters);

/** Joint states of an arm whose first joint goes by `at`, one in `every_ms`. */
function felt(at: (time_ms: number) => number, until_ms: number, every_ms = 10): Proprioception {
  const joints = new Proprioception(parameters);
  for (let time_ms = 0; time_ms <= until_ms; time_ms += every_ms) {
    const position = body.joints.map((_, joint) => (joint === 0 ? at(time_ms) : 0));
    const common = { source: 'joints', stamp_ms: time_ms, received_ms: time_ms };
    joints.take({ kind: 'joints', ...common, names: body.joints, position, velocity: [] }, time_ms, body);
  }
  return joints;
}
/** Half a radian per second until it stops. */
const stopsAt = (stop_ms: number) => (time_ms: number) => 0.0005 * Math.min(time_ms, stop_ms);

describe('kernel: did the arm move when the picture was taken', () => {
  it('says yes while it moves, and no soon after it has come to rest', () => {
    const joints = felt(stopsAt(1000), 1200);
    for (const stamp_ms of [600, 990, 1050]) expect(joints.movedAt(stamp_ms), `${stamp_ms}`).to.equal(true);
    for (const stamp_ms of [1110, 1200]) expect(joints.movedAt(stamp_ms), `${stamp_ms}`).to.equal(false);
  });

  it('judges a picture that comes late by when it was taken', () => {
    const joints = felt((time_ms) => stopsAt(500)(time_ms) + 0.0005 * Math.max(0, time_ms - 900), 1000);
    expect(joints.movedAt(480)).to.equal(true);
    expect(joints.movedAt(880), 'before it began again').to.equal(false);
    expect(joints.movedAt(1000)).to.equal(true);
  });

  it('knows slow motion from the noise of encoders', () => {
    expect(felt((time_ms) => 0.000015 * time_ms, 1000).movedAt(1000)).to.equal(true);
    expect(felt((time_ms) => (time_ms % 20 === 0 ? 0.0003 : 0), 1000).movedAt(1000)).to.equal(false);
  });

  it('derives a velocity over more than a step of the encoder, a thousand times a second too', () => {
    const steps = (time_ms: number) => Math.round((0.0003 * time_ms) / 0.0015) * 0.0015;
    for (const every_ms of [0.5, 1, 2, 10, 50]) {
      for (const until_ms of [400, 405, 413]) {
        const velocity = felt(steps, until_ms, every_ms).arm!.velocity;
        expect(velocity[0], `every ${every_ms} ms`).to.be.closeTo(0.3, 0.11);
        expect(velocity[1]).to.equal(0);
      }
    }
  });

  it('reaches back as far where joint states come a thousand times a second', () => {
    const joints = felt(stopsAt(1000), 1400, 1);
    expect(joints.movedAt(1000)).to.equal(true);
    expect(joints.valuesAt(1000).get(body.joints[0]!)).to.be.closeTo(0.5, 1e-9);
    expect(joints.valuesAt(900).get(body.joints[0]!)).to.be.closeTo(0.45, 0.006);
    expect(joints.arm?.stamp_ms).to.equal(1400);
  });
});
