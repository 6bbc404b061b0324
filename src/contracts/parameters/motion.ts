import { z } from 'zod';
import { real, whole } from '../parameter.js';

export const trajectoryParameters = z.strictObject({
  max_steps: whole(
    120,
    { min: 1, max: 5000 },
    { description: 'L-steps per trajectory at most.', unit: '', source: '' },
  ),
  position_tolerance_m: real(
    0.004,
    { min: 0.0001, max: 0.1 },
    {
      description: 'A trajectory whose end is nearer than this to its target is good enough to be sent.',
      unit: 'm',
      source: '',
    },
  ),
  approach_tolerance_rad: real(
    0.08,
    { min: 0.001, max: 1.6 },
    { description: 'Largest angle between the tool and the wanted approach.', unit: 'rad', source: '' },
  ),
  clearance_m: real(
    0.005,
    { min: 0, max: 0.2 },
    {
      description: 'Smallest distance of the links from the table and from each other.',
      unit: 'm',
      source: '',
    },
  ),
});

export const safetyParameters = z.strictObject({
  start_tolerance: real(
    0.05,
    { min: 0.001, max: 1 },
    {
      description:
        'A trajectory must start within this of the measured joints; of a sliding joint a fifth of it counts, in m.',
      unit: 'rad',
      source: '',
    },
  ),
  follow_tolerance: real(
    0.35,
    { min: 0.01, max: 3 },
    {
      description:
        'A measured joint farther than this from the plan means that the arm does not follow; of a sliding joint a fifth of it counts, in m.',
      unit: 'rad',
      source: '',
    },
  ),
  contact_m: real(
    0.004,
    { min: 0, max: 0.05 },
    {
      description:
        'On its way down the hand has met something where it stays this far above where it should be and does not come down any more; 0 = that is not looked at.',
      unit: 'm',
      source: 'above what arms err by along a straight way',
    },
  ),
  slowest_scale: real(
    1,
    { min: 0.05, max: 1 },
    {
      description:
        'The arm may follow a trajectory down to this share of its speed, as one whose controller or pendant slows it down does; the smaller, the later an arm that is stuck is noticed. 1 = at its speed.',
      unit: '',
      source: 'scaled_joint_trajectory_controller of Universal Robots',
    },
  ),
});
