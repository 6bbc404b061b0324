import type { Vec3 } from '../../contracts/geometry.js';
import type { Goal, GoalConstraints, TargetDescription } from '../../contracts/goal.js';
import { tipHeights } from '../../contracts/parameters/heights.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { distance } from '../../robot/vector.js';
import { fits } from '../beliefs.js';
import { type Closing, closingOf } from './closing.js';
import { gripState } from './grip.js';
import { placing } from './placing.js';
import { ARRIVED_M, place, RUNNING, reach, skipIfRaised, stopOnContact, straightUp, tip } from './reach.js';
import type { GoalMemory, GoalStep, StepVerdict, StepView } from './step.js';
import { targetMoved } from './target-moved.js';

/** A tip within this horizontal distance is straight above, m: the tolerance of motions. */
const RIGHT_ABOVE_M = 0.002;
const UNMEASURED = 'fingers not measured; allowed their time to move';
/**
 * If vision answers but has not seen the target for this long, the arm goes home, because it may hide it, ms.
 */
const HIDDEN_AFTER_MS = 1500;

/** What is between the fingers when a goal starts: its target, or something else. */
export type HandContents = 'empty' | 'another' | 'target';

/**
 * The steps of a goal, in order. Each is satisfied by observations.
 * @param hand what is already between the fingers: a pick puts another object down first, and keeps its own
 * target
 */
export function stepsFor(goal: Goal, parameters: Parameters, hand: HandContents): readonly GoalStep[] {
  const build = builders(parameters, goal.constraints);
  const target = goal.target ?? { colour: null, kind: null };
  const putDown = [...build.onGround(), build.open(), build.rise()];
  switch (goal.verb) {
    case 'pick':
      if (hand === 'target') return [build.raised(), build.verifyHeld()];
      return [
        ...(hand === 'another' ? putDown : []),
        build.locate(target),
        build.open(),
        build.above(target),
        build.descend(target),
        build.grasp(),
        build.lift(),
        build.verifyHeld(),
      ];
    case 'point':
      return [build.locateApart(target), build.above(target)];
    case 'look':
      return [build.locateApart(target)];
    case 'home':
      return [build.home()];
    case 'place':
      return goal.target === null
        ? putDown
        : [build.requireHeld(build.locateApart(target)), ...build.onto(target), build.open(), build.rise()];
    case 'release':
      return [build.open()];
    case 'stop':
      return [];
  }
}

