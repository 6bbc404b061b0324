import { z } from 'zod';
import { real, whole } from '../parameter.js';

export const trajectoryParameters = z.strictObject({
  max_steps: whole(
    120,
    { min: 1, max: 5000 },
    { description: 'Maximum L-steps per trajectory.', unit: '', source: '' },
  ),
  position_tolerance_m: real(
    0.004,
    { min: 0.0001, max: 0.1 },
    {
      description: 'A trajectory may be sent once its end is this close to the target.',
      unit: 'm',
      source: '',
    },
  ),
  approach_tolerance_rad: real(
    0.08,
    { min: 0.001, max: 1.6 },
    {
      description: 'Maximum angle between the tool and the desired approach direction.',
      unit: 'rad',
      source: '',
    },
  ),
  clearance_m: real(
    0.005,
    { min: 0, max: 0.2 },
    {
      description: 'Minimum clearance of the links from the table and from each other.',
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
        'A trajectory must start this close to the measured joints; for prismatic joints a fifth of it, in m.',
      unit: 'rad',
      source: '',
    },
  ),
  follow_tolerance: real(
    0.35,
    { min: 0.01, max: 3 },
    {
      description:
        'The arm counts as not following once a joint is farther than this from the plan; for prismatic joints a fifth of it, in m.',
      unit: 'rad',
      source: '',
    },
  ),
  contact_m: real(
    0.004,
    { min: 0, max: 0.05 },
    {
      description:
        'While descending, the hand counts as in contact when it stalls this far above its planned height; 0 = off.',
      unit: 'm',
      source: 'above the path error of typical arms',
    },
  ),
  slowest_scale: real(
    1,
    { min: 0.05, max: 1 },
    {
      description:
        'Slowest speed, as a share of the planned one, at which the arm may follow a trajectory, for example with a speed slider. The smaller it is, the later a stuck arm is noticed. 1 = full speed only.',
      unit: '',
      source: 'scaled_joint_trajectory_controller of Universal Robots',
    },
  ),
});
