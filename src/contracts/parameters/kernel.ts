import { z } from 'zod';
import { real, whole } from '../parameter.js';

export const kernelParameters = z.strictObject({
  rate_hz: real(
    20,
    { min: 1, max: 200 },
    { description: 'Cycles per second.', unit: 'Hz', source: 'design card' },
  ),
  seed: whole(
    1,
    { min: 0, max: 4294967295 },
    { description: 'Seed for all randomness of the mind.', unit: '', source: '' },
  ),
  joints_stale_ms: real(
    250,
    { min: 10, max: 60000 },
    {
      description: 'Joint states older than this are stale: no motion starts, and a running one is held.',
      unit: 'ms',
      source: 'five cycles',
    },
  ),
  goal_queue_max: whole(
    16,
    { min: 1, max: 1000 },
    { description: 'Maximum waiting goals; further ones are rejected.', unit: '', source: '' },
  ),
  goal_retries: whole(
    3,
    { min: 0, max: 20 },
    { description: 'Attempts at a goal step before the goal fails.', unit: '', source: '' },
  ),
  search_timeout_s: real(
    12,
    { min: 1, max: 600 },
    {
      description: 'How long to search for a target before the goal fails as not found.',
      unit: 's',
      source: '',
    },
  ),
  wait_timeout_s: real(
    60,
    { min: 1, max: 86400 },
    {
      description:
        'How long a goal may wait for one thing (vision, the fingers, the end of a hold) before it fails.',
      unit: 's',
      source: 'three times salience.habituation_s, which ends a lasting crisis',
    },
  ),
});
