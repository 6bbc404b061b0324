import { type Fault, fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import type { ArmState, ArmTrajectory } from '../contracts/motion.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { digits } from '../contracts/readable.js';
import { jointUnit } from '../robot/arm-chain.js';
import { type ArmContext, armContext } from '../robot/arm-context.js';
import { BodyMask } from '../robot/body-mask.js';
import { basePointToPixel, cameraPoseOptical } from '../robot/camera.js';
import { type ShapeOrigins, shapeOrigins } from '../robot/capsules.js';
import { CastShadow, type CastShadowOptions } from '../robot/cast-shadow.js';
import { ClearanceMonitor } from '../robot/clearance-monitor.js';
import { Gripper, type JointValues } from '../robot/gripper.js';
import { isContinuous, toleranceScale, wrappedLike } from '../robot/joint-wrapping.js';
import { linkTransforms, movableBetween } from '../robot/kinematics.js';
import { brakeTrajectory, checkTrajectory } from '../robot/motion-check.js';
import type { RobotModel } from '../robot/robot-model.js';
import { compose, fromPose, identity, invert, toPose, translationOf } from '../robot/transform.js';
import { parseUrdf } from '../robot/urdf.js';

/** Added around every link in the picture: shapes, calibration and latency are not exact, m. */
export const BODY_MARGIN_M = 0.03;

/** A quintic from a moving start goes at up to this many times its mean velocity. */
const SETTLE_FACTOR = 3;
const SETTLE_MIN_S = 0.2;
/** A quintic from rest to rest is this much faster in its middle than in the mean. */
const REST_TO_REST_PEAK = 1.875;

/** A measurement may be this far beyond a limit, rad or m: encoders and descriptions are not exact. */
const MEASURED_SLACK = 0.01;
/** Measured velocities have noise: this many times the limit counts as beyond it. */
const MEASURED_SPEED = 1.15;

/** A tip may stop this much above where it should grasp: within the tolerance of every motion, m. */
const GRASP_SLACK_M = 0.001;

/** The node's idea of the robot's body, made from its description: what it can reach, and where it is in the picture. */
export class Body {
  readonly context: ArmContext;
  readonly joints: readonly string[];
  /** Which joints turn endlessly. */
  readonly continuous: readonly boolean[];
  /** By what values of each joint are multiplied where they are compared with a tolerance in rad: 1, more where it slides. */
  readonly tolerance_scales: readonly number[];
  /** Where the arm begins: what its first joint moves, in the base frame, m. */
  readonly shoulder_m: Vec3;
  private readonly home: readonly number[];
  /** What stands against grasping as it is configured, whether or not it is ever tried, or null. */
  readonly gripper_fault: Fault | null;
  private readonly model: RobotModel;
  private readonly carrying: readonly string[];
  private readonly gripper: Gripper;
  private readonly silhouette: BodyMask;
  /** How it is looked at in the picture. */
  private readonly picture: Omit<CastShadowOptions, 'table_height_m'>;
  private cast: CastShadow | null = null;
  private readonly contact: ClearanceMonitor;
  private readonly scratch = identity();

  /** @throws SageError SAGE_302, SAGE_303, SAGE_304 for a description that cannot be used. */
  constructor(
    readonly urdf: string,
    private readonly parameters: Parameters,
  ) {
    this.context = armContext(parseUrdf(urdf), parameters.robot);
    this.model = this.context.chain.model;
    this.joints = this.context.chain.joints;
    this.home = this.context.chain.home;
    this.continuous = this.context.chain.limits.map(isContinuous);
    this.tolerance_scales = this.joints.map((_, joint) => toleranceScale(this.unitOf(joint)));
    this.shoulder_m = this.restPosition(this.model.joints.get(this.joints[0] ?? '')?.child ?? '');
    this.contact = new ClearanceMonitor(this.context, -MEASURED_SLACK);
    this.carrying = this.carryingJoints();
    this.gripper = new Gripper(this.context.chain, parameters.robot);
    const { gripper_open, gripper_closed } = parameters.robot;
    this.gripper_fault =
      [gripper_open, gripper_closed].flatMap((values) => this.checkGripper(values))[0] ??
      this.handReachFault();
    this.picture = {
      base_frame: parameters.robot.base_frame,
      tip_frame: this.context.chain.tip_frame,
      rows: parameters.camera.grid_rows,
      columns: parameters.camera.grid_columns,
      link_radius_m: parameters.robot.link_radius_m,
    };
    this.silhouette = new BodyMask(this.model, { ...this.picture, margin_m: BODY_MARGIN_M });
  }

  /** What the shapes of its links come from. */
  get shapes(): ShapeOrigins {
    const { link_radius_m } = this.parameters.robot;
    return shapeOrigins(this.model, { link_radius_m, tip_frame: this.context.chain.tip_frame });
  }

  /** Where its shadow falls on the table; made when somebody asks, which few pictures give reason to. */
  get shadow(): CastShadow {
    const { table_height_m } = this.parameters.robot;
    this.cast ??= new CastShadow(this.model, { ...this.picture, table_height_m });
    return this.cast;
  }

  /** Whether the description has a joint of this name. */
  knows(joint: string): boolean {
    return this.model.joints.has(joint);
  }

  /** The home posture, endless joints in the turn that is nearest to where they are. */
  homeFrom(position: readonly number[]): readonly number[] {
    return wrappedLike(this.home, position, this.continuous);
  }

  /**
   * A joint between base and tip that the arm's controller does not move (a lift, a torso) and that is measured elsewhere
   * than the arm is planned for, in words; null where there is none.
   */
  displaced(values: JointValues): string | null {
    for (const joint of this.carrying) {
      const planned = this.context.chain.others.get(joint) ?? 0;
      const measured = values.get(joint) ?? planned;
      if (Math.abs(measured - planned) <= MEASURED_SLACK) continue;
      return `${joint} is at ${digits(measured)}, but motions are planned for ${digits(planned)}; add it to robot.joints, or set a robot.base_frame that moves with it`;
    }
    return null;
  }

  /** The joints that move the tip in the base frame and are none of the arm's. */
  private carryingJoints(): readonly string[] {
    const ways = [this.parameters.robot.base_frame, this.context.chain.tip_frame].map((link) =>
      this.jointsFromRoot(link),
    );
    const [base = [], tip = []] = ways;
    const between = [
      ...base.filter((joint) => !tip.includes(joint)),
      ...tip.filter((joint) => !base.includes(joint)),
    ];
    return between.filter((joint) => this.context.chain.others.has(joint));
  }

  /** The joints from the root to a link. */
  private jointsFromRoot(link: string): readonly string[] {
    const way: string[] = [];
    let at = this.model.links.get(link)?.parent_joint ?? null;
    while (at !== null && way.length <= this.model.joints.size) {
      way.push(at);
      at = this.model.links.get(this.model.joints.get(at)?.parent ?? '')?.parent_joint ?? null;
    }
    return way;
  }

  /** Where a link is with all joints at rest, in the base frame, m; the origin for one that there is not. */
  private restPosition(link: string): Vec3 {
    const links = linkTransforms(this.model, new Map());
    const [base, placed] = [links.get(this.parameters.robot.base_frame), links.get(link)];
    return base === undefined || placed === undefined
      ? [0, 0, 0]
      : translationOf(compose(invert(base), placed));
  }

  /** The unit of a joint of the arm. */
  unitOf(joint: number): 'rad' | 'm' {
    return jointUnit(this.context.chain, joint);
  }

  /** The tip in the base frame, m. */
  tip(position: readonly number[]): Vec3 {
    return translationOf(this.context.chain.tip(position, this.scratch));
  }

  /** The gate's independent look at a trajectory. */
  check(trajectory: ArmTrajectory, arm: ArmState, held_below_tip_m: number): readonly Fault[] {
    return checkTrajectory(trajectory, {
      arm: this.context,
      start: arm,
      start_tolerance: this.parameters.safety.start_tolerance,
      table_height_m: this.parameters.robot.table_height_m,
      held_below_tip_m,
    });
  }

  /** The fastest stop within limits; a hold where the arm rests. */
  brake(arm: ArmState): ArmTrajectory {
    return brakeTrajectory(arm, {
      acceleration_limits: this.context.acceleration_limits,
      joints: this.context.chain.limits,
    });
  }

  /**
   * Holds the arm where it is measured although it should be elsewhere. A controller that interpolates from its own
   * desired state has a way to go to there; the time keeps that way within the velocity limits.
   */
  settle(arm: ArmState, expected: readonly number[], factor = SETTLE_FACTOR): ArmTrajectory {
    const wanted = wrappedLike(expected, arm.position, this.continuous);
    const time_s = this.context.chain.limits.reduce((longest, { velocity }, joint) => {
      const away = Math.abs((wanted[joint] ?? 0) - (arm.position[joint] ?? 0));
      return Math.max(longest, (factor * away) / velocity);
    }, SETTLE_MIN_S);
    const still = arm.position.map(() => 0);
    return {
      joints: this.joints,
      points: [{ time_s, position: arm.position, velocity: still, acceleration: still }],
    };
  }

  /**
   * A stop of an arm that is not measured any more, from where its plan has it. It may never have gone there (a protective
   * stop takes its joint states along), so the way from where it was measured last keeps within the velocity limits.
   */
  brakeUnseen(planned: ArmState, measured: ArmState): ArmTrajectory {
    const brake = this.brake(planned);
    const end = brake.points.at(-1)!;
    const slow = this.settle({ ...planned, position: end.position }, measured.position, REST_TO_REST_PEAK);
    return slow.points[0]!.time_s > Math.max(end.time_s, SETTLE_MIN_S) ? slow : brake;
  }

  /** What the measured state of the arm violates: limits of the description, the table, the arm itself. */
  violation(arm: ArmState, held_below_tip_m: number): string | null {
    const { chain } = this.context;
    for (let joint = 0; joint < chain.limits.length; joint++) {
      const { lower, upper, velocity } = chain.limits[joint]!;
      const position = arm.position[joint] ?? 0;
      const speed = Math.abs(arm.velocity[joint] ?? 0);
      if (position < lower - MEASURED_SLACK || position > upper + MEASURED_SLACK) {
        const unit = this.unitOf(joint);
        return `${this.joints[joint]} at ${digits(position)} ${unit}, limits ${digits(lower)} to ${digits(upper)} ${unit}`;
      }
      if (speed > velocity * MEASURED_SPEED) {
        const unit = this.unitOf(joint);
        return `${this.joints[joint]} at ${digits(speed)} ${unit}/s, limit ${digits(velocity)} ${unit}/s`;
      }
    }
    const { table_height_m } = this.parameters.robot;
    const clearance_m = this.contact.below(arm.position, table_height_m, held_below_tip_m);
    return clearance_m === null ? null : `${(-1000 * clearance_m).toFixed(0)} mm into the table or itself`;
  }

  /**
   * How far the fingers are open, 0 to 1, and null where they are not measured or one of them is not any more.
   * @param fresh whether the value of a joint is of now
   */
  opening(values: JointValues, fresh: (joint: string) => boolean): number | null {
    return this.gripper.opening(values, fresh);
  }

  /** The gate's look at what would be sent to the gripper. */
  checkGripper(values: readonly number[]): readonly Fault[] {
    const against = this.gripper.objection(values);
    return against === null ? [] : [fault('SAGE_713', 'gripper', against)];
  }

  /** Per cell of the camera's grid: 0 where the body (and what it holds) is, 1 elsewhere. */
  mask(values: ReadonlyMap<string, number>, camera: CameraModel, pose: Pose, holding: boolean): Float32Array {
    const held_radius_m = holding ? 1.5 * this.parameters.robot.object_height_m : 0;
    return this.silhouette.weights({ values, camera, optical: pose, held_radius_m });
  }

  /** The pixel that shows a point of the base frame, or null. */
  project(point_m: Vec3, camera: CameraModel, pose: Pose): readonly [number, number] | null {
    return basePointToPixel(camera, pose, point_m);
  }

  /**
   * The optical frame in the base frame, from a pose given in any frame of the description.
   * @throws SageError SAGE_207
   */
  cameraPose(pose: Pose, frame_id: string, { robot, camera }: Parameters): Pose {
    const numbers = [...pose.position_m, ...pose.orientation];
    const length = Math.hypot(...pose.orientation);
    if (!numbers.every(Number.isFinite) || length < 1e-3) {
      throw new SageError('SAGE_207', 'camera/pose', `not a pose: ${numbers.join(' ')}`);
    }
    const links = linkTransforms(this.model, new Map());
    // tf frames have no slash in front, and a prefix where several robots share them; links are as the URDF has them.
    const bare = frame_id.replace(/^\//, '');
    const stripped = bare.startsWith(robot.frame_prefix) ? bare.slice(robot.frame_prefix.length) : bare;
    const frame = [frame_id, bare, stripped].find((name) => links.has(name)) ?? (bare || robot.base_frame);
    const frameInRoot = links.get(frame);
    const baseInRoot = links.get(robot.base_frame);
    if (frameInRoot === undefined || baseInRoot === undefined) {
      throw new SageError(
        'SAGE_207',
        'camera/pose',
        `frame "${frame}" is not a link of the robot description`,
      );
    }
    const moving = movableBetween(this.model, frame, robot.base_frame);
    if (moving !== null) {
      const told = `frame "${frame}" moves with joint "${moving.name}"; the camera must stand still in "${robot.base_frame}"`;
      throw new SageError('SAGE_207', 'camera/pose', told);
    }
    const posed = toPose(compose(compose(invert(baseInRoot), frameInRoot), fromPose(pose)));
    return cameraPoseOptical(posed, camera.pose_convention, robot.table_height_m);
  }

  /** That the hand, as the description draws it, cannot come down to where the tip should grasp; null where it can. */
  private handReachFault(): Fault | null {
    const { collision, approach_axis } = this.context;
    const { robot, trajectory } = this.parameters;
    const beyond_m = collision.handReach(approach_axis);
    if (beyond_m + trajectory.clearance_m <= robot.grasp_depth_m + GRASP_SLACK_M) return null;
    const told = `the hand extends ${digits(beyond_m * 1000)} mm beyond the tip, and the tip grasps ${digits(robot.grasp_depth_m * 1000)} mm above the table`;
    return fault('SAGE_715', 'gripper', told);
  }
}
