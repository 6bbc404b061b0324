import type { VisionTask } from '../src/contracts/vision.js';
import type { TabletopWorld } from '../src/sim/world.js';

/** What vision is asked for where its camera shows a picture of a simulated table. */
export function visionTask(
  { look }: TabletopWorld,
  { width, height, data }: ReturnType<TabletopWorld['render']>,
  object_height_m: number,
): VisionTask {
  return {
    frame: { width, height, step: 3 * width, encoding: 'rgb8', data, frame_id: 'camera' },
    stamp_ms: 0,
    camera: look.camera,
    camera_pose: look.camera_pose,
    table_height_m: 0,
    object_height_m,
  };
}
