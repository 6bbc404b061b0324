import { z } from 'zod';
import { flag, real, reals, whole } from '../parameter.js';

export const salienceParameters = z.strictObject({
  weights: reals(
    [1.0, 0.8, 0.6, 1.2, 0.7],
    { min: -10, max: 10, length: 5 },
    {
      description: 'Softmax logits that weight surprise, novelty, arousal, reward and conflict.',
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
      description: 'An embedding is stored only if its novelty is above this.',
      unit: '',
      source: 'above the noise of camera cells',
    },
  ),
  merge_below: real(
    0.01,
    { min: 0, max: 0.5 },
    {
      description: 'Consolidation merges memories whose mutual novelty is at most this.',
      unit: '',
      source: 'five times novelty_store',
    },
  ),
  consolidation_per_s: real(
    100,
    { min: 0, max: 10000 },
    {
      description:
        'Memories consolidated per second over all sources, at a metabolic consolidation_rate of 1.',
      unit: '1/s',
      source: 'a DREAM of 30 s covers a full memory',
    },
  ),
  surprise_buffer: whole(
    100,
    { min: 1, max: 10000 },
    {
      description: 'Surprise values kept per source; sources with a higher mean get more consolidation.',
      unit: '',
      source: 'seeds/000 §7.2',
    },
  ),
  warmup: whole(
    20,
    { min: 2, max: 1000 },
    {
      description: 'Readings of a source before it can surprise.',
      unit: '',
      source: 'one second at 20 Hz',
    },
  ),
  learning_rate: real(
    0.05,
    { min: 0.0001, max: 1 },
    { description: 'Learning rate of the online predictor and its running spread.', unit: '', source: '' },
  ),
  spread_floor: real(
    0.006,
    { min: 1e-9, max: 1 },
    {
      description: 'Minimum spread of a predicted element; smaller errors are noise.',
      unit: '',
      source: 'camera cells: 1.5 of 255',
    },
  ),
  settle_s: real(
    0.5,
    { min: 0, max: 60 },
    {
      description:
        'Objects moved on the table become normal after lying still in view for this long; 0 = treat them like anything else.',
      unit: 's',
      source: 'a working hand never stays that still',
    },
  ),
  aside_s: real(
    3,
    { min: 0, max: 600 },
    {
      description:
        'An unknown object that lies still for this long, apart from the robot and untouched, no longer holds the arm; the arm keeps clear of it. 0 = off.',
      unit: 's',
      source: 'longer than a hand rests',
    },
  ),
  habituation_s: real(
    20,
    { min: 0, max: 86400 },
    {
      description:
        'A surprise that has not changed for this long becomes normal, an exactly periodic one after twice as long; 0 = only through sage/resume.',
      unit: 's',
      source: '',
    },
  ),
});

export const attentionParameters = z.strictObject({
  enabled: flag(true, {
    description: 'Run the attention plugin over the sources and the patches of the camera image.',
    unit: '',
    source: '',
  }),
  temperature_start: real(
    1,
    { min: 0.01, max: 100 },
    {
      description: 'Temperature of the first step; scores are 0..1, so 1 gives nearly even shares.',
      unit: '',
      source: '',
    },
  ),
  temperature_end: real(
    0.1,
    { min: 0.005, max: 100 },
    {
      description: 'Final temperature: a score higher by this gets e times the share.',
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
    { description: 'Maximum steps per refinement.', unit: '', source: 'three times cooling_steps' },
  ),
  rate: real(
    0.7,
    { min: 0.01, max: 1 },
    {
      description: 'Fraction of the way to the current temperature taken in one step.',
      unit: '',
      source: '',
    },
  ),
  goal_bias: real(
    0.5,
    { min: 0, max: 10 },
    {
      description: "Added to the score of a patch at the goal's location.",
      unit: '',
      source: 'seeds/000 §2.3, strength of the bias',
    },
  ),
  evidence_min: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'Minimum surprise (or goal relevance) for a patch to count as evidence.',
      unit: '',
      source: 'the surprise of 4.7 spreads',
    },
  ),
  evidence_max: whole(
    8,
    { min: 1, max: 64 },
    { description: 'Maximum evidence patches per map.', unit: '', source: '' },
  ),
  period_ms: real(
    200,
    { min: 0, max: 60000 },
    { description: 'Minimum time between attention refinements.', unit: 'ms', source: '' },
  ),
  refresh_ms: real(
    2000,
    { min: 0, max: 600000 },
    {
      description: 'Attention is refined again after this time even if nothing has changed.',
      unit: 'ms',
      source: '',
    },
  ),
  memory_s: real(
    10,
    { min: 0.1, max: 3600 },
    {
      description: 'Half-life of the pull of a place where something was noticed.',
      unit: 's',
      source: '',
    },
  ),
});
