import type { CatalogueEntry } from './entry.js';

/** 7xx: acting. */
export const ACTING_ERRORS = {
  SAGE_701: {
    title: 'trajectory rejected: joint limit',
    hint: 'check the joint limits of the URDF and robot.lower_limits, upper_limits',
  },
  SAGE_702: { title: 'trajectory rejected: velocity or acceleration limit', hint: 'lower robot.speed_scale' },
  SAGE_703: {
    title: 'trajectory rejected: not finite or malformed',
    hint: 'report this bug: no plan may contain it',
  },
  SAGE_704: {
    title: 'trajectory rejected: start is not the measured state',
    hint: 'none needed: the arm has moved since, and SAGE replans',
  },
  SAGE_705: {
    title: 'trajectory rejected: collision',
    hint: 'none needed if rare: SAGE replans; otherwise check the table height and link radii',
  },
  SAGE_706: { title: 'motion refused: stale data', hint: 'restore fresh data from this source' },
  SAGE_707: {
    title: 'motion refused: held',
    hint: 'release the emergency stop, clear the scene, or call sage/resume',
  },
  SAGE_708: {
    title: 'arm not following its trajectory',
    hint: 'check the controller; the measured joints deviate from the plan',
  },
  SAGE_709: {
    title: 'trajectory rejected: wrong joints',
    hint: 'name every joint of the controller exactly once',
  },
  SAGE_710: {
    title: 'trajectory rejected: leaves the workspace',
    hint: 'check the target against robot.workspace_min_m and robot.workspace_max_m',
  },
  SAGE_711: {
    title: 'arm measured outside its limits',
    hint: 'check the limits, table height and base frame in the configuration, and the controller',
  },
  SAGE_712: {
    title: 'another node commands the arm',
    hint: 'run one at a time; sage/stop holds SAGE while the other works',
  },
  SAGE_713: {
    title: 'gripper command rejected: joint limit',
    hint: 'keep robot.gripper_open and robot.gripper_closed within the limits of the finger joints, or set robot.gripper_measured_* if the commands use other units',
  },
  SAGE_714: {
    title: 'gripper does not follow its commands',
    hint: 'check its controller and robot.gripper_interface',
  },
  SAGE_715: {
    title: 'hand would hit the table before grasping',
    hint: 'raise robot.grasp_depth_m, correct robot.tip_frame or tip_offset_m, or set robot.hand_below_tip_m if the URDF models the hand longer than it is',
  },
  SAGE_716: {
    title: 'unexpected contact while descending',
    hint: 'clear the obstacle; if there is none, check robot.table_height_m and robot.object_height_m',
  },
  SAGE_717: {
    title: 'unknown object in the path',
    hint: 'remove it, or call sage/resume if the arm may move there; otherwise SAGE waits for salience.habituation_s',
  },
} as const satisfies Record<string, CatalogueEntry>;
