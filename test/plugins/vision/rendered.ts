import { visionTask } from '../../../bench/vision-task.js';
import type { VisionTask } from '../../../src/contracts/vision.js';
import type { TabletopWorld } from '../../../src/sim/world.js';

/** What vision is asked for where its camera looks at a simulated table now. */
export const taskOf = (world: TabletopWorld): VisionTask => visionTask(world, world.render(), 0.04);
