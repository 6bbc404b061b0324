import type { CatalogueEntry } from './entry.js';

/** 3xx: the robot description. */
export const DESCRIPTION_ERRORS = {
  SAGE_301: { title: 'no robot description', hint: 'publish the URDF on robot_description (latched)' },
  SAGE_302: { title: 'robot description malformed', hint: 'check the URDF; check_urdf names the line' },
  SAGE_303: {
    title: 'frame not in the robot description',
    hint: 'set robot.base_frame and robot.tip_frame to links of the URDF',
  },
  SAGE_304: {
    title: 'joint limit missing',
    hint: 'add a <limit> with lower, upper and velocity to the joint, or set robot.lower_limits, upper_limits and velocity_limits',
  },
  SAGE_305: {
    title: 'mesh not found',
    hint: 'source the workspace that holds the package, or add the folder above it to robot.mesh_paths',
  },
  SAGE_306: { title: 'mesh not readable', hint: 'check the file; STL, OBJ and COLLADA (.dae) are read' },
} as const satisfies Record<string, CatalogueEntry>;
