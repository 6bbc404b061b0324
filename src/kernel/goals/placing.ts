import type { Vec3 } from '../../contracts/geometry.js';
import type { BelievedObject, TargetDescription } from '../../contracts/goal.js';
import { tipHeights } from '../../contracts/parameters/heights.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { fits } from '../beliefs.js';
import { freePlace, isFree, isOver, type PlacementScene } from './free-place.js';
import { holdsNothing } from './grip.js';
import { place, RUNNING, reach, skipIfRaised, stopOnContact, straightUp, tip } from './reach.js';
import type { GoalMemory, GoalStep, StepView } from './step.js';

/** Release height above the resting position, m: the object must not be pressed down. */
const DROP_M = 0.004;
const NOTHING = { kind: 'impossible', why: 'the gripper holds nothing to put down' } as const;

type Towards = (wanted: TargetDescription, step: GoalStep) => GoalStep;

/**
 * Steps that put down what the hand holds: on the nearest free spot, or on top of a named object. Nothing is
 * lowered before what is below is known.
 */
export function placing(parameters: Parameters, trackTarget: Towards) {
  const { robot } = parameters;
  const { grasp_m: graspHeight_m, above_m } = tipHeights(robot);
  const size_m = (view: StepView): number => view.in_hand?.size_m ?? robot.object_height_m;
  const ground = ({ believed, visible, shoulder_m }: StepView, { tried }: GoalMemory): PlacementScene => ({
    believed,
    visible,
    shoulder_m,
    tried,
  });
  const requireHeld = (step: GoalStep): GoalStep => ({
    ...step,
    judge: (view, memory) => (holdsNothing(view, robot) ? NOTHING : step.judge(view, memory)),
  });
  const placeOf = ({ place_m }: GoalMemory): Vec3 => place_m ?? [0, 0, robot.table_height_m];

  /** Chooses the place, after a look if there is a camera. */
  const choosePlace = (): GoalStep => ({
    name: 'room',
    relook: true,
    need: () => ({ kind: 'look' }),
    judge: (view, memory) => {
      const looked = view.vision_ms !== null && view.vision_ms > memory.step_started_ms;
      if (view.tip_m === null || (view.sees && !looked)) return RUNNING;
      const found = freePlace(view.tip_m, size_m(view), ground(view, memory), robot);
      if (found === null) return { kind: 'impossible', why: 'there is no free place in view to put it down' };
      memory.place_m = found;
      const here = isOver(view.tip_m, found);
      return { kind: 'satisfied', evidence: here ? 'the place below is free' : `room at ${place(found)}` };
    },
  });

  /** A detour is made above whatever stands around. */
  const skipIfOver = (step: GoalStep): GoalStep => ({
    ...step,
    judge: (view, memory) =>
      view.tip_m !== null && isOver(view.tip_m, placeOf(memory))
        ? { kind: 'satisfied', evidence: 'it is above its target' }
        : step.judge(view, memory),
  });

  const raise = (): GoalStep =>
    skipIfOver(skipIfRaised(straightUp('raise', true, 'raise what is held', above_m), above_m));

  const aside = (): GoalStep =>
    skipIfOver(
      reach('aside', true, 'move above a free place', (memory) => {
        const [x, y] = placeOf(memory);
        const onward_m: Vec3 = [x, y, graspHeight_m + DROP_M];
        return { ...tip([x, y, above_m], false), onward_m };
      }),
    );

  /**
   * Down to the place, unless something has come there meanwhile; the held object, seen from the side, may
   * look like that.
   */
  const lower = (): GoalStep => {
    const down = stopOnContact(
      reach('lower', true, 'lower what is held', (memory) => {
        const [x, y] = placeOf(memory);
        return { ...tip([x, y, graspHeight_m + DROP_M], true), gently: true };
      }),
    );
    return {
      ...down,
      judge: (view, memory) => {
        const own = (one: BelievedObject): boolean =>
          view.in_hand !== null && fits(one, view.in_hand) && one.first_seen_ms > memory.started_ms;
        const believed = view.believed.filter((one) => !own(one));
        return isFree(placeOf(memory), size_m(view), { ...ground(view, memory), believed, tried: [] })
          ? down.judge(view, memory)
          : { kind: 'retry', why: 'something is in the way where it was to be put down' };
      },
    };
  };

  const over = (wanted: TargetDescription): GoalStep =>
    trackTarget(
      wanted,
      reach('approach', true, 'move above the object to stack on', ({ target }) => {
        const [x, y] = target?.position_m ?? [0, 0];
        const top_m = robot.object_height_m;
        return {
          ...tip([x, y, above_m + top_m], false),
          ...(target === null ? {} : { closing_yaw_rad: target.yaw_rad }),
          onward_m: [x, y, graspHeight_m + top_m + DROP_M],
        };
      }),
    );

  const stack = (wanted: TargetDescription): GoalStep =>
    trackTarget(
      wanted,
      stopOnContact(
        reach('stack', true, 'lower it onto that object', ({ target }) => {
          const [x, y] = target?.position_m ?? [0, 0];
          const height_m = graspHeight_m + robot.object_height_m + DROP_M;
          const turn = target === null ? {} : { closing_yaw_rad: target.yaw_rad };
          return { ...tip([x, y, height_m], true), ...turn, gently: true };
        }),
      ),
    );

  return {
    requireHeld,
    onGround: (): readonly GoalStep[] => [choosePlace(), raise(), aside(), lower()].map(requireHeld),
    onto: (wanted: TargetDescription): readonly GoalStep[] => [over(wanted), stack(wanted)].map(requireHeld),
  };
}
