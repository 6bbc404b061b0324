import { z } from 'zod';
import { choice, flag, type ParameterMeta, real, reals, whole } from '../parameter.js';

export const kernelParameters = z.strictObject({
  rate_hz: real(
    20,
    { min: 1, max: 200 },
    { description: 'Cycles per second.', unit: 'Hz', source: 'design card' },
  ),
  seed: whole(
    1,
    { min: 0, max: 4294967295 },
    { description: 'Seed of all randomness of the mind.', unit: '', source: '' },
  ),
  joints_stale_ms: real(
    250,
    { min: 10, max: 60000 },
    {
      description:
        'Joint states older than this are stale: no motion starts on them, and one under way is held.',
      unit: 'ms',
      source: 'five cycles',
    },
  ),
  goal_queue_max: whole(
    16,
    { min: 1, max: 1000 },
    { description: 'Goals waiting at most; one more is refused.', unit: '', source: '' },
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
      description: 'How long a target is looked for before the goal ends as not found.',
      unit: 's',
      source: '',
    },
  ),
  wait_timeout_s: real(
    60,
    { min: 1, max: 86400 },
    {
      description:
        'How long a goal may wait for one thing it cannot go on without (vision, the fingers, the end of a hold) before it ends.',
      unit: 's',
      source: 'three times salience.habituation_s, which ends a crisis that stays',
    },
  ),
});

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

const STATE_ORDER = 'Per state: WAKE, FOCUS, REST, DREAM, CRISIS.';

/** One value per metabolic state, in the order WAKE, FOCUS, REST, DREAM, CRISIS. */
const perState = (value: number[], range: { min: number; max: number }, meta: ParameterMeta) =>
  reals(value, { ...range, length: 5 }, { ...meta, description: `${meta.description} ${STATE_ORDER}` });

export const metabolismParameters = z.strictObject({
  profile: choice(['default', 'endurance', 'battery'], 'default', {
    description:
      'Table of the five states: the default of seconds, one for hours, or one bound to the battery topic.',
    unit: '',
    source: 'seeds/000 §8.5',
  }),
  energy_initial: real(
    100,
    { min: 0, max: 100 },
    { description: 'Energy at the start.', unit: '', source: 'seeds/000 §2.2' },
  ),
  recharge_per_s: real(
    5,
    { min: 0, max: 1000 },
    { description: 'Energy regained per second in every state.', unit: '1/s', source: 'seeds/000 §2.2' },
  ),
  crisis_surprise: real(
    0.8,
    { min: 0.01, max: 1 },
    { description: 'Surprise above this is a crisis.', unit: '', source: 'seeds/000 §2.2', live: true },
  ),
  clear_surprise: real(
    0.4,
    { min: 0, max: 1 },
    {
      description: 'Surprise below this for clear_s ends a crisis.',
      unit: '',
      source: 'half of crisis_surprise',
      live: true,
    },
  ),
  clear_s: real(
    0.5,
    { min: 0, max: 60 },
    { description: 'How long the scene must be clear before a crisis ends.', unit: 's', source: '' },
  ),
  focus_performance: real(
    0.7,
    { min: 0, max: 1 },
    {
      description:
        'Task performance above this goes from WAKE to FOCUS; it is 0 until a step is made or a refinement that the goal needs has ended well.',
      unit: '',
      source: 'seeds/000 §2.2',
    },
  ),
  unfocus_performance: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'Task performance below this goes from FOCUS back to WAKE.',
      unit: '',
      source: 'hysteresis below focus_performance',
    },
  ),
  rest_energy: real(
    30,
    { min: 0, max: 100 },
    { description: 'Energy below this goes to REST.', unit: '', source: 'seeds/000 §2.2' },
  ),
  rested_energy: real(
    80,
    { min: 0, max: 100 },
    { description: 'Energy above this ends REST.', unit: '', source: 'hysteresis above rest_energy' },
  ),
  minimum_s: real(
    1,
    { min: 0, max: 600 },
    {
      description: 'Shortest time in a state; CRISIS may begin at any moment.',
      unit: 's',
      source: 'ours, one for all states: seeds/000 §2.2 and §8.5 name none',
    },
  ),
  maximum_s: perState(
    [0, 300, 120, 30, 0],
    { min: 0, max: 1e6 },
    {
      description:
        'Longest time in a state, then WAKE; 0 = none. A crisis ends only when the scene is clear.',
      unit: 's',
      source: 'seeds/000 §2.2 has the rule, not the values',
    },
  ),
  consumption_per_s: perState(
    [10, 5, 2, 5, 20],
    { min: 0, max: 1000 },
    { description: 'Energy consumed per second.', unit: '1/s', source: 'seeds/000 §8.5' },
  ),
  attention_breadth: perState(
    [5, 2, 1, 10, 3],
    { min: 1, max: 1000 },
    { description: 'Plugins that run at once (rounded).', unit: '', source: 'seeds/000 §8.5' },
  ),
  refinement_depth: perState(
    [10, 5, 2, 3, 15],
    { min: 1, max: 1000 },
    {
      description: 'How long refinements may be, in units of hrm.steps_per_depth steps (rounded).',
      unit: '',
      source: 'seeds/000 §8.5',
    },
  ),
  exploration_rate: perState(
    [0.3, 0, -0.5, 0.5, 0],
    { min: -0.5, max: 0.5 },
    { description: 'Exploration, where negative means less than usual.', unit: '', source: 'seeds/000 §8.5' },
  ),
  consolidation_rate: perState(
    [0.1, 0.05, 0.5, 0.3, 0],
    { min: 0, max: 1 },
    { description: 'Share of the memory work that is done.', unit: '', source: 'seeds/000 §8.5' },
  ),
  atp_share: perState(
    [1, 1, 0.2, 0.5, 1],
    { min: 0, max: 10 },
    {
      description: 'Share of hrm.atp_per_s that is granted; FOCUS spends the same on fewer plugins.',
      unit: '',
      source: '',
    },
  ),
  battery_stale_s: real(
    60,
    { min: 0.1, max: 86400 },
    {
      description:
        'Profile battery: a battery that has been silent for this long counts as in use with nothing coming back.',
      unit: 's',
      source: 'drivers speak every second to every half minute',
    },
  ),
  endurance_factor: real(
    360,
    { min: 1, max: 100000 },
    {
      description: 'Profile endurance: consumption and recharge are slower, and maximum_s longer, by this.',
      unit: '',
      source: '14 s awake become 84 min',
    },
  ),
});

