import { z } from 'zod';
import { flag, real, text, whole } from '../parameter.js';

export const visionParameters = z.strictObject({
  model: text('vision-refiner', {
    description: 'Id of the model manifest that segments the camera image.',
    unit: '',
    source: '',
  }),
  max_steps: whole(
    8,
    { min: 1, max: 64 },
    { description: 'L-steps per frame at most.', unit: '', source: 'trained with up to 9' },
  ),
  deadline_ms: real(
    1500,
    { min: 10, max: 600000 },
    { description: 'Time for one frame at most; the best so far is used then.', unit: 'ms', source: '' },
  ),
  halt_eps: real(
    0.03,
    { min: 0, max: 10 },
    {
      description: 'A frame is done when its energy has changed by less than this over halt_k steps.',
      unit: 'nats per pixel',
      source: 'early stop against the ground truth in docs/models/vision.md',
    },
  ),
  halt_k: whole(
    1,
    { min: 1, max: 64 },
    { description: 'Steps over which the change of energy is taken.', unit: '', source: 'as halt_eps' },
  ),
  halt_confidence: real(
    0.45,
    { min: 0, max: 1 },
    {
      description: 'A frame is done when the segmentation is this sure of itself (expected mean IoU).',
      unit: '',
      source: 'seeds/002, confidence short-circuit; early stop in docs/models/vision.md',
    },
  ),
  step_ahead: flag(true, {
    description: 'The model host begins the next step while the kernel looks at the last one.',
    unit: '',
    source: 'docs/model-host.md: a step ahead',
  }),
  confidence: real(
    0.5,
    { min: 0, max: 1 },
    { description: 'Objects below this confidence are not believed.', unit: '', source: '' },
  ),
  min_area_px: whole(
    12,
    { min: 1, max: 19200 },
    {
      description: 'Objects of fewer pixels of the 160 × 120 mask are not believed.',
      unit: 'px',
      source: '',
    },
  ),
});
