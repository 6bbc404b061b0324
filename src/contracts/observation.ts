import type { CameraModel, Pose } from './geometry.js';

/** An image as sent by its driver, undecoded, so that only frames selected by attention are converted. */
export interface CameraFrame {
  readonly width: number;
  readonly height: number;
  /** Bytes per row. */
  readonly step: number;
  readonly encoding: 'rgb8' | 'bgr8' | 'rgba8' | 'bgra8' | 'mono8';
  readonly data: Uint8Array;
  readonly frame_id: string;
}

/** A reading from a sensing block. Stamps in ms of the node's clock. */
interface Reading {
  readonly source: string;
  readonly stamp_ms: number;
  /** Arrival at the block, ms, for staleness checks when stamps are wrong. */
  readonly received_ms: number;
}

export interface CameraReading extends Reading {
  readonly kind: 'camera';
  readonly frame: CameraFrame;
  /** Cell features, see src/ros/blocks/camera: rows × columns × 3 channels (luma, two chroma), each about 0..1. */
  readonly embedding: Float32Array;
  readonly grid: { readonly rows: number; readonly columns: number; readonly channels: number };
}

export interface JointsReading extends Reading {
  readonly kind: 'joints';
  readonly names: readonly string[];
  /** rad, or m for prismatic joints. */
  readonly position: readonly number[];
  /** rad/s or m/s; empty if the driver reports none. */
  readonly velocity: readonly number[];
}

export interface BatteryReading extends Reading {
  readonly kind: 'battery';
  /** 0..1; null if the driver does not know. */
  readonly fraction: number | null;
  readonly charging: boolean;
}

export interface EmergencyStopReading extends Reading {
  readonly kind: 'emergency_stop';
  readonly pressed: boolean;
}

/** A goal as a user said it. */
export interface GoalReading extends Reading {
  readonly kind: 'goal';
  readonly goal_id: string;
  readonly text: string;
  readonly priority: number;
  /** 0 = none. */
  readonly deadline_s: number;
}

/** The services sage/stop and sage/resume, cancelled action goals, and states requested by an operator. */
export interface OperatorReading extends Reading {
  readonly kind: 'operator';
  readonly request: 'stop' | 'resume' | 'cancel' | 'state';
  /** The goal id for `cancel`, the metabolic state for `state`. */
  readonly argument: string;
}

export interface RobotDescriptionReading extends Reading {
  readonly kind: 'robot_description';
  readonly urdf: string;
}

export interface CameraInfoReading extends Reading {
  readonly kind: 'camera_info';
  readonly model: CameraModel;
  readonly frame_id: string;
}

export interface CameraPoseReading extends Reading {
  readonly kind: 'camera_pose';
  /** Pose of the camera in `frame_id`. */
  readonly pose: Pose;
  readonly frame_id: string;
}

/** What a microphone recorded up to its stamp. */
export interface SoundReading extends Reading {
  readonly kind: 'sound';
  /** The last seconds (`microphone.window_s`), fewer at the start: mono, −1..1, newest last. */
  readonly samples: Float32Array;
  readonly sample_rate_hz: number;
  /** Level of each band, 0..1, lowest first, see src/ros/microphone/bands. */
  readonly embedding: Float32Array;
}

/** A source with nothing but an embedding (the output of a user's model, a user's own sensor). */
export interface EmbeddingReading extends Reading {
  readonly kind: 'embedding';
  readonly embedding: Float32Array;
  readonly weights: Float32Array | null;
}

export type AnyReading =
  | CameraReading
  | JointsReading
  | BatteryReading
  | EmergencyStopReading
  | GoalReading
  | OperatorReading
  | RobotDescriptionReading
  | CameraInfoReading
  | CameraPoseReading
  | SoundReading
  | EmbeddingReading;
