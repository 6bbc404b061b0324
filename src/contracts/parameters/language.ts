import { z } from 'zod';
import { flag, real, text, whole } from '../parameter.js';

export const languageParameters = z.strictObject({
  enabled: flag(false, {
    description:
      'Have a model read what the rules for goals do not understand; false = it is refused at once.',
    unit: '',
    source: 'docs/models/language.md: what it adds to the rules',
  }),
  model: text('language-refiner', {
    description: 'Id of the model manifest that reads utterances.',
    unit: '',
    source: '',
  }),
  confidence_min: real(
    0.9,
    { min: 0, max: 1 },
    {
      description: 'A meaning that is less sure than this is refused.',
      unit: '',
      source: 'docs/models/language.md, chosen on val: 2.1 % of all utterances done wrongly',
    },
  ),
  stop_confidence_min: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'The same for a stop, which may be wrong more often than a motion.',
      unit: '',
      source: '',
    },
  ),
  settled: real(
    0.05,
    { min: 0, max: 1 },
    {
      description: 'An utterance is read when a step has changed its meaning by less than this, relative.',
      unit: '',
      source: 'early stop in the metrics of models/language-refiner.json',
    },
  ),
  max_steps: whole(
    15,
    { min: 1, max: 64 },
    { description: 'L-steps per utterance at most.', unit: '', source: 'all steps in the metrics' },
  ),
  halt_eps: real(
    1e-4,
    { min: 0, max: 10 },
    {
      description: 'An utterance is read when its energy has changed by less than this over halt_k steps.',
      unit: 'nats',
      source: 'seeds/003',
    },
  ),
  halt_k: whole(
    3,
    { min: 1, max: 64 },
    { description: 'Steps over which the change of energy is taken.', unit: '', source: 'seeds/003' },
  ),
  deadline_ms: real(
    2000,
    { min: 10, max: 600000 },
    { description: 'Time for one utterance at most; the best so far is used then.', unit: 'ms', source: '' },
  ),
  wait_ms: real(
    5000,
    { min: 100, max: 600000 },
    {
      description: 'An utterance that has waited this long to be read is refused.',
      unit: 'ms',
      source: 'longer than a user waits without saying it again',
    },
  ),
});