export const hrmParameters = z.strictObject({
  atp_per_s: real(
    1000,
    { min: 1, max: 1e6 },
    {
      description: 'ATP granted per second in WAKE; other states have a share of it.',
      unit: 'ATP/s',
      source: 'seeds/000 §5.3',
    },
  ),
  floor_share: real(
    0.05,
    { min: 0, max: 0.5 },
    { description: 'Smallest share of the budget per running plugin.', unit: '', source: 'seeds/000 §3.2' },
  ),
  trust_rate: real(
    0.1,
    { min: 0, max: 1 },
    { description: 'Learning rate of trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  trust_min: real(
    0.1,
    { min: 0.001, max: 1 },
    { description: 'Smallest trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  trust_max: real(
    10,
    { min: 1, max: 1000 },
    { description: 'Largest trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  plateau_eps: real(
    0.001,
    { min: 0, max: 1 },
    {
      description: 'Range of the H-energy over its window below which nothing more is refined.',
      unit: '',
      source: 'seeds/002',
    },
  ),
  plateau_window: whole(
    10,
    { min: 2, max: 1000 },
    {
      description: 'H-steps over which the range of the H-energy is taken.',
      unit: '',
      source: 'half a second at 20 Hz',
    },
  ),
  steps_per_depth: whole(
    20,
    { min: 1, max: 10000 },
    {
      description:
        'L-steps of a refinement per unit of the metabolic depth: WAKE 200, FOCUS 100, CRISIS 300.',
      unit: '',
      source: '',
    },
  ),
  burst_s: real(
    1,
    { min: 0.01, max: 60 },
    {
      description: 'ATP held in reserve at most, in seconds of its income; more expires.',
      unit: 's',
      source: '',
    },
  ),
  branches_max: whole(
    1,
    { min: 0, max: 16 },
    {
      description: 'Branches that a refinement may have when it stalls and ATP is left over; 0 = none.',
      unit: '',
      source: 'seeds/002',
    },
  ),
  branch_stall_steps: whole(
    8,
    { min: 1, max: 10000 },
    {
      description:
        'A refinement stalls when it halts by its slope, or makes so many steps (and more than its halt_k) without a new best.',
      unit: 'steps',
      source: '',
    },
  ),
  branch_back_steps: whole(
    8,
    { min: 1, max: 64 },
    {
      description: 'How far before the latest step a branch begins; so many earlier states are kept.',
      unit: 'steps',
      source: 'seeds/002: the last k states',
    },
  ),
  branch_energy: real(
    0.1,
    { min: 0, max: 1 },
    {
      description:
        'Share of the initial energy below which an end is good enough: no branch is tried for less.',
      unit: '',
      source: '',
    },
  ),
});

export const irpParameters = z.strictObject({
  halt_eps: real(
    1e-4,
    { min: 0, max: 1 },
    {
      description: 'Energy range below which a refinement halts, unless its plugin declares its own.',
      unit: '',
      source: 'seeds/003',
    },
  ),
  halt_k: whole(
    3,
    { min: 1, max: 100 },
    { description: 'Energies beyond the last that the range is taken over.', unit: '', source: 'seeds/003' },
  ),
  overspend_ms_per_atp: real(
    50,
    { min: 0.1, max: 1e6 },
    {
      description:
        'A plugin overspends when its work takes more of the refinement thread than this per declared ATP, after overspend_slack_ms.',
      unit: 'ms/ATP',
      source: '1 ATP is about 1 ms of a core; a slow, busy machine is no fault of the plugin',
    },
  ),
  overspend_slack_ms: real(
    500,
    { min: 0, max: 1e6 },
    { description: 'Time that a refinement may take whatever it declared.', unit: 'ms', source: '' },
  ),
  telemetry_per_step: choice(['halt', 'step'], 'halt', {
    description: 'Telemetry once per refinement, or for each step too.',
    unit: '',
    source: 'seeds/002',
    live: true,
  }),
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
