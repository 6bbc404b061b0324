import { z } from 'zod';
import { flag, real, reals, whole } from '../parameter.js';

export const salienceParameters = z.strictObject({
  weights: reals(
    [1.0, 0.8, 0.6, 1.2, 0.7],
    { min: -10, max: 10, length: 5 },
    {
      description: 'Logits of the softmax that combines surprise, novelty, arousal, reward, conflict.',
      unit: '',
      source: 'seeds/000 §2.3',
    },
  ),
  memory_size: whole(
    1000,
    { min: 1, max: 100000 },
    { description: 'Embeddings kept per source for novelty.', unit: '', source: 'seeds/000 §2.3' },
  ),
  novelty_store: real(
    0.002,
    { min: 0, max: 1 },
    {
      description: 'The memory takes an embedding only where its novelty is above this.',
      unit: '',
      source: 'above the noise of camera cells',
    },
  ),
  merge_below: real(
    0.01,
    { min: 0, max: 0.5 },
    {
      description: 'Consolidation merges memories that are at most this novel beside each other.',
      unit: '',
      source: 'five times novelty_store',
    },
  ),
  consolidation_per_s: real(
    100,
    { min: 0, max: 10000 },
    {
      description:
        'Memories that consolidation looks at per second, all sources together, at a metabolic consolidation rate of 1.',
      unit: '1/s',
      source: 'a DREAM of 30 s covers a full memory',
    },
  ),
  surprise_buffer: whole(
    100,
    { min: 1, max: 10000 },
    {
      description:
        'Surprise values kept per source; the higher their mean, the more of the consolidation is for its memories.',
      unit: '',
      source: 'seeds/000 §7.2',
    },
  ),
  warmup: whole(
    20,
    { min: 2, max: 1000 },
    {
      description: 'Readings of a source before its surprise can rise above zero.',
      unit: '',
      source: 'one second at 20 Hz',
    },
  ),
  learning_rate: real(
    0.05,
    { min: 0.0001, max: 1 },
    { description: 'Rate of the online predictor and of its running spread.', unit: '', source: '' },
  ),
  spread_floor: real(
    0.006,
    { min: 1e-9, max: 1 },
    {
      description: 'Smallest spread of a predicted element; errors below it are noise.',
      unit: '',
      source: 'camera cells: 1.5 of 255',
    },
  ),
  settle_s: real(
    0.5,
    { min: 0, max: 60 },
    {
      description:
        'How long things on the table that were moved must lie still, and be seen, before they are normal; 0 = they become so like everything else.',
      unit: 's',
      source: 'a hand at work does not stay so still',
    },
  ),
  aside_s: real(
    3,
    { min: 0, max: 600 },
    {
      description:
        'How long something unknown must lie still, apart from the robot and with nobody at it, to be left alone: then it holds the arm no more, which keeps clear of it; 0 = that is not done.',
      unit: 's',
      source: 'longer than a hand rests',
    },
  ),
  habituation_s: real(
    20,
    { min: 0, max: 86400 },
    {
      description:
        'A surprising element that has not changed for this long becomes the new normal, and one that repeats itself exactly after twice this; 0 = never, only by sage/resume.',
      unit: 's',
      source: '',
    },
  ),
});

export const attentionParameters = z.strictObject({
  enabled: flag(true, {
    description: 'Refine attention over the sources and the patches of the camera image.',
    unit: '',
    source: '',
  }),
  temperature_start: real(
    1,
    { min: 0.01, max: 100 },
    {
      description: 'Temperature of the first step; scores are 0..1, so 1 is nearly even shares.',
      unit: '',
      source: '',
    },
  ),
  temperature_end: real(
    0.1,
    { min: 0.005, max: 100 },
    {
      description: 'Temperature that attention is cooled to: a score higher by this has e times the share.',
      unit: '',
      source: 'temperature of the attention weights',
    },
  ),
  cooling_steps: whole(
    8,
    { min: 1, max: 1000 },
    { description: 'Steps from the first temperature to the last.', unit: '', source: '' },
  ),
  steps_max: whole(
    24,
    { min: 1, max: 1000 },
    { description: 'Steps of one refinement at most.', unit: '', source: 'three times cooling_steps' },
  ),
  rate: real(
    0.7,
    { min: 0.01, max: 1 },
    { description: 'Share of the way to the present temperature that one step goes.', unit: '', source: '' },
  ),
  goal_bias: real(
    0.5,
    { min: 0, max: 10 },
    {
      description: 'What the place of the goal adds to the score of a patch.',
      unit: '',
      source: 'seeds/000 §2.3, strength of the bias',
    },
  ),
  evidence_min: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'Surprise of a patch (or bearing of the goal on it) from which it counts as evidence.',
      unit: '',
      source: 'the surprise of 4.7 spreads',
    },
  ),
  evidence_max: whole(
    8,
    { min: 1, max: 64 },
    { description: 'Patches of evidence per map at most.', unit: '', source: '' },
  ),
  period_ms: real(
    200,
    { min: 0, max: 60000 },
    { description: 'Shortest time between two refinements of attention.', unit: 'ms', source: '' },
  ),
  refresh_ms: real(
    2000,
    { min: 0, max: 600000 },
    {
      description: 'Attention is refined anew after this time even when nothing has changed.',
      unit: 'ms',
      source: '',
    },
  ),
  memory_s: real(
    10,
    { min: 0.1, max: 3600 },
    {
      description: 'Time in which what was noticed at a place loses half of its pull.',
      unit: 's',
      source: '',
    },
  ),
});
