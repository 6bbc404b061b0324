import { expect } from 'chai';
import { seededRandom } from '../../../src/contracts/ports.js';
import type { SeenObject } from '../../../src/contracts/vision.js';
import { fitOf } from '../../../src/plugins/vision/frame.js';
import { findObjects } from '../../../src/plugins/vision/objects.js';
import { type Box, camera, cube, lookAt, render, type Scene, type SceneOptions } from './synthetic.js';

const LEAST = { min_area_px: 8, confidence: 0.4 };
const BLUE: Box['rgb'] = [40, 90, 205];
const GREEN: Box['rgb'] = [40, 150, 60];

function see(options: SceneOptions): { seen: readonly SeenObject[]; scene: Scene; robot_share: number } {
  const scene = render(options);
  const found = findObjects(scene.task, fitOf(scene.task.frame), scene.probs, LEAST);
  return { seen: found.objects, robot_share: found.robot_share, scene };
}

const nearest = (box: Box, seen: readonly SeenObject[]): { object: SeenObject; error_m: number } => {
  const errors = seen.map((object) => Math.hypot(object.position_m[0] - box.x, object.position_m[1] - box.y));
  const error_m = Math.min(...errors);
  return { object: seen[errors.indexOf(error_m)]!, error_m };
};

/** Difference of the turns of two squares, rad. */
function turnBetween(a: number, b: number): number {
  const quarters = (a - b) / (Math.PI / 2);
  return Math.abs(quarters - Math.round(quarters)) * (Math.PI / 2);
}

describe('plugins/vision/objects', () => {
  it('places cubes within 3 mm and turns them within 15° for cameras from 30° to 90° above the table', () => {
    const random = seededRandom(5);
    const within = (spread: number): number => spread * (random.next() - 0.5);
    for (const tilt of [30, 40, 50, 60, 75, 90]) {
      const boxes = [
        cube(0.3 + within(0.14), 0.13 + within(0.06), within(1.5)),
        cube(0.3 + within(0.14), -0.13 + within(0.06), within(1.5), BLUE),
        cube(0.3 + within(0.1), within(0.05), within(1.5), GREEN),
      ];
      const pose = lookAt([0.3, 0, 0.02], 0.95, tilt, 360 * random.next());
      const { seen } = see({ pose, boxes, blurs: 1 });
      expect(seen).to.have.length(3);
      for (const [i, box] of boxes.entries()) {
        const { object, error_m } = nearest(box, seen);
        expect(error_m, `tilt ${tilt}`).to.be.below(0.003);
        expect(object.position_m[2]).to.equal(0.02);
        expect(object.colour).to.equal(['red', 'blue', 'green'][i]);
        expect(object.size_m, `tilt ${tilt}`).to.be.closeTo(0.04, 0.005);
        expect(turnBetween(object.yaw_rad, box.yaw), `tilt ${tilt}`).to.be.below((15 * Math.PI) / 180);
        expect(object.yaw_rad).to.be.within(-Math.PI / 4, Math.PI / 4);
        expect(object.confidence).to.be.above(0.6);
      }
    }
  });

  it('stays within 6 mm when the probabilities are noisy', () => {
    const random = seededRandom(6);
    const box = cube(0.31, 0.04, 0.4);
    const scene = render({ pose: lookAt([0.3, 0, 0.02], 0.95, 50, 30), boxes: [box], blurs: 1 });
    for (let turn = 0; turn < 20; turn++) {
      const probs = scene.probs.map((p) => Math.min(1, Math.max(0, p + 0.4 * (random.next() - 0.5))));
      const { objects } = findObjects(scene.task, fitOf(scene.task.frame), probs, LEAST);
      expect(objects).to.have.length(1);
      expect(nearest(box, objects).error_m).to.be.below(0.006);
    }
  });

  it('sees the same through other image sizes, a binned image and a distorting lens', () => {
    const box = cube(0.32, -0.05, 0.3);
    const pose = lookAt([0.3, 0, 0.02], 0.95, 55, 20);
    const error = (scene: Scene): number => {
      const { objects } = findObjects(scene.task, fitOf(scene.task.frame), scene.probs, LEAST);
      return nearest(box, objects).error_m;
    };
    const shot = (model: ReturnType<typeof camera>) =>
      render({ pose, boxes: [box], camera: model, blurs: 1 });
    expect(error(shot(camera(1280, 720, 1100))), '16:9').to.be.below(0.003);
    expect(error(shot(camera(320, 240, 280))), 'small').to.be.below(0.003);
    expect(error(shot({ ...camera(), distortion: [-0.2, 0.05, 0.001, -0.001, 0] })), 'lens').to.be.below(
      0.003,
    );
    const binned = shot(camera(320, 240, 280));
    const task = { ...binned.task, camera: camera(640, 480, 560) };
    expect(error({ ...binned, task }), 'camera_info of the full image').to.be.below(0.003);
  });

  it('drops what hides a block: the robot, another block, the border of the picture', () => {
    const pose = lookAt([0.3, 0, 0.02], 0.95, 50, 0);
    const box = cube(0.3, 0, 0.2);
    const { seen: whole } = see({ pose, boxes: [box], blurs: 1 });
    const [u, v] = whole[0]!.centroid_px;
    // The robot's finger covers the left third of the block.
    const finger = (x: number, y: number): boolean => x < u - 4 && Math.abs(y - v) < 60;
    const { seen: behind, robot_share } = see({ pose, boxes: [box], robot: finger, blurs: 1 });
    expect(nearest(box, behind).error_m).to.be.below(0.006);
    expect(robot_share).to.be.closeTo(((u - 4) * 119) / (640 * 480), 0.01);

    const front = cube(0.36, 0.012, 0.1, BLUE);
    const { seen: two } = see({ pose, boxes: [box, front], blurs: 1 });
    expect(two.map(({ colour }) => colour).sort()).to.deep.equal(['blue', 'red']);
    for (const each of [box, front]) expect(nearest(each, two).error_m).to.be.below(0.006);

    const edge = { ...camera(), cx: camera().cx - u + 8 };
    const { seen: cut } = see({ pose, boxes: [box], camera: edge, blurs: 1 });
    expect(cut[0]!.centroid_px[0], 'only its right half is in the picture').to.be.below(16);
    expect(nearest(box, cut).error_m).to.be.below(0.008);
  });

  it('reports what it saw of the picture, and nothing that is too small, too doubtful or not on the table', () => {
    const pose = lookAt([0.3, 0, 0.02], 0.95, 60, 0);
    const { seen, scene } = see({ pose, boxes: [cube(0.3, 0, 0)] });
    const [object] = seen;
    expect(object!.kind).to.equal('block');
    expect(object!.centroid_px[0]).to.be.closeTo(319.5, 3);
    expect(object!.centroid_px[1]).to.be.closeTo(239.5, 6);
    const fit = fitOf(scene.task.frame);
    const few = (least: typeof LEAST, probs = scene.probs) =>
      findObjects(scene.task, fit, probs, least).objects.length;
    expect(few({ ...LEAST, min_area_px: object!.area_px })).to.equal(1);
    expect(few({ ...LEAST, min_area_px: object!.area_px + 1 })).to.equal(0);
    expect(few({ ...LEAST, confidence: object!.confidence + 0.01 })).to.equal(0);
    const upwards = { ...scene.task, camera_pose: { ...pose, orientation: [0, 0, 0, 1] as const } };
    expect(findObjects(upwards, fit, scene.probs, LEAST).objects).to.deep.equal([]);
    expect(few(LEAST, new Float32Array(3 * 160 * 120))).to.equal(0);
  });
});
