import { expect } from 'chai';
import type { AnyReading } from '../../src/contracts/observation.js';
import type { RefinementResult } from '../../src/contracts/plan.js';
import type { VisionAnswer } from '../../src/contracts/vision.js';
import type { Body } from '../../src/kernel/body.js';
import { VisionFaculty } from '../../src/kernel/faculties/vision.js';
import { salienceReadings } from '../../src/kernel/salience-readings.js';
import { Situation } from '../../src/kernel/situation.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { parameters, picture, seen, urdf } from './tabletop.js';

const { grid_rows: rows, grid_columns: columns } = parameters.camera;
const world = new TabletopWorld({ ...parameters.sim, seed: 1 });

type Given = Omit<AnyReading, 'source' | 'stamp_ms' | 'received_ms'>;

/** A situation with a body and a camera that is placed, and how often the body was drawn into a picture. */
function seeing() {
  const situation = new Situation(parameters);
  const drawn: number[] = [];
  /** What the next pictures show of the body: 0 covers all, 1 nothing. */
  const shown = { cover: 1 };
  const at = (now_ms: number, ...given: readonly Given[]): void => {
    const readings = given.map(
      (one) => ({ ...one, source: one.kind, stamp_ms: now_ms, received_ms: now_ms }) as AnyReading,
    );
    situation.observe({ readings, faults: new Map(), dropped: new Map() }, now_ms);
    const body = situation.body as { -readonly [K in keyof Body]: Body[K] } | null;
    if (body !== null)
      body.mask = () => {
        drawn.push(now_ms);
        return new Float32Array(rows * columns).fill(shown.cover);
      };
    salienceReadings(situation);
  };
  const joints: Given = {
    kind: 'joints',
    names: parameters.robot.joints,
    position: parameters.robot.joints.map(() => 0.1),
    velocity: [],
  } as Given;
  at(
    0,
    { kind: 'robot_description', urdf } as Given,
    { kind: 'camera_info', model: world.camera, frame_id: '' } as Given,
    { kind: 'camera_pose', pose: world.cameraPose, frame_id: parameters.robot.base_frame } as Given,
    joints,
  );
  const [open = 0] = parameters.robot.gripper_open;
  const gripper: Given = {
    kind: 'joints',
    names: ['finger_left_joint', 'finger_right_joint'],
    position: [open / 2, open / 2],
    velocity: [],
  } as Given;
  const fingers = (now_ms: number): void => at(now_ms, gripper);
  return { situation, drawn, shown, fingers, look: (now_ms: number) => at(now_ms, joints, picture(now_ms)) };
}

const answered = (stamp_ms: number, objects: VisionAnswer['objects']): RefinementResult =>
  ({
    plugin: 'vision',
    finished: true,
    trust: 1,
    report: { status: 'halted', fault: null, best: { stamp_ms, objects, robot_share: 0, confidence: 0.9 } },
  }) as unknown as RefinementResult;

describe('kernel: the body in the picture', () => {
  it('is drawn once per picture, for salience and for vision alike', () => {
    const { situation, drawn, look } = seeing();
    const vision = new VisionFaculty();
    for (let now_ms = 50; now_ms <= 500; now_ms += 50) {
      look(now_ms);
      vision.offer(situation, false);
      vision.integrate(answered(now_ms, []), situation);
    }
    expect(drawn).to.deep.equal([50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
  });

  it('hides what it covered in the picture that vision was asked about, not in a newer one', () => {
    const confidence = (covered: boolean): number | undefined => {
      const { situation, shown, look } = seeing();
      const vision = new VisionFaculty();
      situation.beliefs.integrate(
        {
          stamp_ms: 10,
          objects: [
            {
              kind: 'block',
              colour: 'red',
              hsv: [0, 1, 1],
              position_m: [0.3, 0, 0.02],
              yaw_rad: 0,
              size_m: 0.04,
              area_px: 400,
              centroid_px: [0, 0],
              confidence: 0.9,
            },
          ],
          robot_share: 0,
          confidence: 0.9,
        },
        1,
        () => true,
      );
      shown.cover = covered ? 0 : 1;
      look(100);
      vision.offer(situation, false);
      shown.cover = covered ? 1 : 0;
      look(150);
      vision.offer(situation, true);
      vision.integrate(answered(100, []), situation);
      return situation.beliefs.all[0]?.confidence;
    };
    expect(confidence(true), 'it was behind the arm').to.equal(0.9);
    expect(confidence(false), 'it should have been seen').to.be.below(0.9);
  });

  it('does not mistake what it holds for an object on the table behind the gripper', () => {
    for (const holding of [true, false]) {
      for (const covered of [true, false]) {
        const { situation, shown, fingers, look } = seeing();
        const vision = new VisionFaculty();
        shown.cover = covered ? 0 : 1;
        fingers(50);
        situation.holding = holding;
        look(100);
        vision.offer(situation, false);
        vision.integrate(answered(100, [seen('red', 0.3, 0)]), situation);
        const believed = situation.beliefs.all.length;
        expect(believed, `holding ${holding}, covered ${covered}`).to.equal(holding && covered ? 0 : 1);
      }
    }
  });
});
