import { z } from 'zod';
import { flag, real, text, whole } from '../parameter.js';

export const languageParameters = z.strictObject({
  enabled: flag(false, {
    description: 'Let a model read goals that the rules do not understand; false = reject them at once.',
    unit: '',
    source: 'docs/models/language.md: what it adds to the rules',
  }),
  model: text('language-refiner', {
    description: 'Id of the language model.',
    unit: '',
    source: '',
  }),
  confidence_min: real(
    0.9,
    { min: 0, max: 1 },
    {
      description: 'Minimum confidence; less certain readings are rejected.',
      unit: '',
      source: 'docs/models/language.md, chosen on val: 2.1 % of all utterances misread',
    },
  ),
  stop_confidence_min: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'The same for a stop, where a false positive does less harm.',
      unit: '',
      source: '',
    },
  ),
  settled: real(
    0.05,
    { min: 0, max: 1 },
    {
      description: 'Reading ends when a step changes the meaning by less than this, relative.',
      unit: '',
      source: 'early stop in the metrics of models/language-refiner.json',
    },
  ),
  max_steps: whole(
    15,
    { min: 1, max: 64 },
    { description: 'Maximum L-steps per utterance.', unit: '', source: 'all steps in the metrics' },
  ),
  halt_eps: real(
    1e-4,
    { min: 0, max: 10 },
    {
      description: 'Reading ends when the energy changes by less than this over halt_k steps.',
      unit: 'nats',
      source: 'seeds/003',
    },
  ),
  halt_k: whole(
    3,
    { min: 1, max: 64 },
    { description: 'Window for halt_eps, in steps.', unit: '', source: 'seeds/003' },
  ),
  deadline_ms: real(
    2000,
    { min: 10, max: 600000 },
    {
      description: 'Time limit per utterance; then the best reading so far is used.',
      unit: 'ms',
      source: '',
    },
  ),
  wait_ms: real(
    5000,
    { min: 100, max: 600000 },
    {
      description: 'An utterance not read within this time is rejected.',
      unit: 'ms',
      source: 'longer than a user waits before repeating a command',
    },
  ),
});
