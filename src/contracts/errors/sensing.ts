import type { CatalogueEntry } from './entry.js';

/** 2xx: sensing. */
export const SENSING_ERRORS = {
  SAGE_201: {
    title: 'image truncated',
    hint: 'check the camera driver: height × step must equal the data size',
  },
  SAGE_202: {
    title: 'unsupported image encoding',
    hint: 'publish rgb8, bgr8, rgba8, bgra8, mono8, one of these with 16 bits, Bayer, yuyv, uyvy, nv12, nv21, nv24, or jpeg/png',
  },
  SAGE_203: { title: 'joint state not finite', hint: 'check the joint driver; this reading is ignored' },
  SAGE_204: {
    title: 'unknown joint names',
    hint: 'publish joint states with the joint names of the URDF',
  },
  SAGE_205: { title: 'source stale', hint: 'check that its publisher is running and its stamps advance' },
  SAGE_206: {
    title: 'camera model missing or invalid',
    hint: 'publish camera_info with a positive focal length',
  },
  SAGE_207: {
    title: 'camera pose missing or invalid',
    hint: 'publish camera/pose in a fixed frame of the URDF, or set camera.pose',
  },
  SAGE_208: { title: 'message malformed', hint: 'check the publisher of this topic' },
  SAGE_209: {
    title: 'stamp jumped',
    hint: "check the publisher's clock; readings from the past or future are ignored",
  },
  SAGE_210: { title: 'camera frozen', hint: 'restart the camera driver; it keeps repeating the last image' },
  SAGE_211: {
    title: 'clock jumped back',
    hint: 'a bag or simulation restarted, or the clock was set; ages and deadlines carry on from there',
  },
  SAGE_212: {
    title: 'clock stopped',
    hint: 'with use_sim_time, start the publisher of /clock or resume the simulation',
  },
  SAGE_213: {
    title: 'several publishers on one camera topic',
    hint: 'stop all but one, or give each its own topic or ROS_DOMAIN_ID; ros2 topic info -v lists them',
  },
  SAGE_214: {
    title: 'joint states contradict each other',
    hint: 'let only one node publish each joint, not a joint_state_publisher beside the driver; ros2 topic info -v lists the publishers',
  },
} as const satisfies Record<string, CatalogueEntry>;
