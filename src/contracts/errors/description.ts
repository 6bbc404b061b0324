import type { CatalogueEntry } from './entry.js';

/** 3xx: the robot description. */
export const DESCRIPTION_ERRORS = {
  SAGE_301: { title: 'no robot description', hint: 'publish the URDF latched on robot_description' },
  SAGE_302: { title: 'robot description malformed', hint: 'check the URDF (check_urdf names the line)' },
  SAGE_303: {
    title: 'frame not in the robot description',
    hint: 'set robot.base_frame and robot.tip_frame to links of the URDF',
  },
  SAGE_304: {
    title: 'joint limit missing',
    hint: 'give the joint a <limit> with lower, upper and velocity, or set robot.lower_limits, upper_limits and velocity_limits',
  },
} as const satisfies Record<string, CatalogueEntry>;
