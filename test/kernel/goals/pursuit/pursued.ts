import { expect } from 'chai';
import { type BelievedObject, type Goal, UNCONSTRAINED } from '../../../../src/contracts/goal.js';
import { defaultParameters } from '../../../../src/contracts/parameters/index.js';
import { Pursuit } from '../../../../src/kernel/goals/pursuit.js';
import type { StepView } from '../../../../src/kernel/goals/step.js';

export const parameters = defaultParameters();
/** What is pursued, and believed to lie there. */
export const red: BelievedObject = {
  id: 'red-block-1',
  kind: 'block',
  colour: 'red',
  position_m: [0.3, 0.1, 0.02],
  yaw_rad: 0,
  size_m: 0.04,
  confidence: 0.9,
  seen_ms: 500,
  first_seen_ms: 300,
};
export const pick: Goal = {
  goal_id: 'g',
  text: 'pick up the red block',
  verb: 'pick',
  target: { colour: 'red', kind: 'block' },
  constraints: UNCONSTRAINED,
  priority: 0,
  deadline_ms: null,
  accepted_ms: 0,
};
/** What a step sees with an empty hand and the red block before it, unless told. */
export const view = (now_ms: number, more: Partial<StepView> = {}): StepView => ({
  now_ms,
  tip_m: [0, 0, 0.3],
  home_error: 0,
  opening: 1,
  fingers_lost: false,
  fingers_moving: false,
  in_hand: null,
  motion_done: false,
  astray: null,
  moving: false,
  contact_m: null,
  shoulder_m: [0, 0, 0],
  sees: true,
  visible: () => true,
  vision_ms: now_ms - 50,
  believed: [red],
  outside_workspace: [],
  find: () => null,
  ...more,
});
/** Height of the tip above a block before it goes down, m. */
export const above_m = parameters.robot.object_height_m + parameters.robot.approach_height_m;

/** Plays a pick to the step named, with a world that does what it should. */
export function pursuedTo(step: string): { pursuit: Pursuit; now_ms: number } {
  const pursuit = new Pursuit(pick, parameters, 0, 'empty');
  let now_ms = 0;
  for (let turn = 0; turn < 40 && pursuit.step !== step; turn++) {
    now_ms += 600;
    const at = { approach: [0.3, 0.1, above_m], descend: [0.3, 0.1, 0.02], lift: [0.3, 0.1, above_m] }[
      pursuit.step
    ];
    pursuit.advance(
      view(now_ms, {
        find: () => ({ ...red, seen_ms: now_ms }),
        motion_done: true,
        opening: ['grasp', 'lift', 'verify'].includes(pursuit.step) ? 0.5 : 1,
        tip_m: (at as [number, number, number] | undefined) ?? [0, 0, 0.3],
      }),
    );
  }
  expect(pursuit.step).to.equal(step);
  return { pursuit, now_ms };
}
