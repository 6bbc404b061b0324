import type { CatalogueEntry } from './entry.js';

/** 2xx: sensing. */
export const SENSING_ERRORS = {
  SAGE_201: {
    title: 'image truncated',
    hint: 'check the camera driver: height × step must equal the data size',
  },
  SAGE_202: {
    title: 'image encoding not supported',
    hint: 'publish rgb8, bgr8, rgba8, bgra8, mono8, 16 bits of these, bayer, yuyv, uyvy, or jpeg/png',
  },
  SAGE_203: { title: 'joint state not finite', hint: 'check the joint driver; the reading was not used' },
  SAGE_204: {
    title: 'joint names unknown to the robot description',
    hint: 'publish the names that the URDF has',
  },
  SAGE_205: { title: 'source stale', hint: 'check that its publisher runs and its stamps advance' },
  SAGE_206: {
    title: 'camera model missing or invalid',
    hint: 'publish camera_info with a positive focal length',
  },
  SAGE_207: {
    title: 'camera pose missing or invalid',
    hint: 'publish camera/pose in a frame of the URDF that does not move, or set camera.pose',
  },
  SAGE_208: { title: 'message malformed', hint: 'check the publisher of the topic named' },
  SAGE_209: {
    title: 'stamp jumped',
    hint: 'check the clock of the publisher; readings from the future or the past are not used',
  },
  SAGE_210: { title: 'camera frozen', hint: 'restart the camera driver: it repeats its last picture' },
  SAGE_211: {
    title: 'clock jumped back',
    hint: 'a recording or a simulation began anew, or the clock was set; ages and deadlines go on as they were',
  },
  SAGE_212: {
    title: 'clock stands still',
    hint: 'with use_sim_time: start what publishes /clock, or let the simulation go on',
  },
  SAGE_213: {
    title: 'several publishers of one camera topic',
    hint: 'end all but one, or give each its own topic or ROS_DOMAIN_ID; ros2 topic info -v shows them',
  },
} as const satisfies Record<string, CatalogueEntry>;
