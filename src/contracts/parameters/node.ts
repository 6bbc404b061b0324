import { z } from 'zod';
import { flag, text, texts, whole } from '../parameter.js';

export const nodeParameters = z.strictObject({
  robot_id: text('sage', {
    description: 'Name of the robot in telemetry (entity_id).',
    unit: '',
    source: 'seeds/002',
  }),
  autostart: flag(true, {
    description: 'Configure and activate the lifecycle node by itself.',
    unit: '',
    source: '',
  }),
  state_folder: text('', {
    description:
      'Folder for what must survive a crash (goals); empty = ~/.local/state/sage, "none" = keep nothing.',
    unit: '',
    source: 'XDG base directories',
  }),
  plugins: texts([], {
    description:
      'Modules of further IRP plugins, each exporting extension(parameters); see docs/writing-a-plugin.md.',
    unit: '',
    source: '',
  }),
  real_time_priority: whole(
    1,
    { min: 0, max: 99 },
    {
      description:
        'Real-time priority (SCHED_RR) of the thread that runs the cycle, where the system permits it; 0 = none.',
      unit: '',
      source: 'docs/adr/0013-cycle-goes-first.md',
    },
  ),
  log: text('', {
    description: 'File for the log of the run, from which it can be replayed; empty = none.',
    unit: '',
    source: '',
  }),
  external_blocks: texts([], {
    description:
      'Blocks that run as processes of their own: camera, joints, microphone, battery, emergency_stop, goal, arm, gripper.',
    unit: '',
    source: '',
  }),
});
