import { z } from 'zod';
import { choice, flag, real, reals, text, texts, whole } from '../parameter.js';

/** Everything that differs between arms, set by a file in config/robots/; there is no code per arm. */
export const robotParameters = z.strictObject({
  base_frame: text('base_link', {
    description: 'URDF link in which targets and the table are expressed.',
    unit: '',
    source: 'REP-105 convention',
  }),
  frame_prefix: text('', {
    description: 'Prefix of the URDF links in message and tf frames, such as robot1/; empty = none.',
    unit: '',
    source: 'frame_prefix of robot_state_publisher',
  }),
  tip_frame: text('tool0', {
    description: 'URDF link that goes to a target: the point between the fingertips.',
    unit: '',
    source: 'ROS-Industrial convention',
  }),
  tip_offset_m: reals(
    [0, 0, 0],
    { min: -1, max: 1, length: 3 },
    {
      description:
        'Position of the point between the fingertips in robot.tip_frame, if the URDF has no link there.',
      unit: 'm',
      source: '',
    },
  ),
  approach_axis: reals(
    [0, 0, 1],
    { min: -1, max: 1, length: 3 },
    {
      description: 'Axis of the tip frame along which the tool points.',
      unit: '',
      source: 'ROS-Industrial: tool0 z points forward',
    },
  ),
  joints: texts([], {
    description: 'Joints of the arm controller, in its order; empty = the movable joints from base to tip.',
    unit: '',
    source: '',
  }),
  lower_limits: reals(
    [],
    { min: -1000, max: 1000 },
    {
      description: 'Lower limit per joint; the narrower of this and the URDF applies. Empty = URDF only.',
      unit: 'rad or m',
      source: 'as position limits in joint_limits.yaml of MoveIt',
    },
  ),
  upper_limits: reals(
    [],
    { min: -1000, max: 1000 },
    { description: 'Upper limit per joint, likewise.', unit: 'rad or m', source: '' },
  ),
  velocity_limits: reals(
    [],
    { min: 0.001, max: 100 },
    {
      description: 'Maximum velocity per joint; the smaller of this and the URDF applies. Empty = URDF only.',
      unit: 'rad/s or m/s',
      source: 'as velocity limits in joint_limits.yaml of MoveIt',
    },
  ),
  joint_stamps: choice(['header', 'own_clock'], 'header', {
    description:
      "Clock of the joint_states stamps: this machine's time (header), or the driver's own clock, such as a microcontroller's uptime, which only needs to advance (own_clock).",
    unit: '',
    source: '',
  }),
  home: reals(
    [],
    { min: -10, max: 10 },
    {
      description: 'Home posture, one value per joint; empty = mid-range of each joint, nearest to zero.',
      unit: 'rad or m',
      source: '',
    },
  ),
  table_height_m: real(
    0,
    { min: -3, max: 3 },
    { description: 'Height of the table top in the base frame.', unit: 'm', source: '' },
  ),
  workspace_min_m: reals(
    [-2, -2, -1],
    { min: -10, max: 10, length: 3 },
    {
      description:
        'Lower corner of the box, in the base frame, that the tip may enter and objects may lie in; only the way to robot.home may leave it.',
      unit: 'm',
      source: '',
    },
  ),
  workspace_max_m: reals(
    [2, 2, 2],
    { min: -10, max: 10, length: 3 },
    { description: 'Upper corner of that box.', unit: 'm', source: '' },
  ),
  speed_scale: real(
    0.5,
    { min: 0.01, max: 1 },
    {
      description: 'Share of the joint velocity limits to use.',
      unit: '',
      source: 'MoveIt uses 0.1 by default; chosen for a tabletop arm',
      live: true,
    },
  ),
  acceleration_limit: real(
    5,
    { min: 0.05, max: 100 },
    {
      description:
        'Maximum acceleration of every joint, revolute or prismatic, unless robot.acceleration_limits is set.',
      unit: 'rad/s² or m/s²',
      source: 'typical in joint_limits.yaml of tabletop arms',
    },
  ),
  acceleration_limits: reals(
    [],
    { min: 0.001, max: 1000 },
    {
      description:
        'Maximum acceleration per joint; empty = robot.acceleration_limit for all. If the URDF has a limit, the smaller applies.',
      unit: 'rad/s² or m/s²',
      source: 'max_acceleration in joint_limits.yaml of MoveIt',
    },
  ),
  link_radius_m: real(
    0.04,
    { min: 0.005, max: 0.5 },
    {
      description:
        'Radius assumed for links whose collision shape is missing, or a mesh that could not be read.',
      unit: 'm',
      source: '',
    },
  ),
  read_meshes: flag(true, {
    description:
      'Whether capsules are fitted to the meshes of the URDF, where these are found; otherwise such links are assumed from their joints.',
    unit: '',
    source: '',
  }),
  mesh_paths: texts([], {
    description:
      'Folders in which the packages of package:// meshes lie, or relative ones start, before those of AMENT_PREFIX_PATH and ROS_PACKAGE_PATH.',
    unit: '',
    source: '',
  }),
  gripper_joints: texts([], {
    description:
      'Finger joints in joint_states, in the order of the values sent; empty = the movable joints of the URDF beyond the last arm joint.',
    unit: '',
    source: '',
  }),
  gripper_open: reals(
    [0.04, 0.04],
    { min: -1000, max: 1000 },
    {
      description:
        'Values sent to open the gripper: joint positions, or controller units (then set gripper_measured_*).',
      unit: 'rad or m',
      source: '',
    },
  ),
  gripper_closed: reals(
    [0, 0],
    { min: -1000, max: 1000 },
    {
      description:
        'Values sent to close the gripper: joint positions, or controller units (then set gripper_measured_*).',
      unit: 'rad or m',
      source: '',
    },
  ),
  gripper_measured_open: reals(
    [],
    { min: -10, max: 10 },
    {
      description:
        'Finger joint positions when open, if they differ from the values sent; empty = gripper_open.',
      unit: 'rad or m',
      source: '',
    },
  ),
  gripper_measured_closed: reals(
    [],
    { min: -10, max: 10 },
    {
      description: 'Finger joint positions when closed on nothing; empty = gripper_closed.',
      unit: 'rad or m',
      source: '',
    },
  ),
  gripper_interface: choice(
    ['auto', 'commands', 'trajectory', 'gripper_command', 'parallel_gripper_command'],
    'auto',
    {
      description:
        'How the gripper is commanded: Float64MultiArray on gripper_controller/commands, JointTrajectory on gripper_controller/joint_trajectory, the action GripperCommand or ParallelGripperCommand on gripper_controller/gripper_cmd; auto = the first of the first three that has a listener.',
      unit: '',
      source: 'ros2_controllers',
    },
  ),
  gripper_effort: real(
    0,
    { min: 0, max: 1000 },
    {
      description: "Maximum effort sent to a gripper action; 0 = the controller's default.",
      unit: 'N or N·m',
      source: '',
    },
  ),
  gripper_holds: reals(
    [0.06, 0.85],
    { min: 0, max: 1, length: 2 },
    {
      description:
        'Fingers at rest between these openings (0 closed, 1 open) hold something; below the first they closed on nothing, above the second they are open.',
      unit: '',
      source: 'a 4 cm block between fingers that open 8 cm rests at 0.5',
    },
  ),
  gripper_time_s: real(
    1,
    { min: 0.05, max: 10 },
    { description: 'Time allowed for the gripper to open or close.', unit: 's', source: '' },
  ),
  object_height_m: real(
    0.04,
    { min: 0.002, max: 0.5 },
    {
      description: 'Height of the objects on the table, used to locate what the camera sees.',
      unit: 'm',
      source: '',
    },
  ),
  grasp_depth_m: real(
    0.02,
    { min: -0.2, max: 0.2 },
    {
      description: 'Height above the table at which the fingers close.',
      unit: 'm',
      source: 'half of a 4 cm block',
    },
  ),
  hand_below_tip_m: real(
    0,
    { min: 0, max: 0.1 },
    {
      description:
        "How far the hand's collision shapes in the URDF extend beyond the tip although the real hand does not; ignored when checking against the table.",
      unit: 'm',
      source: 'the coarse shapes of a Panda reach 19 mm beyond its tip',
    },
  ),
  approach_height_m: real(
    0.12,
    { min: 0.02, max: 1 },
    {
      description:
        'Height above the object from which the tip descends straight down, and to which it lifts.',
      unit: 'm',
      source: '',
    },
  ),
  arm_interface: choice(['auto', 'topic', 'action'], 'auto', {
    description:
      'How trajectories are sent: JointTrajectory topic, FollowJointTrajectory action, or (auto) the action if control_msgs is installed and a server answers.',
    unit: '',
    source: '',
  }),
  self_collision: flag(true, {
    description: 'Check trajectories for self-collision.',
    unit: '',
    source: '',
  }),
});

