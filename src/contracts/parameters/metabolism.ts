import { z } from 'zod';
import { choice, type ParameterMeta, real, reals } from '../parameter.js';

const STATE_ORDER = 'Per state: WAKE, FOCUS, REST, DREAM, CRISIS.';

/** One value per metabolic state, in the order WAKE, FOCUS, REST, DREAM, CRISIS. */
const perState = (value: number[], range: { min: number; max: number }, meta: ParameterMeta) =>
  reals(value, { ...range, length: 5 }, { ...meta, description: `${meta.description} ${STATE_ORDER}` });

export const metabolismParameters = z.strictObject({
  profile: choice(['default', 'endurance', 'battery'], 'default', {
    description:
      'Timescale of the five states: seconds (default), hours (endurance), or the battery topic (battery).',
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
    { description: 'Surprise above this triggers CRISIS.', unit: '', source: 'seeds/000 §2.2', live: true },
  ),
  clear_surprise: real(
    0.4,
    { min: 0, max: 1 },
    {
      description: 'Surprise must stay below this for clear_s to end a crisis.',
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
        'Task performance above this switches from WAKE to FOCUS. Performance is 0 until the goal completes a step or a refinement it needs succeeds.',
      unit: '',
      source: 'seeds/000 §2.2',
    },
  ),
  unfocus_performance: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'Task performance below this switches from FOCUS back to WAKE.',
      unit: '',
      source: 'hysteresis below focus_performance',
    },
  ),
  rest_energy: real(
    30,
    { min: 0, max: 100 },
    { description: 'Energy below this switches to REST.', unit: '', source: 'seeds/000 §2.2' },
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
      description: 'Minimum time in a state; CRISIS may start at any time.',
      unit: 's',
      source: 'ours, one for all states: seeds/000 §2.2 and §8.5 name none',
    },
  ),
  maximum_s: perState(
    [0, 300, 120, 30, 0],
    { min: 0, max: 1e6 },
    {
      description:
        'Maximum time in a state before WAKE; 0 = no limit. A crisis ends only when the scene is clear.',
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
    { description: 'Plugins that may run at the same time (rounded).', unit: '', source: 'seeds/000 §8.5' },
  ),
  refinement_depth: perState(
    [10, 5, 2, 3, 15],
    { min: 1, max: 1000 },
    {
      description: 'Length limit of refinements, in units of hrm.steps_per_depth steps (rounded).',
      unit: '',
      source: 'seeds/000 §8.5',
    },
  ),
  exploration_rate: perState(
    [0.3, 0, -0.5, 0.5, 0],
    { min: -0.5, max: 0.5 },
    { description: 'Exploration; negative means less than usual.', unit: '', source: 'seeds/000 §8.5' },
  ),
  consolidation_rate: perState(
    [0.1, 0.05, 0.5, 0.3, 0],
    { min: 0, max: 1 },
    {
      description: 'Rate of memory consolidation, relative to salience.consolidation_per_s.',
      unit: '',
      source: 'seeds/000 §8.5',
    },
  ),
  atp_share: perState(
    [1, 1, 0.2, 0.5, 1],
    { min: 0, max: 10 },
    {
      description: 'Share of hrm.atp_per_s granted; FOCUS spends the same budget on fewer plugins.',
      unit: '',
      source: '',
    },
  ),
  battery_stale_s: real(
    60,
    { min: 0.1, max: 86400 },
    {
      description: 'Profile battery: a battery silent for this long counts as discharging.',
      unit: 's',
      source: 'drivers publish every 1 to 30 s',
    },
  ),
  endurance_factor: real(
    360,
    { min: 1, max: 100000 },
    {
      description:
        'Profile endurance: factor by which consumption and recharge are slower and maximum_s longer.',
      unit: '',
      source: '14 s awake become 84 min',
    },
  ),
});
