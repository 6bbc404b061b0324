import type { CatalogueEntry } from './entry.js';

/** 8xx: ROS graph and processes. */
export const PROCESS_ERRORS = {
  SAGE_801: { title: 'setup incomplete', hint: 'run npm start or npm run setup' },
  SAGE_802: { title: 'process exited unexpectedly', hint: 'see its last lines above' },
  SAGE_803: { title: 'unusable ROS environment', hint: 'source ROS 2 Jazzy, or run npm run setup' },
  SAGE_804: { title: 'cycle failed', hint: 'report this bug with the lines above' },
  SAGE_805: {
    title: 'node not ready in time',
    hint: 'run sage doctor, and see the last lines of the node above',
  },
  SAGE_806: {
    title: 'node not found',
    hint: 'start it with sage up, in the same ROS_DOMAIN_ID and namespace',
  },
  SAGE_807: {
    title: 'unknown metabolic state',
    hint: 'choose WAKE, FOCUS, REST, DREAM or CRISIS',
  },
  SAGE_808: {
    title: 'another SAGE commands this arm',
    hint: 'stop one of the two; this one holds until the other has been silent for 5 s',
  },
  SAGE_809: {
    title: 'topic type mismatch',
    hint: 'name the right topic under topics: in the configuration; ros2 topic info -v lists the types',
  },
  SAGE_810: {
    title: 'incompatible QoS',
    hint: 'change the QoS of the other end; ros2 topic info -v shows it',
  },
  SAGE_811: {
    title: 'no controller is listening',
    hint: 'start the controller, or name its topic or action under topics: in the configuration',
  },
  SAGE_812: {
    title: 'no room for a block in the simulated world',
    hint: 'check robot.workspace_*, table_height_m, tip_frame, approach_axis and camera.pose; with these values the real robot could not pick either',
  },
} as const satisfies Record<string, CatalogueEntry>;
