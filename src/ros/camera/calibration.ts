import { type Fault, fault, isFault } from '../../contracts/errors.js';
import type { CameraModel, Pose } from '../../contracts/geometry.js';
import type { HealthEntry } from '../../contracts/graph.js';
import type { SensorPorts } from '../block.js';
import { CdrError, readCameraInfo, sameButStamp } from '../cdr-reader.js';
import type { PoseStampedMessage, TfMessage } from '../messages.js';
import { SENSOR } from '../qos.js';
import { Source } from '../source.js';
import { cameraModel } from './camera-info.js';
import { checkPose, poseOf, StaticTransforms } from './pose.js';

const INFO = 'camera/camera_info';
const POSE = 'camera/pose';
const TF_TYPE = 'tf2_msgs/msg/TFMessage';

export interface CalibrationSource {
  health(): HealthEntry;
}

/** Reads `camera/camera_info`; passes the model on when it changes, since drivers send it with every frame. */
export function cameraInfoSource(
  { node, clock, sink }: SensorPorts,
  onFrame: (frame_id: string) => void,
): CalibrationSource {
  const source = new Source('camera_info', sink, clock, { stale_ms: null, required: true });
  /** The message that the model is of, and what it says. */
  let known: Uint8Array | null = null;
  let said = '';
  node.subscribeRaw('sensor_msgs/msg/CameraInfo', INFO, SENSOR, (bytes) => {
    if (known !== null && sameButStamp(bytes, known)) return;
    known = null;
    const found = modelIn(bytes);
    if (isFault(found)) {
      said = '';
      return source.bad(found);
    }
    // Copied: the memory of the message is not ours.
    known = Uint8Array.from(bytes);
    const content = JSON.stringify(found);
    if (content === said) return;
    said = content;
    const { model, frame_id } = found;
    const now_ms = clock.now_ms();
    source.good({
      kind: 'camera_info',
      source: 'camera_info',
      stamp_ms: now_ms,
      received_ms: now_ms,
      model,
      frame_id,
    });
    onFrame(frame_id);
  });
  return { health: () => source.health() };
}

function modelIn(bytes: Uint8Array): { readonly model: CameraModel; readonly frame_id: string } | Fault {
  try {
    const message = readCameraInfo(bytes);
    const model = cameraModel(message, INFO);
    return isFault(model) ? model : { model, frame_id: message.header.frame_id };
  } catch (thrown) {
    if (!(thrown instanceof CdrError)) throw thrown;
    return fault('SAGE_208', INFO, thrown.message);
  }
}

/**
 * Where the camera is: `camera.pose` of the parameters until a topic says otherwise; `camera/pose`, latched or not;
 * or `tf_static` where tf2_msgs is installed.
 */
export function cameraPoseSource({ node, clock, sink, parameters }: SensorPorts): CalibrationSource & {
  /** Names the frame to look up in tf_static: known only once the camera has spoken. */
  lookFor(frame_id: string): void;
} {
  const source = new Source('camera_pose', sink, clock, { stale_ms: null, required: true });
  let known = '';
  let fromTopic = false;
  const deliver = (pose: Pose, frame_id: string): void => {
    const content = JSON.stringify([pose, frame_id]);
    if (content === known && source.fault === null) return;
    known = content;
    const now_ms = clock.now_ms();
    source.good({
      kind: 'camera_pose',
      source: 'camera_pose',
      stamp_ms: now_ms,
      received_ms: now_ms,
      pose,
      frame_id,
    });
  };

  node.subscribeLatched<PoseStampedMessage>('geometry_msgs/msg/PoseStamped', POSE, (message) => {
    const pose = poseOf(message.pose, POSE);
    if (isFault(pose)) return source.bad(pose);
    if (message.header.frame_id === '') return source.bad(fault('SAGE_207', POSE, 'frame_id is empty'));
    fromTopic = true;
    deliver(pose, message.header.frame_id);
  });

  const transforms = new StaticTransforms(parameters.robot.frame_prefix);
  let frame: string | null = null;
  const look = (): void => {
    const found = frame === null ? null : transforms.lookUp(frame, parameters.robot.base_frame);
    if (found !== null && !fromTopic) deliver(found.pose, found.frame_id);
  };
  if (node.hasInterface(TF_TYPE)) {
    node.subscribeLatched<TfMessage>(TF_TYPE, '/tf_static', (message) => {
      const wrong = message.transforms.map((transform) => transforms.add(transform)).find(Boolean);
      if (wrong) source.bad(wrong);
      look();
    });
  }

  const fromParameters = poseOfParameters(parameters.camera.pose);
  if (fromParameters !== null && isFault(fromParameters)) source.bad(fromParameters);
  else if (fromParameters !== null) {
    deliver(fromParameters, parameters.camera.pose_frame || parameters.robot.base_frame);
  }
  const lookFor = (frame_id: string): void => {
    if (frame_id === frame) return;
    frame = frame_id;
    look();
  };
  return { health: () => source.health(), lookFor };
}

/** `camera.pose` x y z qx qy qz qw; null where it is empty. */
function poseOfParameters(values: readonly number[]): ReturnType<typeof checkPose> | null {
  if (values.length === 0) return null;
  const [x, y, z, qx, qy, qz, qw] = values;
  if (values.length !== 7) return fault('SAGE_207', 'camera.pose', `${values.length} numbers, expected 7`);
  return checkPose({ x: x!, y: y!, z: z! }, [qx!, qy!, qz!, qw!], 'camera.pose');
}