export const cameraParameters = z.strictObject({
  pose: reals(
    [],
    { min: -100, max: 100 },
    {
      description: 'Camera pose x y z qx qy qz qw, if no topic provides it; empty = from camera/pose.',
      unit: 'm',
      source: '',
    },
  ),
  pose_frame: text('', {
    description: 'Frame of camera.pose; empty = robot.base_frame.',
    unit: '',
    source: '',
  }),
  pose_convention: choice(['auto', 'optical', 'link'], 'auto', {
    description:
      'Axis convention of the camera frame: optical (z forward), link (x forward), or auto (optical, unless only link faces the table).',
    unit: '',
    source: 'REP-103',
  }),
  transport: choice(['raw', 'compressed', 'auto'], 'auto', {
    description:
      'Image topic: camera/image_raw (raw), camera/image_raw/compressed (compressed), or whichever has a publisher, preferring raw (auto).',
    unit: '',
    source: 'image_transport convention',
  }),
  stale_ms: real(
    500,
    { min: 20, max: 60000 },
    {
      description: 'Camera images older than this are stale: no new decisions are based on them.',
      unit: 'ms',
      source: '15 frames at 30 Hz',
    },
  ),
  grid_rows: whole(
    12,
    { min: 4, max: 48 },
    {
      description: 'Rows of cells in the camera embedding.',
      unit: '',
      source: 'measured: see docs/benchmarks.md',
    },
  ),
  grid_columns: whole(
    16,
    { min: 4, max: 64 },
    {
      description: 'Columns of cells in the camera embedding.',
      unit: '',
      source: 'measured: see docs/benchmarks.md',
    },
  ),
});
