import { expect } from 'chai';
import type { AnyReading } from '../../src/contracts/observation.js';
import { VisionFaculty } from '../../src/kernel/faculties/vision.js';
import { Situation } from '../../src/kernel/situation.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { parameters, picture, urdf } from './tabletop.js';

const world = new TabletopWorld({ ...parameters.sim, seed: 1 });

/** What stands against the camera after pictures, and whether anything would be looked for in them. */
function seenFor(
  time_ms: number,
  more: readonly object[],
): { readonly codes: string[]; readonly looks: boolean } {
  const situation = new Situation(parameters);
  for (let now_ms = 0; now_ms <= time_ms; now_ms += 100) {
    const readings = [{ kind: 'robot_description', urdf }, ...more, picture(now_ms)].map(
      (one) =>
        ({ source: (one as AnyReading).kind, ...one, stamp_ms: now_ms, received_ms: now_ms }) as AnyReading,
    );
    situation.observe({ readings, faults: new Map(), dropped: new Map() }, now_ms);
  }
  const codes = situation.faults.map(({ code }) => code).filter((code) => code.startsWith('SAGE_2'));
  return { codes, looks: new VisionFaculty().offer(situation, false) !== null };
}

const info = (width: number, height: number) => ({
  kind: 'camera_info',
  model: { ...world.camera, width, height },
  frame_id: '',
});
const pose = { kind: 'camera_pose', pose: world.cameraPose, frame_id: parameters.robot.base_frame };

describe('kernel: a camera whose calibration', () => {
  it('has not come is named once it had time to, and nothing is placed meanwhile', () => {
    expect(seenFor(1000, [])).to.deep.equal({ codes: [], looks: false });
    expect(seenFor(4000, [pose])).to.deep.equal({ codes: ['SAGE_206'], looks: false });
    expect(seenFor(4000, [info(640, 480)])).to.deep.equal({ codes: ['SAGE_207'], looks: false });
    expect(seenFor(4000, [info(640, 480), pose])).to.deep.equal({ codes: [], looks: true });
  });

  it('is of a larger picture of the same shape is scaled; of another shape it is refused (SAGE_206)', () => {
    expect(seenFor(100, [info(1280, 960), pose])).to.deep.equal({ codes: [], looks: true });
    expect(seenFor(100, [info(1280, 720), pose])).to.deep.equal({ codes: ['SAGE_206'], looks: false });
  });
});
