import { z } from 'zod';
import { flag, text, texts, whole } from '../parameter.js';

export const nodeParameters = z.strictObject({
  robot_id: text('sage', {
    description: 'Name of the robot in telemetry (entity_id).',
    unit: '',
    source: 'seeds/002',
  }),
  autostart: flag(true, {
    description: 'Configure and activate the lifecycle node automatically.',
    unit: '',
    source: '',
  }),
  state_folder: text('', {
    description:
      'Folder for goals, which survive a crash; empty = ~/.local/state/sage, "none" = keep nothing.',
    unit: '',
    source: 'XDG base directories',
  }),
  plugins: texts([], {
    description:
      'Modules of your own plugins, each exporting extension(parameters); see docs/writing-a-plugin.md.',
    unit: '',
    source: '',
  }),
  real_time_priority: whole(
    1,
    { min: 0, max: 99 },
    {
      description: 'Real-time priority (SCHED_RR) of the cycle thread, if the system permits it; 0 = none.',
      unit: '',
      source: 'docs/adr/0013-cycle-goes-first.md',
    },
  ),
  log: text('', {
    description: 'File for the run log, which sage replay can replay; empty = none.',
    unit: '',
    source: '',
  }),
  external_blocks: texts([], {
    description:
      'Blocks that run in their own process: camera, joints, microphone, battery, emergency_stop, goal, arm, gripper.',
    unit: '',
    source: '',
  }),
});
