import { z } from 'zod';
import { choice, type ParameterMeta, real, reals } from '../parameter.js';

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
