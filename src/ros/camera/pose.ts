import { type Fault, fault, isFault } from '../../contracts/errors.js';
import type { Pose, Quat, Vec3 } from '../../contracts/geometry.js';
import type { PoseMessage, TransformStampedMessage } from '../messages.js';

/** How far from one the length of a quaternion may be before it is taken for a mistake. */
const LENGTH_TOLERANCE = 0.1;
/** Frames remembered from tf_static, and links followed at most. */
const FRAMES_MAX = 1000;
const CHAIN_MAX = 64;

/** A pose with its quaternion normalised, or SAGE_207 where it is not finite or no rotation. */
export function checkPose(position: PoseMessage['position'], rotation: Quat, where: string): Pose | Fault {
  const position_m: Vec3 = [position.x, position.y, position.z];
  if (![...position_m, ...rotation].every(Number.isFinite)) return fault('SAGE_207', where, 'not finite');
  const length = Math.hypot(...rotation);
  if (Math.abs(length - 1) > LENGTH_TOLERANCE) {
    return fault('SAGE_207', where, `quaternion of length ${length.toFixed(3)}`);
  }
  const [x, y, z, w] = rotation;
  return { position_m, orientation: [x / length, y / length, z / length, w / length] };
}

export function poseOf(message: PoseMessage, where: string): Pose | Fault {
  const { x, y, z, w } = message.orientation;
  return checkPose(message.position, [x, y, z, w], where);
}

/** outer ∘ inner: the pose of a thing in the outer frame, given it in a frame that is itself posed there. */
export function compose(outer: Pose, inner: Pose): Pose {
  const [x, y, z] = rotate(outer.orientation, inner.position_m);
  return {
    position_m: [outer.position_m[0] + x, outer.position_m[1] + y, outer.position_m[2] + z],
    orientation: multiply(outer.orientation, inner.orientation),
  };
}

function multiply(a: Quat, b: Quat): Quat {
  const [ax, ay, az, aw] = a;
  const [bx, by, bz, bw] = b;
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

function rotate(q: Quat, [vx, vy, vz]: Vec3): Vec3 {
  const [x, y, z, w] = q;
  const tx = 2 * (y * vz - z * vy);
  const ty = 2 * (z * vx - x * vz);
  const tz = 2 * (x * vy - y * vx);
  return [vx + w * tx + (y * tz - z * ty), vy + w * ty + (z * tx - x * tz), vz + w * tz + (x * ty - y * tx)];
}

/** The static transforms of the graph, for finding where the camera is. Bounded; the newest of a frame counts. */
export class StaticTransforms {
  /** @param prefix in front of the frames of this robot (`robot.frame_prefix`) */
  constructor(private readonly prefix = '') {}

  private readonly parents = new Map<string, { readonly parent: string; readonly pose: Pose }>();

  /** Takes one transform; a fault where it is no pose. */
  add(message: TransformStampedMessage): Fault | null {
    const { translation, rotation } = message.transform;
    const turn: Quat = [rotation.x, rotation.y, rotation.z, rotation.w];
    const pose = checkPose(translation, turn, `tf_static ${message.child_frame_id}`);
    if (isFault(pose)) return pose;
    const frame = this.bare(message.child_frame_id);
    if (!this.parents.has(frame) && this.parents.size >= FRAMES_MAX) {
      return fault('SAGE_207', 'tf_static', `more than ${FRAMES_MAX} frames`);
    }
    this.parents.set(frame, { parent: this.bare(message.header.frame_id), pose });
    return null;
  }

  /**
   * The pose of `frame` in `target`, or in the outermost frame that static transforms reach: below a moving link
   * that is a link of the URDF. Null where the frame is not known.
   */
  lookUp(frame: string, target: string): { readonly frame_id: string; readonly pose: Pose } | null {
    let at = this.parents.get(this.bare(frame));
    if (at === undefined) return null;
    let { parent, pose } = at;
    for (let links = 1; links < CHAIN_MAX && parent !== target; links++) {
      at = this.parents.get(parent);
      if (at === undefined) break;
      pose = compose(at.pose, pose);
      parent = at.parent;
    }
    return { frame_id: parent, pose };
  }

  /** tf2 frames have no leading slash; older publishers still send one. */
  private bare(frame: string): string {
    const name = frame.startsWith('/') ? frame.slice(1) : frame;
    return name.startsWith(this.prefix) ? name.slice(this.prefix.length) : name;
  }
}
