import { expect } from 'chai';
import type { AnyReading } from '../../src/contracts/observation.js';
import type { RefinementResult } from '../../src/contracts/plan.js';
import { VisionFaculty } from '../../src/kernel/faculties/vision.js';
import { Situation } from '../../src/kernel/situation.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { parameters, picture, urdf } from './tabletop.js';

const world = new TabletopWorld({ ...parameters.sim, seed: 1 });

/** A situation that sees a new picture at each call. */
function seeing() {
  const situation = new Situation(parameters);
  const readings = (now_ms: number): AnyReading[] =>
    [
      { kind: 'robot_description', urdf },
      { kind: 'camera_info', model: world.camera, frame_id: '' },
      { kind: 'camera_pose', pose: world.cameraPose, frame_id: parameters.robot.base_frame },
      picture(now_ms),
    ].map((one) => ({ ...one, source: one.kind, stamp_ms: now_ms, received_ms: now_ms }) as AnyReading);
  const look = (now_ms: number): void =>
    situation.observe({ readings: readings(now_ms), faults: new Map(), dropped: new Map() }, now_ms);
  return { situation, look };
}

const cancelled = { finished: true, report: { status: 'cancelled' } } as unknown as RefinementResult;
describe('kernel: vision at rest', () => {
  it('does not look only to keep up, but does so while it is held', () => {
    const { situation, look } = seeing();
    const faculty = new VisionFaculty();
    look(0);
    expect(faculty.offer(situation, false), 'the first look is always taken').to.not.equal(null);
    faculty.integrate(cancelled, situation);
    look(10_000);
    expect(faculty.offer(situation, false), 'awake').to.not.equal(null);
    faculty.integrate(cancelled, situation);
    situation.resting = true;
    look(20_000);
    expect(faculty.offer(situation, false), 'at rest').to.equal(null);
    expect(faculty.offer(situation, true), 'what runs may end').to.not.equal(null);
    situation.held = { code: 'SAGE_707', where: 'arm', text: '' };
    expect(faculty.offer(situation, false), 'whether the scene is clear').to.not.equal(null);
  });
});
