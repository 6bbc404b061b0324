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

/** Margin around every link in the image: shapes, calibration and latency are inexact, m. */
export const BODY_MARGIN_M = 0.03;

/** Bound on the peak velocity of a quintic from a moving start, as a multiple of its mean velocity. */
const SETTLE_FACTOR = 3;
const SETTLE_MIN_S = 0.2;
/** Peak over mean velocity of a quintic from rest to rest. */
const REST_TO_REST_PEAK = 1.875;

/** Tolerance of measured positions beyond a limit, rad or m: encoders and descriptions are inexact. */
const MEASURED_SLACK = 0.01;
/** Measured velocities are noisy: only beyond this multiple of the limit do they violate it. */
const MEASURED_SPEED = 1.15;

/** Allowance on the grasp height, within the tolerance of every motion, m. */
const GRASP_SLACK_M = 0.001;

/**
 * Model of the robot's body, built from its description: kinematics, limits and collisions, and its
 * silhouette in the image.
 */
export class Body {
  readonly context: ArmContext;
  readonly joints: readonly string[];
  /** Per joint: whether it is continuous. */
  readonly continuous: readonly boolean[];
  /** Factor on each joint before comparison with a tolerance in rad: 1, more for prismatic joints. */
  readonly tolerance_scales: readonly number[];
  /** Origin of the arm's first joint in the base frame, m. */
  readonly shoulder_m: Vec3;
  private readonly home: readonly number[];
  /** Why grasping is impossible with the current configuration, raised before it is ever tried, or null. */
  readonly gripper_fault: Fault | null;
  private readonly model: RobotModel;
  private readonly carrying: readonly string[];
  private readonly gripper: Gripper;
  private readonly silhouette: BodyMask;
  /** Rendering options of the silhouette. */
  private readonly picture: Omit<CastShadowOptions, 'table_height_m'>;
  private cast: CastShadow | null = null;
  private readonly contact: ClearanceMonitor;
  private readonly scratch = identity();

  /** @throws SageError SAGE_302, SAGE_303, SAGE_304 if the description is unusable. */
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

  /** Where the collision shapes of the links come from. */
  get shapes(): ShapeOrigins {
    const { link_radius_m } = this.parameters.robot;
    return shapeOrigins(this.model, { link_radius_m, tip_frame: this.context.chain.tip_frame });
  }

  /** Model of its shadow on the table; built on demand, because few images need it. */
  get shadow(): CastShadow {
    const { table_height_m } = this.parameters.robot;
    this.cast ??= new CastShadow(this.model, { ...this.picture, table_height_m });
    return this.cast;
  }

  knows(joint: string): boolean {
    return this.model.joints.has(joint);
  }

  /** The home posture, with continuous joints in the turn closest to the given position. */
  homeFrom(position: readonly number[]): readonly number[] {
    return wrappedLike(this.home, position, this.continuous);
  }

  /**
   * Describes a joint between base and tip that the arm's controller does not move (a lift, a torso) and that
   * is measured away from where motions are planned for; null if there is none.
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

  /** Joints outside the arm that move the tip in the base frame. */
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

  /** Joints on the chain from the root to a link. */
  private jointsFromRoot(link: string): readonly string[] {
    const way: string[] = [];
    let at = this.model.links.get(link)?.parent_joint ?? null;
    while (at !== null && way.length <= this.model.joints.size) {
      way.push(at);
      at = this.model.links.get(this.model.joints.get(at)?.parent ?? '')?.parent_joint ?? null;
    }
    return way;
  }

  /** Position of a link with all joints at zero, in the base frame, m; the origin for an unknown link. */
  private restPosition(link: string): Vec3 {
    const links = linkTransforms(this.model, new Map());
    const [base, placed] = [links.get(this.parameters.robot.base_frame), links.get(link)];
    return base === undefined || placed === undefined
      ? [0, 0, 0]
      : translationOf(compose(invert(base), placed));
  }

  unitOf(joint: number): 'rad' | 'm' {
    return jointUnit(this.context.chain, joint);
  }

