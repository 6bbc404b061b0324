import { z } from 'zod';

const seconds = z.number().min(0).max(86400);
const share = z.number().min(0).max(1);
const lasting = z.strictObject({ for_s: seconds });

/**
 * What the world can be asked to do at run time: the JSON on `sim/command`. Several keys may come at once.
 * Times count from when the command takes effect.
 */
export const simCommandSchema = z.strictObject({
  hand: lasting.optional().describe('a hand reaches in and stays for for_s; 0 sends it away'),
  voice: lasting.optional().describe('somebody speaks for for_s; heard where sim.microphone is set'),
  block: z
    .strictObject({
      colour: z.string().max(32),
      x_m: z.number().min(-5).max(5),
      y_m: z.number().min(-5).max(5),
    })
    .optional()
    .describe('a block lies elsewhere from now on, as if somebody had moved it; far away = taken away'),
  drop_share: share.optional().describe('share of frames that are not sent'),
  freeze: z
    .strictObject({ for_s: seconds, stamps: z.enum(['advance', 'frozen']).default('advance') })
    .optional()
    .describe('the same image again and again, with stamps that go on or stand still'),
  camera_off: lasting.optional().describe('no frames'),
  truncate: lasting.optional().describe('images that are shorter than they say'),
  nan_joints: lasting.optional().describe('joint states that are not numbers'),
  noise: z
    .number()
    .min(0)
    .max(0.5)
    .optional()
    .describe('standard deviation of the pixels, share of full scale'),
  exposure: z.number().min(0.02).max(8).optional().describe('light of the scene, 1 = nominal'),
  stuck_joint: z.string().max(256).optional().describe('a joint that is held where it is; empty = none'),
  battery: share.optional().describe('charge'),
  emergency_stop: z.boolean().optional().describe('the button: the arm stays where it is'),
  reset_seed: z.int().min(0).max(4294967295).optional().describe('a new world of this seed'),
});

export type SimCommand = z.infer<typeof simCommandSchema>;

/** The faults of the sensors as they stand at one moment. */
export interface SensorFaults {
  drop_share: number;
  /** Standard deviation, share of full scale. */
  noise: number;
  exposure: number;
  /** World times until which the fault lasts, s. */
  freeze_until_s: number;
  freeze_stamps: 'advance' | 'frozen';
  camera_off_until_s: number;
  truncate_until_s: number;
  nan_joints_until_s: number;
}

export const noFaults = (noise: number): SensorFaults => ({
  drop_share: 0,
  noise,
  exposure: 1,
  freeze_until_s: 0,
  freeze_stamps: 'advance',
  camera_off_until_s: 0,
  truncate_until_s: 0,
  nan_joints_until_s: 0,
});

/** Takes over what a command says of the sensors. */
export function applyToSensors(faults: SensorFaults, command: SimCommand, time_s: number): void {
  faults.drop_share = command.drop_share ?? faults.drop_share;
  faults.noise = command.noise ?? faults.noise;
  faults.exposure = command.exposure ?? faults.exposure;
  if (command.freeze !== undefined) {
    faults.freeze_until_s = time_s + command.freeze.for_s;
    faults.freeze_stamps = command.freeze.stamps;
  }
  if (command.camera_off !== undefined) faults.camera_off_until_s = time_s + command.camera_off.for_s;
  if (command.truncate !== undefined) faults.truncate_until_s = time_s + command.truncate.for_s;
  if (command.nan_joints !== undefined) faults.nan_joints_until_s = time_s + command.nan_joints.for_s;
}
