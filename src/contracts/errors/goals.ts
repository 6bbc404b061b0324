import type { CatalogueEntry } from './entry.js';

/** 4xx: goals. */
export const GOALS_ERRORS = {
  SAGE_401: {
    title: 'goal not understood',
    hint: 'try: pick up the red block; point at the green block; go home; stop',
  },
  SAGE_402: { title: 'target not found', hint: "move it into the camera's view, or name another target" },
  SAGE_403: {
    title: 'target not reachable',
    hint: 'move it closer to the robot, or check the table and frames in the configuration',
  },
  SAGE_404: { title: 'goal failed after retries', hint: 'see sage explain for what was tried' },
  SAGE_405: { title: 'goal deadline exceeded', hint: 'allow more time, or set no deadline' },
  SAGE_406: { title: 'goal queue full', hint: 'wait for a goal to finish, or cancel one' },
  SAGE_407: { title: 'goal too long', hint: 'shorten it' },
  SAGE_408: {
    title: 'goal timed out waiting',
    hint: 'clear what it waited for and send the goal again, or raise kernel.wait_timeout_s',
  },
  SAGE_409: {
    title: 'goal not possible now',
    hint: 'resolve the reason given, then send the goal again',
  },
  SAGE_410: { title: 'goal id already in use', hint: 'give each goal a unique id' },
  SAGE_411: { title: 'target keeps moving', hint: 'leave it in place and send the goal again' },
} as const satisfies Record<string, CatalogueEntry>;
