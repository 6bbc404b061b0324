/**
 * The names on the graph that differ between robots, each relative and remappable. A configuration file sets them
 * under `topics:`; they become ROS remaps, so that a launch file's remaps and these mean the same.
 */
export const ROBOT_TOPICS = [
  'camera/image_raw',
  'camera/image_raw/compressed',
  'camera/camera_info',
  'camera/pose',
  'joint_states',
  'audio/in',
  'audio/data',
  'robot_description',
  'battery_state',
  'emergency_stop',
  'arm_controller/joint_trajectory',
  'arm_controller/follow_joint_trajectory',
  'gripper_controller/commands',
  'gripper_controller/joint_trajectory',
  'gripper_controller/gripper_cmd',
  'sage/goal',
] as const;

export type RobotTopic = (typeof ROBOT_TOPICS)[number];

/** A ROS name: letters, digits and _ between slashes, not beginning with a digit; `/` in front makes it absolute. */
const ROS_NAME = /^[~/]?([A-Za-z_][A-Za-z0-9_]*)(\/[A-Za-z_][A-Za-z0-9_]*)*$/;
const NAME_LENGTH_MAX = 200;

export function isRosName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= NAME_LENGTH_MAX && ROS_NAME.test(name);
}

/** The remaps as ROS arguments, without `--ros-args`: `-r camera/image_raw:=/my_camera/image`. */
export function remapArguments(topics: Readonly<Partial<Record<RobotTopic, string>>>): string[] {
  return Object.entries(topics).flatMap(([from, to]) => ['-r', `${from}:=${to}`]);
}

/**
 * The ROS arguments of a process: what it was started with, then what the configuration files say. ROS takes the
 * first remap and the last value that fit, so a user's remap wins, and a file's `use_sim_time` must not be added
 * where one was given.
 * @param given `--ros-args …` or nothing
 */
export function withConfiguredNames(
  given: readonly string[],
  configuration: {
    readonly topics: Readonly<Partial<Record<RobotTopic, string>>>;
    readonly use_sim_time: boolean | null;
  },
): string[] {
  const said = given.some((argument) => argument.startsWith('use_sim_time:='));
  const added = [
    ...remapArguments(configuration.topics),
    ...(configuration.use_sim_time === null || said
      ? []
      : ['-p', `use_sim_time:=${configuration.use_sim_time}`]),
  ];
  if (added.length === 0) return [...given];
  return given.length === 0
    ? ['--ros-args', ...added]
    : [...given.filter((argument) => argument !== '--'), ...added];
}
