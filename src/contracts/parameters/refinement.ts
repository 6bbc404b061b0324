import { z } from 'zod';
import { choice, real, whole } from '../parameter.js';

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
