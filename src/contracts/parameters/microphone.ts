import { z } from 'zod';
import { flag, real, whole } from '../parameter.js';

export const microphoneParameters = z.strictObject({
  sample_rate_hz: whole(
    16000,
    { min: 8000, max: 48000 },
    {
      description: 'Sample rate of the audio passed to models; other rates are resampled.',
      unit: 'Hz',
      source: 'usual for speech and sound models',
    },
  ),
  window_s: real(
    2,
    { min: 0.1, max: 30 },
    {
      description: 'Length of audio kept; a model gets the newest part.',
      unit: 's',
      source: 'sound models take about 1 s',
    },
  ),
  stale_ms: real(
    500,
    { min: 1, max: 60000 },
    { description: 'Audio older than this is stale and not used.', unit: 'ms', source: '' },
  ),
  holds: flag(false, {
    description:
      'Treat a surprising sound as a crisis and hold the arm, as for the camera; otherwise it only draws attention.',
    unit: '',
    source: 'people talk near robots',
    live: true,
  }),
  data_rate_hz: whole(
    16000,
    { min: 8000, max: 48000 },
    {
      description: 'Sample rate of audio/data, which its messages do not carry.',
      unit: 'Hz',
      source: 'audio_capture',
    },
  ),
  data_channels: whole(
    1,
    { min: 1, max: 8 },
    {
      description: 'Number of interleaved channels of audio/data, which its messages do not carry.',
      unit: '',
      source: 'audio_capture',
    },
  ),
});
