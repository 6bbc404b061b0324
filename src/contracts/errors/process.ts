import type { CatalogueEntry } from './entry.js';

/** 8xx: ROS graph and processes. */
export const PROCESS_ERRORS = {
  SAGE_801: { title: 'set-up incomplete', hint: 'run npm start, or npm run setup' },
  SAGE_802: { title: 'process ended unexpectedly', hint: 'see its last lines above' },
  SAGE_803: { title: 'ROS environment not usable', hint: 'source ROS 2 Jazzy, or run npm run setup' },
  SAGE_804: { title: 'cycle failed', hint: 'report it with the lines above: a cycle must never throw' },
  SAGE_805: { title: 'node not ready in time', hint: 'run sage doctor; see its last lines above' },
  SAGE_806: {
    title: 'node not found',
    hint: 'start it with sage up, in the same ROS_DOMAIN_ID and namespace',
  },
  SAGE_807: {
    title: 'metabolic state unknown',
    hint: 'choose WAKE, FOCUS, REST, DREAM or CRISIS',
  },
  SAGE_808: {
    title: 'another SAGE commands this arm',
    hint: 'end one of the two; this one holds until the other has been silent for 5 s',
  },
  SAGE_809: {
    title: 'topic of another type on the graph',
    hint: 'name the right topic under topics: in the configuration; ros2 topic info -v shows who has which type',
  },
  SAGE_810: {
    title: 'qualities of service do not fit',
    hint: 'change those of the other end; ros2 topic info -v shows them',
  },
  SAGE_811: {
    title: 'nobody takes commands',
    hint: 'start the controller, or name its topic or action under topics: in the configuration',
  },
  SAGE_812: {
    title: 'no place for a block in the simulated world',
    hint: 'check robot.workspace_*, table_height_m, tip_frame, approach_axis and camera.pose: what is wrong there will not pick on the real table either',
  },
} as const satisfies Record<string, CatalogueEntry>;
