export { centreOf, type Grid, gridClearance, gridProblem } from './grid.js';
export {
  createPlanePathPlugin,
  type PlanePath,
  type PlaneState,
} from './plugin.js';
export type { PlaneProblem, Point } from './problem.js';
export { projectPath } from './projection.js';
export { anglesFor, armClearance, type Disc, type TwoLinkArm, tipOf, twoLinkProblem } from './two-link.js';
