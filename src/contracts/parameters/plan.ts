import { z } from 'zod';
import { choice, real, text, whole } from '../parameter.js';

export const planParameters = z.strictObject({
  implementation: choice(['heuristic', 'core'], 'heuristic', {
    description:
      'Planner: the rules (heuristic), or the learned H/L core, which falls back to the rules in a crisis and without fresh advice.',
    unit: '',
    source: 'docs/models/core.md',
    live: true,
  }),
  model: text('core-edge', {
    description: 'Id of the H/L core model.',
    unit: '',
    source: '',
  }),
  period_ms: real(
    150,
    { min: 1, max: 60000 },
    {
      description: 'Time between refinements of the core; a new offer triggers one at once.',
      unit: 'ms',
      source: 'three cycles at 20 Hz',
      live: true,
    },
  ),
  advice_max_age_ms: real(
    400,
    { min: 1, max: 60000 },
    {
      description: 'Advice older than this is ignored.',
      unit: 'ms',
      source: 'above twice the period',
      live: true,
    },
  ),
  cycles_max: whole(
    1,
    { min: 1, max: 64 },
    {
      description: 'Maximum reasoning cycles per refinement.',
      unit: '',
      source: 'as good as four on validation scenarios, docs/models/core.md',
      live: true,
    },
  ),
  halt: real(
    0.99,
    { min: 0, max: 1 },
    {
      description: 'Halt probability above which the core stops reasoning.',
      unit: '',
      source: 'seeds/000 §1.1',
      live: true,
    },
  ),
  choose_min: real(
    0.1,
    { min: 0, max: 1 },
    {
      description: 'Offers that the core selects with at least this probability run.',
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
        "Weight of the core's ATP shares per resource; the rest is split evenly among the running resources.",
      unit: '',
      source: 'ablation in docs/models/core.md',
      live: true,
    },
  ),
});