  /** Forward kinematics of the tip, in the base frame, m. */
  tip(position: readonly number[]): Vec3 {
    return translationOf(this.context.chain.tip(position, this.scratch));
  }

  /** The gate's independent check of a trajectory. */
  check(trajectory: ArmTrajectory, arm: ArmState, held_below_tip_m: number): readonly Fault[] {
    return checkTrajectory(trajectory, {
      arm: this.context,
      start: arm,
      start_tolerance: this.parameters.safety.start_tolerance,
      table_height_m: this.parameters.robot.table_height_m,
      held_below_tip_m,
    });
  }

  /** The fastest stop within limits; a hold if the arm is at rest. */
  brake(arm: ArmState): ArmTrajectory {
    return brakeTrajectory(arm, {
      acceleration_limits: this.context.acceleration_limits,
      joints: this.context.chain.limits,
    });
  }

  /**
   * Holds the arm at its measured position although it should be elsewhere. A controller that interpolates
   * from its own desired state first travels from there; the duration keeps that within the velocity limits.
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
   * Stops an arm that is no longer measured, from its planned position. It may never have moved there (a
   * protective stop silences the joint states), so the path from its last measured position must respect the
   * velocity limits too.
   */
  brakeUnseen(planned: ArmState, measured: ArmState): ArmTrajectory {
    const brake = this.brake(planned);
    const end = brake.points.at(-1)!;
    const slow = this.settle({ ...planned, position: end.position }, measured.position, REST_TO_REST_PEAK);
    return slow.points[0]!.time_s > Math.max(end.time_s, SETTLE_MIN_S) ? slow : brake;
  }

  /** Which limits the measured state violates: the description's, the table, self-collision; null if none. */
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
   * Opening of the fingers, 0..1; null if they are not measured, or one of them no longer is.
   * @param fresh whether the value of a joint is current
   */
  opening(values: JointValues, fresh: (joint: string) => boolean): number | null {
    return this.gripper.opening(values, fresh);
  }

  /** The gate's check of a gripper command. */
  checkGripper(values: readonly number[]): readonly Fault[] {
    const against = this.gripper.objection(values);
    return against === null ? [] : [fault('SAGE_713', 'gripper', against)];
  }

  /** Per cell of the camera grid: 0 where the body (and what it holds) is, 1 elsewhere. */
  mask(values: ReadonlyMap<string, number>, camera: CameraModel, pose: Pose, holding: boolean): Float32Array {
    const held_radius_m = holding ? 1.5 * this.parameters.robot.object_height_m : 0;
    return this.silhouette.weights({ values, camera, optical: pose, held_radius_m });
  }

  /** The pixel that shows a point of the base frame; null outside the view. */
  project(point_m: Vec3, camera: CameraModel, pose: Pose): readonly [number, number] | null {
    return basePointToPixel(camera, pose, point_m);
  }

  /**
   * The optical frame in the base frame, from a pose in any frame of the description.
   * @throws SageError SAGE_207
   */
  cameraPose(pose: Pose, frame_id: string, { robot, camera }: Parameters): Pose {
    const numbers = [...pose.position_m, ...pose.orientation];
    const length = Math.hypot(...pose.orientation);
    if (!numbers.every(Number.isFinite) || length < 1e-3) {
      throw new SageError('SAGE_207', 'camera/pose', `not a pose: ${numbers.join(' ')}`);
    }
    const links = linkTransforms(this.model, new Map());
    // tf frames have no leading slash, and a prefix where several robots share one tree; links are named as
    // in the URDF.
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

  /** Raised if the hand's collision shape cannot get down to grasp height; null if it can. */
  private handReachFault(): Fault | null {
    const { collision, approach_axis } = this.context;
    const { robot, trajectory } = this.parameters;
    const beyond_m = collision.handReach(approach_axis);
    if (beyond_m + trajectory.clearance_m <= robot.grasp_depth_m + GRASP_SLACK_M) return null;
    const told = `the hand extends ${digits(beyond_m * 1000)} mm beyond the tip, and the tip grasps ${digits(robot.grasp_depth_m * 1000)} mm above the table`;
    return fault('SAGE_715', 'gripper', told);
  }
}
