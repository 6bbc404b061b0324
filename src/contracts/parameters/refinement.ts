import { z } from 'zod';
import { choice, real, whole } from '../parameter.js';

export const hrmParameters = z.strictObject({
  atp_per_s: real(
    1000,
    { min: 1, max: 1e6 },
    {
      description: 'ATP granted per second in WAKE; other states get a share of it.',
      unit: 'ATP/s',
      source: 'seeds/000 §5.3',
    },
  ),
  floor_share: real(
    0.05,
    { min: 0, max: 0.5 },
    { description: 'Minimum share of the budget per running plugin.', unit: '', source: 'seeds/000 §3.2' },
  ),
  trust_rate: real(
    0.1,
    { min: 0, max: 1 },
    { description: 'Learning rate of trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  trust_min: real(
    0.1,
    { min: 0.001, max: 1 },
    { description: 'Minimum trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  trust_max: real(
    10,
    { min: 1, max: 1000 },
    { description: 'Maximum trust.', unit: '', source: 'seeds/000 §3.3' },
  ),
  plateau_eps: real(
    0.001,
    { min: 0, max: 1 },
    {
      description: 'Refinement stops when the H-energy varies by less than this over plateau_window.',
      unit: '',
      source: 'seeds/002',
    },
  ),
  plateau_window: whole(
    10,
    { min: 2, max: 1000 },
    {
      description: 'Window for plateau_eps, in H-steps.',
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
      description: 'Maximum ATP reserve, in seconds of income; the excess expires.',
      unit: 's',
      source: '',
    },
  ),
  branches_max: whole(
    1,
    { min: 0, max: 16 },
    {
      description: 'Branches a stalled refinement may start when ATP is left over; 0 = none.',
      unit: '',
      source: 'seeds/002',
    },
  ),
  branch_stall_steps: whole(
    8,
    { min: 1, max: 10000 },
    {
      description:
        'A refinement counts as stalled when it halts by slope, or after this many steps (and more than its halt_k) without a new best.',
      unit: 'steps',
      source: '',
    },
  ),
  branch_back_steps: whole(
    8,
    { min: 1, max: 64 },
    {
      description: 'A branch restarts this many steps back; that many earlier states are kept.',
      unit: 'steps',
      source: 'seeds/002: the last k states',
    },
  ),
  branch_energy: real(
    0.1,
    { min: 0, max: 1 },
    {
      description: 'No branch is tried once the energy is below this share of its initial value.',
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
      description:
        'A refinement halts when its energy varies by less than this, unless its plugin sets its own value.',
      unit: '',
      source: 'seeds/003',
    },
  ),
  halt_k: whole(
    3,
    { min: 1, max: 100 },
    {
      description: 'Window for halt_eps: the last energy and this many before it.',
      unit: '',
      source: 'seeds/003',
    },
  ),
  overspend_ms_per_atp: real(
    50,
    { min: 0.1, max: 1e6 },
    {
      description:
        'A plugin overspends when it uses more thread time than this per declared ATP, beyond overspend_slack_ms.',
      unit: 'ms/ATP',
      source: '1 ATP is about 1 ms of a core; leaves room for slow, busy machines',
    },
  ),
  overspend_slack_ms: real(
    500,
    { min: 0, max: 1e6 },
    {
      description: 'Thread time a refinement may use regardless of what it declared.',
      unit: 'ms',
      source: '',
    },
  ),
  telemetry_per_step: choice(['halt', 'step'], 'halt', {
    description: 'Publish telemetry once per refinement (halt), or also for each step (step).',
    unit: '',
    source: 'seeds/002',
    live: true,
  }),
});
