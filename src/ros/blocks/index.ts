import type {
  Block,
  BlockName,
  BlockPorts,
  EffectingBlockName,
  Effector,
  SensingBlockName,
  SensorPorts,
} from '../block.js';
import { armBlock } from './arm.js';
import { batteryBlock } from './battery.js';
import { type CameraBlock, cameraBlock } from './camera.js';
import { emergencyStopBlock } from './emergency-stop.js';
import { goalBlock } from './goal.js';
import { gripperBlock } from './gripper.js';
import { jointsBlock } from './joints.js';
import { microphoneBlock } from './microphone.js';
import { robotDescriptionBlock } from './robot-description.js';

export { type CameraBlock, cameraBlock };

/** How each sensing block is made; the camera apart, since it counts frames besides. */
export const SENSING: Readonly<Record<SensingBlockName, (ports: SensorPorts) => Block>> = {
  camera: cameraBlock,
  joints: jointsBlock,
  microphone: microphoneBlock,
  battery: batteryBlock,
  emergency_stop: emergencyStopBlock,
  goal: goalBlock,
  robot_description: robotDescriptionBlock,
};

export const EFFECTING: Readonly<Record<EffectingBlockName, (ports: BlockPorts) => Effector>> = {
  arm: armBlock,
  gripper: gripperBlock,
};

/** The name of a block's node: other packages have nodes named `camera` too. */
export function nodeNameOf(block: BlockName): string {
  return `sage_${block}`;
}
