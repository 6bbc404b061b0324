import { z } from 'zod';
import { ONCE } from '../parse-once.js';
import { kernelParameters } from './kernel.js';
import { languageParameters } from './language.js';
import { metabolismParameters } from './metabolism.js';
import { microphoneParameters } from './microphone.js';
import { modelParameters, perceptionParameters } from './models.js';
import { safetyParameters, trajectoryParameters } from './motion.js';
import { nodeParameters } from './node.js';
import { planParameters } from './plan.js';
import { hrmParameters, irpParameters } from './refinement.js';
import { cameraParameters, robotParameters } from './robot.js';
import { attentionParameters, salienceParameters } from './salience.js';
import { simParameters } from './sim.js';
import { visionParameters } from './vision.js';

/**
 * Every parameter of SAGE with its default, range, unit, description and source. The ROS parameters, the
 * check of `config/*.yaml` and `docs/parameters.md` are generated from it; nothing is configured anywhere
 * else.
 */
export const parametersSchema = z.strictObject({
  node: nodeParameters.prefault({}),
  robot: robotParameters.prefault({}),
  camera: cameraParameters.prefault({}),
  microphone: microphoneParameters.prefault({}),
  kernel: kernelParameters.prefault({}),
  salience: salienceParameters.prefault({}),
  attention: attentionParameters.prefault({}),
  metabolism: metabolismParameters.prefault({}),
  hrm: hrmParameters.prefault({}),
  plan: planParameters.prefault({}),
  irp: irpParameters.prefault({}),
  models: modelParameters.prefault({}),
  perception: perceptionParameters.prefault({}),
  vision: visionParameters.prefault({}),
  language: languageParameters.prefault({}),
  trajectory: trajectoryParameters.prefault({}),
  safety: safetyParameters.prefault({}),
  sim: simParameters.prefault({}),
});

export type Parameters = z.infer<typeof parametersSchema>;

/** All parameters at their defaults. */
export const defaultParameters = (): Parameters => parametersSchema.parse({}, ONCE);

/**
 * Changes one parameter in place, so that everyone holding the object sees it. @param path `group.name` of
 * the schema
 */
export function setParameter(parameters: Parameters, path: string, value: unknown): void {
  const [group, name] = path.split('.', 2) as [keyof Parameters, string];
  (parameters[group] as Record<string, unknown>)[name] = value;
}
