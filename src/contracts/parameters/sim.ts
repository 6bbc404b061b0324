import { z } from 'zod';
import { flag, real, text, whole } from '../parameter.js';

export const simParameters = z.strictObject({
  seed: whole(
    1,
    { min: 0, max: 4294967295 },
    { description: 'Seed of the simulated world.', unit: '', source: '' },
  ),
  urdf: text('', {
    description:
      'URDF file of the robot to simulate, described by robot.*; empty = the tabletop arm. Set by sage up --urdf.',
    unit: '',
    source: '',
  }),
  blocks: whole(
    4,
    { min: 0, max: 8 },
    { description: 'Number of coloured blocks on the table.', unit: '', source: '' },
  ),
  camera_rate_hz: real(
    30,
    { min: 1, max: 120 },
    { description: 'Frames per second.', unit: 'Hz', source: '' },
  ),
  joint_rate_hz: real(
    100,
    { min: 1, max: 1000 },
    { description: 'Joint states per second.', unit: 'Hz', source: '' },
  ),
  hand_at_s: real(
    0,
    { min: 0, max: 86400 },
    { description: 'Time when a hand enters the scene; 0 = never.', unit: 's', source: '' },
  ),
  hand_for_s: real(
    3,
    { min: 0.1, max: 3600 },
    { description: 'How long the hand stays.', unit: 's', source: '' },
  ),
  microphone: flag(false, {
    description: 'Simulate a microphone next to the arm: room noise, motors, and speech.',
    unit: '',
    source: '',
  }),
  voice_at_s: real(
    0,
    { min: 0, max: 86400 },
    { description: 'Time when somebody speaks for voice_for_s; 0 = never.', unit: 's', source: '' },
  ),
  voice_for_s: real(
    2,
    { min: 0.1, max: 3600 },
    { description: 'How long somebody speaks.', unit: 's', source: '' },
  ),
  drop_share: real(
    0,
    { min: 0, max: 1 },
    { description: 'Share of camera frames to drop.', unit: '', source: '' },
  ),
  freeze_at_s: real(
    0,
    { min: 0, max: 86400 },
    { description: 'Time when the camera freezes for freeze_for_s; 0 = never.', unit: 's', source: '' },
  ),
  freeze_for_s: real(
    2,
    { min: 0, max: 3600 },
    { description: 'How long the camera is frozen.', unit: 's', source: '' },
  ),
  noise: real(
    0.008,
    { min: 0, max: 0.5 },
    {
      description: 'Standard deviation of the pixel noise, share of full scale.',
      unit: '',
      source: 'two of 255',
    },
  ),
  stuck_joint: text('', {
    description: 'Name of a joint to block; empty = none.',
    unit: '',
    source: '',
  }),
  publish_clock: flag(false, {
    description: 'Publish /clock and stamp everything with simulation time; implied by use_sim_time.',
    unit: '',
    source: '',
  }),
});
