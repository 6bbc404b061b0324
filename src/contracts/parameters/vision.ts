import { z } from 'zod';
import { flag, real, text, whole } from '../parameter.js';

export const visionParameters = z.strictObject({
  model: text('vision-refiner', {
    description: 'Id of the model that segments the camera image.',
    unit: '',
    source: '',
  }),
  max_steps: whole(
    8,
    { min: 1, max: 64 },
    { description: 'Maximum L-steps per frame.', unit: '', source: 'trained with up to 9' },
  ),
  deadline_ms: real(
    1500,
    { min: 10, max: 600000 },
    { description: 'Time limit per frame; then the best result so far is used.', unit: 'ms', source: '' },
  ),
  halt_eps: real(
    0.03,
    { min: 0, max: 10 },
    {
      description: 'A frame is done when its energy changes by less than this over halt_k steps.',
      unit: 'nats per pixel',
      source: 'early stop against the ground truth in docs/models/vision.md',
    },
  ),
  halt_k: whole(
    1,
    { min: 1, max: 64 },
    { description: 'Window for halt_eps, in steps.', unit: '', source: 'as halt_eps' },
  ),
  halt_confidence: real(
    0.45,
    { min: 0, max: 1 },
    {
      description: 'A frame is done when the segmentation is this confident (expected mean IoU).',
      unit: '',
      source: 'seeds/002, confidence short-circuit; early stop in docs/models/vision.md',
    },
  ),
  step_ahead: flag(true, {
    description: 'Let the model host compute the next step while the kernel evaluates the last one.',
    unit: '',
    source: 'docs/model-host.md: a step ahead',
  }),
  confidence: real(
    0.5,
    { min: 0, max: 1 },
    { description: 'Objects below this confidence are ignored.', unit: '', source: '' },
  ),
  min_area_px: whole(
    12,
    { min: 1, max: 19200 },
    {
      description: 'Objects with fewer pixels in the 160 × 120 mask are ignored.',
      unit: 'px',
      source: '',
    },
  ),
});
