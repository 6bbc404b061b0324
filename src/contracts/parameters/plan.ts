import { z } from 'zod';
import { choice, real, text, whole } from '../parameter.js';

export const planParameters = z.strictObject({
  implementation: choice(['heuristic', 'core'], 'heuristic', {
    description:
      'Who plans: the rules, or the learned H/L core, with the rules wherever it has no fresh advice and in a crisis.',
    unit: '',
    source: 'docs/models/core.md',
    live: true,
  }),
  model: text('core-edge', {
    description: 'Manifest id of the H/L core.',
    unit: '',
    source: '',
  }),
  period_ms: real(
    150,
    { min: 1, max: 60000 },
    {
      description:
        'Time between two refinements of the core; where something new is on offer it is asked at once.',
      unit: 'ms',
      source: 'three cycles at 20 Hz',
      live: true,
    },
  ),
  advice_max_age_ms: real(
    400,
    { min: 1, max: 60000 },
    {
      description: 'Advice older than this is not followed.',
      unit: 'ms',
      source: 'above twice the period',
      live: true,
    },
  ),
  cycles_max: whole(
    1,
    { min: 1, max: 64 },
    {
      description: 'Reasoning cycles of one refinement at most.',
      unit: '',
      source: 'as good as four on validation scenarios, docs/models/core.md',
      live: true,
    },
  ),
  halt: real(
    0.99,
    { min: 0, max: 1 },
    {
      description: 'Halt probability above which the core stops thinking.',
      unit: '',
      source: 'seeds/000 §1.1',
      live: true,
    },
  ),
  choose_min: real(
    0.1,
    { min: 0, max: 1 },
    {
      description: 'What the core wants with at least this probability runs.',
      unit: '',
      source: 'validation scenarios, docs/models/core.md',
      live: true,
    },
  ),
  shares_weight: real(
    0.5,
    { min: 0, max: 1 },
    {
      description:
        'How far the shares of the ATP per resource are those of the core; the rest is even among the resources that run.',
      unit: '',
      source: 'ablation in docs/models/core.md',
      live: true,
    },
  ),
});
