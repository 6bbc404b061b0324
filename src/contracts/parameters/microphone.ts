import { z } from 'zod';
import { flag, real, whole } from '../parameter.js';

export const microphoneParameters = z.strictObject({
  sample_rate_hz: whole(
    16000,
    { min: 8000, max: 48000 },
    {
      description: 'Rate at which models get what is heard; what comes at another one is converted.',
      unit: 'Hz',
      source: 'usual for models of speech and of sounds',
    },
  ),
  window_s: real(
    2,
    { min: 0.1, max: 30 },
    {
      description: 'What was heard is kept for so long. A model gets the newest of it.',
      unit: 's',
      source: 'models of sounds take about one',
    },
  ),
  stale_ms: real(
    500,
    { min: 1, max: 60000 },
    { description: 'What was heard longer ago than this is not used.', unit: 'ms', source: '' },
  ),
  holds: flag(false, {
    description:
      'A sound that surprises is a crisis, and holds the arm, as what surprises in the picture does. Otherwise it only draws attention.',
    unit: '',
    source: 'people talk beside robots',
    live: true,
  }),
  data_rate_hz: whole(
    16000,
    { min: 8000, max: 48000 },
    {
      description: 'Rate of what comes on audio/data, whose messages do not say it.',
      unit: 'Hz',
      source: 'audio_capture',
    },
  ),
  data_channels: whole(
    1,
    { min: 1, max: 8 },
    {
      description: 'Interleaved channels of what comes on audio/data, whose messages do not say it.',
      unit: '',
      source: 'audio_capture',
    },
  ),
});