function builders(parameters: Parameters, { side, still }: GoalConstraints) {
  const { robot } = parameters;
  const gripperTime_ms = robot.gripper_time_s * 1000;
  const { grasp_m: graspHeight_m, above_m } = tipHeights(robot);

  const locate = (wanted: TargetDescription): GoalStep => ({
    name: 'locate',
    relook: true,
    need: (view, memory) => {
      const looked = view.vision_ms !== null && view.vision_ms > memory.step_started_ms;
      const hidden = looked && view.now_ms - memory.step_started_ms > HIDDEN_AFTER_MS;
      const away = view.home_error !== null && view.home_error > 0.1;
      return hidden && away && !still
        ? { kind: 'motion', target: { kind: 'joints', position: [] }, purpose: 'clear the view' }
        : { kind: 'look' };
    },
    judge: (view, memory) => {
      const found = view.find(wanted, side);
      const fresh =
        found !== null && found.seen_ms > memory.step_started_ms && found.seen_ms > found.first_seen_ms;
      if (found === null || !fresh || found.confidence < parameters.vision.confidence) return RUNNING;
      memory.target = found;
      return { kind: 'satisfied', evidence: `${found.id} seen at ${place(found.position_m)}` };
    },
  });

  /**
   * The held object cannot be the target; once a look has shown no other, the goal ends instead of searching.
   */
  const locateApart = (wanted: TargetDescription): GoalStep => {
    const search = locate(wanted);
    return {
      ...search,
      judge: (view, memory) => {
        const { in_hand, vision_ms } = view;
        const looked = vision_ms !== null && vision_ms > memory.step_started_ms;
        if (!looked || in_hand === null || !fits(in_hand, wanted) || view.find(wanted, side) !== null)
          return search.judge(view, memory);
        const { colour, kind } = in_hand;
        return { kind: 'impossible', why: `the ${colour} ${kind} is in the hand; put it down first` };
      },
    };
  };

  const open = (): GoalStep => ({
    name: 'open',
    relook: false,
    need: () => ({ kind: 'gripper', open: true, purpose: 'open the gripper' }),
    judge: (view, memory) => {
      if (view.fingers_lost) return RUNNING;
      const waited_ms = view.now_ms - memory.step_started_ms;
      if (view.opening === null ? waited_ms < gripperTime_ms : gripState(view.opening, robot) !== 'open') {
        return waited_ms > 3 * gripperTime_ms + 1000
          ? { kind: 'retry', why: 'the gripper does not open', code: 'SAGE_714' }
          : RUNNING;
      }
      return {
        kind: 'satisfied',
        evidence: view.opening === null ? UNMEASURED : `opening ${view.opening.toFixed(2)}`,
      };
    },
  });

  /** A motion towards a target that may be moved meanwhile. */
  const trackTarget = (wanted: TargetDescription, step: GoalStep): GoalStep => ({
    ...step,
    judge: (view, memory) => targetMoved(view, memory, wanted) ?? step.judge(view, memory),
  });

  const closing = ({ target }: GoalMemory, { believed }: StepView): Closing => closingOf(target, believed);

  const targetPlace = (memory: GoalMemory): Vec3 => memory.target?.position_m ?? [0, 0, 0];

  return {
    locate,
    locateApart,
    open,
    ...placing(parameters, trackTarget),
    above: (wanted: TargetDescription) =>
      trackTarget(
        wanted,
        reach('approach', true, 'move above the target', (memory, view) => {
          const [x, y] = targetPlace(memory);
          return {
            ...tip([x, y, above_m], false),
            ...closing(memory, view),
            onward_m: [x, y, graspHeight_m],
          };
        }),
      ),
    descend: (wanted: TargetDescription) =>
      trackTarget(
        wanted,
        stopOnContact(
          reach('descend', true, 'go down to the target', (memory, view) => {
            const [x, y] = targetPlace(memory);
            memory.grasp_m = [x, y, graspHeight_m];
            memory.above_m = approachPoint(view.tip_m, [x, y, above_m]);
            return { ...tip(memory.grasp_m, true), ...closing(memory, view) };
          }),
        ),
      ),
    grasp: (): GoalStep => ({
      name: 'grasp',
      relook: false,
      need: () => ({ kind: 'gripper', open: false, purpose: 'close the gripper' }),
      judge: (view, memory) => {
        if (view.fingers_lost) return RUNNING;
        const waited_ms = view.now_ms - memory.step_started_ms;
        if (waited_ms < gripperTime_ms && (view.opening === null || view.fingers_moving || waited_ms < 300))
          return RUNNING;
        const grip = view.opening === null ? null : gripState(view.opening, robot);
        if (grip === 'closed') return { kind: 'retry', why: 'the fingers closed on nothing' };
        if (grip === 'open') return { kind: 'retry', why: 'the fingers did not close', code: 'SAGE_714' };
        return {
          kind: 'satisfied',
          evidence: view.opening === null ? UNMEASURED : `fingers stopped at ${view.opening.toFixed(2)}`,
        };
      },
    }),
    lift: () =>
      reach('lift', false, 'lift', (memory, view) => {
        const [x, y] = memory.grasp_m ?? view.tip_m ?? [0, 0, 0];
        return tip(memory.above_m ?? [x, y, above_m], true);
      }),
    /** What is already held is off the table, or gets lifted off it. */
    raised: () => skipIfRaised(straightUp('lift', false, 'lift what is held', above_m), above_m),
    verifyHeld: (): GoalStep => ({
      name: 'verify',
      relook: false,
      need: () => ({ kind: 'look' }),
      judge: (view, memory) => verifyHeld(view, memory, robot),
    }),
    home: () => reach('home', false, 'go home', () => ({ kind: 'joints', position: [] })),
    rise: () => straightUp('rise', false, 'rise', above_m),
  };
}

/**
 * At the edge of its workspace an arm gets as close as its tolerance allows and descends from there: a lift
 * to anywhere else may be infeasible.
 */
function approachPoint(tip_m: Vec3 | null, wanted_m: Vec3): Vec3 | null {
  if (tip_m === null) return null;
  const off_m = distance(tip_m, wanted_m);
  return off_m > RIGHT_ABOVE_M && off_m < ARRIVED_M ? tip_m : null;
}

/**
 * Holding: measured by the fingers or, without that, by the camera no longer seeing the object where it was.
 */
function verifyHeld(view: StepView, memory: GoalMemory, robot: Parameters['robot']): StepVerdict {
  if (view.fingers_lost) return RUNNING;
  if (view.opening !== null) {
    return gripState(view.opening, robot) !== 'closed'
      ? { kind: 'satisfied', evidence: `held: fingers at ${view.opening.toFixed(2)} after the lift` }
      : { kind: 'retry', why: 'it slipped from the fingers' };
  }
  if (view.vision_ms === null || view.vision_ms <= memory.step_started_ms + 300) return RUNNING;
  const target = memory.target;
  const still = target === null ? null : view.find({ colour: target.colour, kind: target.kind }, null);
  const there =
    still !== null &&
    memory.grasp_m !== null &&
    still.seen_ms > memory.step_started_ms &&
    distance(still.position_m, memory.grasp_m) < 0.03;
  return there
    ? { kind: 'retry', why: 'it is still on the table' }
    : { kind: 'satisfied', evidence: 'no longer seen where it was' };
}
