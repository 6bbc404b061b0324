import type { Vec3 } from '../../../src/contracts/geometry.js';
import type { StepContext } from '../../../src/contracts/irp.js';
import type { ArmTrajectory, MotionTarget, TrajectoryTask } from '../../../src/contracts/motion.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { seededRandom } from '../../../src/contracts/ports.js';
import { createTrajectoryPlugin, type RefinementState } from '../../../src/plugins/trajectory/index.js';
import type { ArmContext } from '../../../src/robot/arm-context.js';
import { checkTrajectory } from '../../../src/robot/motion-check.js';
import { ARM_NAMES, type ArmName, loadContext } from '../../robot/arms.js';

export const arms = Object.fromEntries(ARM_NAMES.map((name) => [name, loadContext(name)])) as Record<
  ArmName,
  ArmContext
>;

export const DOWN: Vec3 = [0, 0, -1];
export const parameters = defaultParameters();

/** Rings on the table that each arm reaches from above, m, and a height over them that it reaches too. */
export const RINGS: Record<ArmName, { readonly near: number; readonly far: number; readonly high: number }> =
  {
    'six-axis': { near: 0.28, far: 0.7, high: 0.16 },
    'seven-axis': { near: 0.32, far: 0.65, high: 0.16 },
    'desk-arm': { near: 0.15, far: 0.23, high: 0.08 },
  };

export const ringPoint = (name: ArmName, far: number, turn: number, z: number): Vec3 => {
  const ring = RINGS[name];
  const radius = ring.near + far * (ring.far - ring.near);
  const angle = (turn - 0.5) * 3;
  return [radius * Math.cos(angle), radius * Math.sin(angle), z];
};

export const down = (position_m: Vec3, more: { straight?: boolean; onward_m?: Vec3 } = {}): MotionTarget => ({
  kind: 'tip',
  position_m,
  approach: DOWN,
  straight: false,
  ...more,
});

export function taskFor(
  arm: ArmContext,
  target: MotionTarget,
  position: readonly number[] = arm.chain.home,
  velocity: readonly number[] = position.map(() => 0),
): TrajectoryTask {
  return {
    start: { stamp_ms: 0, joints: arm.chain.joints, position, velocity },
    target,
    speed_scale: 0.5,
    table_height_m: 0,
    held_below_tip_m: 0,
  };
}

export function contextOf(seed: number): StepContext {
  const random = seededRandom(seed);
  return { step_idx: 0, random: () => random.next(), signal: new AbortController().signal };
}

/** A refinement step by step, as the runner does it. */
export class Refinement {
  readonly plugin;
  readonly energies: number[];
  state: RefinementState;
  private readonly context: StepContext;

  constructor(
    readonly arm: ArmContext,
    readonly task: TrajectoryTask,
    seed = 1,
  ) {
    this.plugin = createTrajectoryPlugin({ robot: () => arm, parameters });
    this.context = contextOf(seed);
    this.state = this.plugin.project(this.plugin.initState(task, this.context) as RefinementState);
    this.energies = [this.plugin.energy(this.state)];
  }

  step(): void {
    this.state = this.plugin.project(this.plugin.step(this.state, this.context) as RefinementState);
    this.energies.push(this.plugin.energy(this.state));
  }

  /** Steps until it halts, or `most` steps. */
  run(most = 120): this {
    for (let count = 0; count < most; count++) {
      this.step();
      if (this.plugin.halt?.(this.energies, this.state)) break;
    }
    return this;
  }

  get answer() {
    return this.plugin.answer(this.state);
  }

  get reached(): boolean {
    const { terminal_error, approach_error_rad } = this.answer;
    const { position_tolerance_m, approach_tolerance_rad } = parameters.trajectory;
    return terminal_error <= position_tolerance_m && approach_error_rad <= approach_tolerance_rad;
  }

  /** What the gate says of the answer: codes and texts. */
  faults(trajectory: ArmTrajectory = this.answer.trajectory): string[] {
    return checkTrajectory(trajectory, {
      arm: this.arm,
      start: this.task.start,
      start_tolerance: parameters.safety.start_tolerance,
      table_height_m: this.task.table_height_m,
      held_below_tip_m: this.task.held_below_tip_m,
    }).map((fault) => `${fault.code} ${fault.where} ${fault.text}`);
  }

  end(): readonly number[] {
    return this.answer.trajectory.points.at(-1)!.position;
  }
}
