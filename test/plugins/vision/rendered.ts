import type { VisionTask } from '../../../src/contracts/vision.js';
import type { TabletopWorld } from '../../../src/sim/world.js';

/** What vision is asked for where its camera looks at a simulated table now. */
export function taskOf(world: TabletopWorld): VisionTask {
  const { width, height, data } = world.render();
  return {
    frame: { width, height, step: 3 * width, encoding: 'rgb8', data, frame_id: 'camera' },
    stamp_ms: 0,
    camera: world.look.camera,
    camera_pose: world.look.camera_pose,
    table_height_m: 0,
    object_height_m: 0.04,
  };
}
