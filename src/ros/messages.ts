/** The ROS messages that SAGE reads and writes, as rclnodejs hands them over. Fields as in their definitions. */

export interface Stamp {
  readonly sec: number;
  readonly nanosec: number;
}

export interface Header {
  readonly stamp: Stamp;
  readonly frame_id: string;
}

export interface ImageMessage {
  readonly header: Header;
  readonly height: number;
  readonly width: number;
  readonly encoding: string;
  readonly is_bigendian: number;
  /** Bytes per row. */
  readonly step: number;
  readonly data: Uint8Array;
}

export interface CompressedImageMessage {
  readonly header: Header;
  readonly format: string;
  readonly data: Uint8Array;
}

export interface CameraInfoMessage {
  readonly header: Header;
  readonly height: number;
  readonly width: number;
  readonly distortion_model: string;
  readonly d: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly binning_x: number;
  readonly binning_y: number;
  readonly roi: {
    readonly x_offset: number;
    readonly y_offset: number;
    readonly height: number;
    readonly width: number;
  };
}

export interface JointStateMessage {
  readonly header: Header;
  readonly name: readonly string[];
  readonly position: ArrayLike<number>;
  readonly velocity: ArrayLike<number>;
}

/** sage/msg/AudioChunk. */
export interface AudioChunkMessage {
  readonly header: Header;
  readonly sample_rate_hz: number;
  readonly channels: number;
  readonly samples: ArrayLike<number>;
}

/** audio_common_msgs/msg/AudioData. */
export interface AudioDataMessage {
  readonly data: ArrayLike<number>;
}

export interface BatteryStateMessage {
  readonly header: Header;
  /** 0..1, NaN where unknown. */
  readonly percentage: number;
  readonly power_supply_status: number;
}

export interface PoseMessage {
  readonly position: { readonly x: number; readonly y: number; readonly z: number };
  readonly orientation: { readonly x: number; readonly y: number; readonly z: number; readonly w: number };
}

export interface PoseStampedMessage {
  readonly header: Header;
  readonly pose: PoseMessage;
}

export interface TransformStampedMessage {
  readonly header: Header;
  readonly child_frame_id: string;
  readonly transform: {
    readonly translation: PoseMessage['position'];
    readonly rotation: PoseMessage['orientation'];
  };
}

export interface TfMessage {
  readonly transforms: readonly TransformStampedMessage[];
}

export interface JointTrajectoryMessage {
  readonly header: Header;
  readonly joint_names: readonly string[];
  readonly points: readonly JointTrajectoryPointMessage[];
}

export interface JointTrajectoryPointMessage {
  readonly positions: ArrayLike<number>;
  readonly velocities: ArrayLike<number>;
  readonly accelerations: ArrayLike<number>;
  readonly effort: ArrayLike<number>;
  readonly time_from_start: Stamp;
}

export interface Float64MultiArrayMessage {
  readonly layout: {
    readonly dim: readonly { readonly label: string; readonly size: number; readonly stride: number }[];
    readonly data_offset: number;
  };
  readonly data: ArrayLike<number>;
}

export interface DiagnosticStatusMessage {
  readonly level: number;
  readonly name: string;
  readonly message: string;
  readonly hardware_id: string;
  readonly values: readonly { readonly key: string; readonly value: string }[];
}

export interface ObservationMessage {
  readonly header: Header;
  readonly source: string;
  readonly kind: string;
  readonly embedding: Float32Array;
  readonly weights: Float32Array;
  readonly image: ImageMessage;
  readonly payload_json: string;
}

export interface EffectorStatusMessage {
  readonly header: Header;
  readonly block: string;
  readonly accepted: boolean;
  readonly code: string;
  readonly text: string;
}
