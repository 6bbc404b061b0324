import type { CameraModel, Pose } from '../contracts/geometry.js';
import type { ArmTrajectory } from '../contracts/motion.js';
import { CdrWriter, setStamp } from './cdr.js';
import type { JointTrajectoryMessage, PoseStampedMessage, Stamp } from './messages.js';
import { durationToSeconds } from './stamps.js';

export const OPTICAL_FRAME = 'camera_optical_frame';

/** sensor_msgs/Image in rgb8 up to its pixels, as CDR; `bytes` of them follow. */
export function imagePrefix(width: number, height: number, bytes: number): Buffer {
  return new CdrWriter()
    .header(OPTICAL_FRAME)
    .uint32(height)
    .uint32(width)
    .text('rgb8')
    .uint8(0)
    .uint32(width * 3)
    .uint32(bytes)
    .finish();
}

/** sensor_msgs/CameraInfo of a rectified pinhole camera, as CDR. */
export function cameraInfoCdr({ width, height, fx, fy, cx, cy, distortion }: CameraModel): Buffer {
  return new CdrWriter()
    .header(OPTICAL_FRAME)
    .uint32(height)
    .uint32(width)
    .text('plumb_bob')
    .float64List(distortion)
    .float64s([fx, 0, cx, 0, fy, cy, 0, 0, 1])
    .float64s([1, 0, 0, 0, 1, 0, 0, 0, 1])
    .float64s([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0])
    .uint32(0)
    .uint32(0)
    .uint32(0)
    .uint32(0)
    .uint32(0)
    .uint32(0)
    .uint8(0)
    .finish();
}

/** sensor_msgs/JointState without efforts, as CDR: laid out once for its names, then only its numbers change. */
export class JointStateCdr {
  readonly message: Buffer;
  private readonly position_at: number;
  private readonly velocity_at: number;

  constructor(private readonly names: readonly string[]) {
    const zeros = names.map(() => 0);
    const writer = new CdrWriter().header('').texts(names).float64List(zeros);
    this.position_at = writer.length - 8 * names.length;
    writer.float64List(zeros);
    this.velocity_at = writer.length - 8 * names.length;
    this.message = writer.float64List([]).finish();
  }

  set(stamp: Stamp, position: readonly number[], velocity: readonly number[]): void {
    setStamp(this.message, stamp);
    for (let i = 0; i < this.names.length; i++) {
      this.message.writeDoubleLE(position[i]!, this.position_at + 8 * i);
      this.message.writeDoubleLE(velocity[i]!, this.velocity_at + 8 * i);
    }
  }
}

/** geometry_msgs/PoseStamped of the camera in the base frame. */
export function poseMessage(pose: Pose, frame_id: string, stamp: Stamp): PoseStampedMessage {
  const [x, y, z] = pose.position_m;
  const [qx, qy, qz, qw] = pose.orientation;
  return {
    header: { stamp, frame_id },
    pose: { position: { x, y, z }, orientation: { x: qx, y: qy, z: qz, w: qw } },
  };
}

/** sensor_msgs/BatteryState; what a small robot's battery would say. `charge` 0..1. */
export function batteryMessage(charge: number, stamp: Stamp): object {
  const discharging = 2;
  const lithium_ion = 2;
  return {
    header: { stamp, frame_id: '' },
    voltage: 21 + 4.2 * charge,
    temperature: Number.NaN,
    current: -2.1,
    charge: Number.NaN,
    capacity: Number.NaN,
    design_capacity: Number.NaN,
    percentage: charge,
    power_supply_status: discharging,
    power_supply_health: 1,
    power_supply_technology: lithium_ion,
    present: true,
    cell_voltage: [],
    cell_temperature: [],
    location: '',
    serial_number: '',
  };
}

/** trajectory_msgs/JointTrajectory as the world takes it; nothing is checked here. */
export function trajectoryOf(message: JointTrajectoryMessage): ArmTrajectory {
  return {
    joints: [...message.joint_names],
    points: message.points.map((point) => ({
      time_s: durationToSeconds(point.time_from_start),
      position: Array.from(point.positions),
      velocity: Array.from(point.velocities),
      acceleration: Array.from(point.accelerations),
    })),
  };
}
