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
 * Where the tip should go. `approach` is the world direction in which the tool points, e.g. [0, 0, -1]. Joint
 * targets with no positions mean home.
 */
export type MotionTarget =
  | {
      readonly kind: 'tip';
      readonly position_m: Vec3;
      readonly approach: Vec3;
      readonly straight: boolean;
      /**
       * Direction about the base's z along which the fingers should close, rad, up to quarter turns (a square block
       * looks the same). A wish, followed where the arm has a joint to spare; not part of the terminal error.
       */
      readonly closing_yaw_rad?: number;
      /** True: up to half turns only, because something stands beside the object where the other fingers would go. */
      readonly closing_one_way?: boolean;
      /**
       * Where the tip is to go straight from there, m (down to an object, say). A wish: final postures from which
       * that line can be followed are preferred.
       */
      readonly onward_m?: Vec3;
      /** True: slower than else, where the hand may meet something. */
      readonly gently?: boolean;
    }
  | { readonly kind: 'joints'; readonly position: readonly number[] };

/** What the trajectory plugin is asked. */
export interface TrajectoryTask {
  readonly start: ArmState;
  readonly target: MotionTarget;
  /** 0..1 of the URDF's velocity limits. */
  readonly speed_scale: number;
  /** Height of the table in the base frame; links may not go below it (plus clearance). */
  readonly table_height_m: number;
  /** How much may be below the tip without counting as a table collision (a held object), m. */
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

/** What the trajectory plugin answers with. */
export interface TrajectoryAnswer {
  readonly trajectory: ArmTrajectory;
  /** Distance of the trajectory's end from the target: metres for a tip target, largest joint error for a joint target. */
  readonly terminal_error: number;
  /** Angle between the tool and the wanted approach at the end, rad; 0 for a joint target. */
  readonly approach_error_rad: number;
  /** Smallest distance to a limit or a collision along it, as the projection measured it. */
  readonly clearance_m: number;
}

/** What the effecting blocks are asked to do; the only things that can move the robot. */
export type Action =
  | { readonly kind: 'trajectory'; readonly trajectory: ArmTrajectory; readonly purpose: string }
  | { readonly kind: 'hold'; readonly trajectory: ArmTrajectory; readonly purpose: string }
  | { readonly kind: 'gripper'; readonly values: readonly number[]; readonly purpose: string };

/** The gate's verdict on a proposed action. */
export interface GateVerdict {
  readonly action: Action | null;
  readonly rejected: readonly Fault[];
}
