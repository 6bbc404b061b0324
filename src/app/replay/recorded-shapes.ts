import type { Shaped } from '../../meshes/shape.js';
import { addElements } from '../../robot/fitted-shapes.js';
import { descriptionHash } from '../../ros/description-hash.js';

/** The elements that a recorded run added to each robot description, by the hash of the description's text. */
export type RecordedShapes = ReadonlyMap<string, string>;

/**
 * A description with the shapes of the recorded run, which had the robot's meshes at hand or not; null if the recording
 * does not say. The machine of the replay may have other meshes, or none.
 */
export function recordedShapes(urdf: string, shapes: RecordedShapes = new Map()): Shaped | null {
  const elements = shapes.get(descriptionHash(urdf));
  return elements === undefined ? null : { urdf: addElements(urdf, elements), fault: null };
}
