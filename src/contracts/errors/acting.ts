import type { CatalogueEntry } from './entry.js';

/** 7xx: acting. */
export const ACTING_ERRORS = {
  SAGE_701: { title: 'trajectory rejected: joint limit', hint: 'the plan left the limits of the URDF' },
  SAGE_702: { title: 'trajectory rejected: velocity or acceleration limit', hint: 'lower robot.speed_scale' },
  SAGE_703: {
    title: 'trajectory rejected: not finite or malformed',
    hint: 'report it: a plan must never contain this',
  },
  SAGE_704: {
    title: 'trajectory rejected: does not start at the measured state',
    hint: 'the arm moved since; it is planned anew',
  },
  SAGE_705: {
    title: 'trajectory rejected: collision',
    hint: 'the plan would touch the table or the arm itself',
  },
  SAGE_706: { title: 'motion refused: data not fresh', hint: 'wait for good data from the source named' },
  SAGE_707: {
    title: 'motion refused: held',
    hint: 'clear the emergency stop, the crisis, or call sage/resume',
  },
  SAGE_708: {
    title: 'arm does not follow',
    hint: 'check the controller; the measured joints differ from the plan',
  },
  SAGE_709: {
    title: 'trajectory rejected: wrong joints',
    hint: 'a trajectory names every joint of the controller once',
  },
  SAGE_710: {
    title: 'trajectory rejected: workspace left',
    hint: 'check robot.workspace_min_m and robot.workspace_max_m against where the target lies',
  },
  SAGE_711: {
    title: 'the arm is measured where it must not be',
    hint: 'check limits, table height and base frame of the configuration, and the controller',
  },
  SAGE_712: {
    title: 'another node commands the arm',
    hint: 'let one at a time; sage/stop holds SAGE while the other is at work',
  },
  SAGE_713: {
    title: 'gripper command rejected: joint limit',
    hint: 'set robot.gripper_open and robot.gripper_closed within the limits of the finger joints, or robot.gripper_measured_* where other units are sent',
  },
  SAGE_714: {
    title: 'gripper does not do as told',
    hint: 'check its controller, and robot.gripper_interface',
  },
  SAGE_715: {
    title: 'the hand reaches the table before it grasps',
    hint: 'raise robot.grasp_depth_m, correct robot.tip_frame or tip_offset_m, or set robot.hand_below_tip_m where the URDF draws the hand longer than it is',
  },
  SAGE_716: {
    title: 'the hand met something on its way down',
    hint: 'clear what stands there; check robot.table_height_m and robot.object_height_m where nothing does',
  },
  SAGE_717: {
    title: 'something unknown lies on the way',
    hint: 'take it away, or call sage/resume if the arm may move there; else it waits for salience.habituation_s',
  },
} as const satisfies Record<string, CatalogueEntry>;
