import type { CatalogueEntry } from './entry.js';

/** 4xx: goals. */
export const GOALS_ERRORS = {
  SAGE_401: {
    title: 'goal not understood',
    hint: 'say for example: pick up the red block; point at the green block; go home; stop',
  },
  SAGE_402: { title: 'target not found', hint: "bring it into the camera's view, or name another" },
  SAGE_403: {
    title: 'target not reachable',
    hint: 'move it closer to the robot, or check table and frames in the configuration',
  },
  SAGE_404: { title: 'goal failed after retries', hint: 'see the decision record for what was tried' },
  SAGE_405: { title: 'goal deadline passed', hint: 'give it more time, or none' },
  SAGE_406: { title: 'goal queue full', hint: 'wait until a goal has ended, or cancel one' },
  SAGE_407: { title: 'goal too long', hint: 'say it in fewer characters' },
  SAGE_408: {
    title: 'goal waited in vain',
    hint: 'clear what it waited for, and give the goal again; kernel.wait_timeout_s says how long it may wait',
  },
  SAGE_409: {
    title: 'goal not possible as things are',
    hint: 'see the reason; change what stands against it',
  },
  SAGE_410: { title: 'goal id in use', hint: 'give each goal an id of its own' },
  SAGE_411: { title: 'target moved again and again', hint: 'let it lie still, and give the goal again' },
} as const satisfies Record<string, CatalogueEntry>;
