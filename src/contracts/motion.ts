import type { Fault } from './errors.js';
import type { Vec3 } from './geometry.js';

/** The measured state of the controller's joints, in the controller's order. */
export interface ArmState {
  readonly stamp_ms: number;
  readonly joints: readonly string[];
  /** rad or m. */
  readonly position: readonly number[];
  /** rad/s or m/s. */
  readonly velocity: readonly number[];
}

/**
 * A goal for the arm. `approach` is the direction of the tool in the base frame, e.g. [0, 0, -1]. A joint
 * target without positions means home.
 */
export type MotionTarget =
  | {
      readonly kind: 'tip';
      readonly position_m: Vec3;
      readonly approach: Vec3;
      readonly straight: boolean;
      /**
       * Yaw about the base's z along which the fingers should close, rad, modulo quarter turns (a square
       * block is symmetric). A preference, followed if the arm has a redundant joint; not part of the
       * terminal error.
       */
      readonly closing_yaw_rad?: number;
      /** True: modulo half turns only, because a neighbour is in the way of the fingers otherwise. */
      readonly closing_one_way?: boolean;
      /**
       * Where the tip will move next in a straight line, m (down to an object, say). A preference: final
       * postures from which that line is feasible are preferred.
       */
      readonly onward_m?: Vec3;
      /** True: reduced speed, because contact is possible. */
      readonly gently?: boolean;
    }
  | { readonly kind: 'joints'; readonly position: readonly number[] };

/** Task of the trajectory plugin. */
export interface TrajectoryTask {
  readonly start: ArmState;
  readonly target: MotionTarget;
  /** 0..1 of the URDF's velocity limits. */
  readonly speed_scale: number;
  /** Height of the table in the base frame, m; links must stay above it (plus clearance). */
  readonly table_height_m: number;
  /** Extent below the tip that does not count as a table collision (a held object), m. */
  readonly held_below_tip_m: number;
}

export interface TrajectoryPoint {
  readonly time_s: number;
  readonly position: readonly number[];
  readonly velocity: readonly number[];
  readonly acceleration: readonly number[];
}

/** A trajectory that follows joint_trajectory_controller's rules. Safe to send after any step. */
export interface ArmTrajectory {
  readonly joints: readonly string[];
  readonly points: readonly TrajectoryPoint[];
}

/** Answer of the trajectory plugin. */
export interface TrajectoryAnswer {
  readonly trajectory: ArmTrajectory;
  /** Distance of the trajectory's end from the target: metres for a tip target, largest joint error for a joint target. */
  readonly terminal_error: number;
  /** Angle between the tool and the requested approach at the end, rad; 0 for a joint target. */
  readonly approach_error_rad: number;
  /** Smallest distance to a limit or a collision along it, as measured by the projection. */
  readonly clearance_m: number;
}

/** Commands to the effecting blocks; nothing else can move the robot. */
export type Action =
  | { readonly kind: 'trajectory'; readonly trajectory: ArmTrajectory; readonly purpose: string }
  | { readonly kind: 'hold'; readonly trajectory: ArmTrajectory; readonly purpose: string }
  | { readonly kind: 'gripper'; readonly values: readonly number[]; readonly purpose: string };

/** The gate's verdict on an action. */
export interface GateVerdict {
  readonly action: Action | null;
  readonly rejected: readonly Fault[];
}
