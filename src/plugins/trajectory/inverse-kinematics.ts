import type { Vec3 } from '../../contracts/geometry.js';
import type { ArmContext } from '../../robot/arm-context.js';
import { identity, type Transform } from '../../robot/transform.js';
import { solveSymmetric } from './least-squares.js';

/** Tip goal: a position, with the tool axis along `approach`, free to turn about it unless a yaw is given. */
export interface TipGoal {
  readonly position_m: Vec3;
  /** Unit vector in the base frame. */
  readonly approach: Vec3;
  /** Yaw about z along which the fingers should close; null = any. */
  readonly closing_yaw_rad: number | null;
  /** Symmetry of the closing direction, rad: a quarter or a half turn. */
  readonly closing_turn_rad: number;
}

export interface TipError {
  readonly position_m: number;
  readonly approach_rad: number;
  /**
   * Distance from the preferred closing direction, 0 to half its symmetry; 0 without one. Not part of the
   * terminal error.
   */
  readonly yaw_rad: number;
}

/** Length that converts orientation errors to m: one radian weighs as much. */
const LENGTH_M = 0.25;
/** Largest error removed per iteration, m and rad, where the linearisation holds. */
const POSITION_STEP_M = 0.15;
const ANGLE_STEP_RAD = 0.6;
/** Residual damping at zero error (Sugihara 2011, ω̄). */
const DAMPING_MIN = 1e-6;
/** Gains of the secondary task: towards home, away from limits, towards the yaw. */
const HOME_PULL = 0.15;
const LIMIT_PULL = 0.3;
const YAW_PULL = 0.6;
/** Share of a joint's range next to a limit that is avoided. */
const LIMIT_SHARE = 0.08;
/** Largest joint step per iteration, rad or m. */
const JOINT_STEP = 0.5;

/**
 * Damped least squares for the tip's position and approach axis: five equations, in six rows. The damping
 * follows the error (T. Sugihara, Solvability-unconcerned inverse kinematics by the Levenberg-Marquardt
 * method, IEEE T-RO 2011). A secondary task uses the null space. Joints that would leave their limits are
 * pinned there, and the rest is solved again. Holds scratch memory.
 */
export class IkSolver {
  private readonly n: number;
  private readonly jacobian: Float64Array;
  private readonly task: Float64Array;
  private readonly normal: Float64Array;
  private readonly right: Float64Array;
  private readonly second: Float64Array;
  private readonly delta: Float64Array;
  private readonly pinned: Uint8Array;
  private readonly residual = new Float64Array(6);
  private readonly tip: Transform = identity();
  private readonly axis: [number, number, number] = [0, 0, 0];
  private readonly turn: [number, number, number] = [0, 0, 0];

  constructor(
    private readonly arm: ArmContext,
    private readonly lower: readonly number[],
    private readonly upper: readonly number[],
  ) {
    this.n = arm.chain.joints.length;
    this.jacobian = new Float64Array(6 * this.n);
    this.task = new Float64Array(6 * this.n);
    this.normal = new Float64Array(this.n * this.n);
    this.right = new Float64Array(this.n);
    this.second = new Float64Array(this.n);
    this.delta = new Float64Array(this.n);
    this.pinned = new Uint8Array(this.n);
  }

  /** Error of the tip at `posture` with respect to the goal. */
  error(posture: ArrayLike<number>, goal: TipGoal): TipError {
    this.arm.chain.tip(posture, this.tip);
    return this.measure(goal);
  }

  /**
   * One iteration on `posture`, in place; returns the error before it. `freedom` 0..1 scales the secondary
   * task.
   */
  iterate(posture: number[], goal: TipGoal, freedom: number): TipError {
    this.arm.chain.jacobian(posture, this.jacobian, this.tip);
    const error = this.measure(goal);
    this.fillTask(goal);
    this.fillSecond(posture, goal, freedom);
    this.pinned.fill(0);
    this.solve();
    if (this.pin(posture)) this.solve();
    let longest = 0;
    for (let joint = 0; joint < this.n; joint++) longest = Math.max(longest, Math.abs(this.delta[joint]!));
    const shrink = longest > JOINT_STEP ? JOINT_STEP / longest : 1;
    for (let joint = 0; joint < this.n; joint++) {
      const moved = posture[joint]! + shrink * this.delta[joint]!;
      posture[joint] = Math.min(Math.max(moved, this.lower[joint]!), this.upper[joint]!);
    }
    return error;
  }

  /** Distance and angle; leaves the tool axis and the rotation vector that would align it in scratch. */
  private measure(goal: TipGoal): TipError {
    const { tip, axis, turn } = this;
    const [ax, ay, az] = this.arm.approach_axis;
    axis[0] = tip[0]! * ax + tip[1]! * ay + tip[2]! * az;
    axis[1] = tip[4]! * ax + tip[5]! * ay + tip[6]! * az;
    axis[2] = tip[8]! * ax + tip[9]! * ay + tip[10]! * az;
    const [gx, gy, gz] = goal.approach;
    let x = axis[1] * gz - axis[2] * gy;
    let y = axis[2] * gx - axis[0] * gz;
    let z = axis[0] * gy - axis[1] * gx;
    const cosine = axis[0] * gx + axis[1] * gy + axis[2] * gz;
    let sine = Math.sqrt(x * x + y * y + z * z);
    const angle = Math.atan2(sine, cosine);
    if (sine < 1e-9 && cosine < 0) {
      // antiparallel: any perpendicular axis will do
      [x, y, z] = Math.abs(axis[2]) < 0.9 ? [axis[1], -axis[0], 0] : [0, axis[2], -axis[1]];
      sine = Math.sqrt(x * x + y * y + z * z);
    }
    const gain = sine > 1e-12 ? Math.min(angle, ANGLE_STEP_RAD) / sine : 0;
    turn[0] = x * gain;
    turn[1] = y * gain;
    turn[2] = z * gain;
    const [px, py, pz] = goal.position_m;
    return {
      position_m: Math.hypot(px - tip[3]!, py - tip[7]!, pz - tip[11]!),
      approach_rad: angle,
      yaw_rad: this.wishesYaw(goal) ? Math.abs(this.yawOff(goal)) : 0,
    };
  }

  /**
   * Residual and Jacobian of the task, in units of LENGTH_M: position, and the rotation across the tool axis.
   */
  private fillTask(goal: TipGoal): void {
    const { n, jacobian: j, task, residual, tip, axis, turn } = this;
    const dx = goal.position_m[0] - tip[3]!;
    const dy = goal.position_m[1] - tip[7]!;
    const dz = goal.position_m[2] - tip[11]!;
    const far = Math.sqrt(dx * dx + dy * dy + dz * dz);
    const gain = (far > POSITION_STEP_M ? POSITION_STEP_M / far : 1) / LENGTH_M;
    residual[0] = dx * gain;
    residual[1] = dy * gain;
    residual[2] = dz * gain;
    for (let row = 0; row < 3; row++) residual[3 + row] = turn[row]!;
    for (let column = 0; column < n; column++) {
      for (let row = 0; row < 3; row++) task[row * n + column] = j[row * n + column]! / LENGTH_M;
      const wx = j[3 * n + column]!;
      const wy = j[4 * n + column]!;
      const wz = j[5 * n + column]!;
      const along = wx * axis[0] + wy * axis[1] + wz * axis[2];
      task[3 * n + column] = wx - along * axis[0];
      task[4 * n + column] = wy - along * axis[1];
      task[5 * n + column] = wz - along * axis[2];
    }
  }

  private wishesYaw(goal: TipGoal): boolean {
    return goal.closing_yaw_rad !== null && this.arm.closing_axis !== null;
  }

  /** The step that the secondary task asks for. */
  private fillSecond(posture: readonly number[], goal: TipGoal, freedom: number): void {
    const { n, second, lower, upper, arm } = this;
    const redundant = n > 6 ? HOME_PULL * freedom : 0;
    for (let joint = 0; joint < n; joint++) {
      const value = posture[joint]!;
      second[joint] = redundant * (arm.chain.home[joint]! - value);
      const edge = LIMIT_SHARE * (upper[joint]! - lower[joint]!);
      const low = lower[joint]! + edge - value;
      const high = value - upper[joint]! + edge;
      if (low > 0) second[joint]! += LIMIT_PULL * freedom * low;
      else if (high > 0) second[joint]! -= LIMIT_PULL * freedom * high;
    }
    if (this.wishesYaw(goal)) this.addYaw(goal, freedom);
  }

  /** Signed angle from the fingers' closing direction to the nearest equivalent of the preferred one, rad. */
  private yawOff({ closing_yaw_rad: yaw_rad, closing_turn_rad: turn_rad }: TipGoal): number {
    const { tip, arm } = this;
    const [cx, cy, cz] = arm.closing_axis!;
    const x = tip[0]! * cx + tip[1]! * cy + tip[2]! * cz;
    const y = tip[4]! * cx + tip[5]! * cy + tip[6]! * cz;
    const off = yaw_rad! - Math.atan2(y, x);
    return off - turn_rad * Math.round(off / turn_rad);
  }

  /** Turns about the tool axis towards the preferred closing direction. */
  private addYaw(goal: TipGoal, freedom: number): void {
    const { n, jacobian: j, second, axis } = this;
    // seen from above, a turn about a tool that points down has the opposite sense
    const wanted = this.yawOff(goal) * Math.sign(axis[2]) * YAW_PULL * Math.max(freedom, 0.5);
    let square = 0;
    for (let column = 0; column < n; column++) square += this.spin(j, column) ** 2;
    if (square < 1e-6) return;
    for (let column = 0; column < n; column++) second[column]! += (wanted * this.spin(j, column)) / square;
  }

  /** Rotation of the tip about the tool axis per unit of a joint. */
  private spin(j: Float64Array, column: number): number {
    const { n, axis } = this;
    return j[3 * n + column]! * axis[0] + j[4 * n + column]! * axis[1] + j[5 * n + column]! * axis[2];
  }

  /** delta = second + (JᵀJ + λI)⁻¹ Jᵀ (residual − J second), with the deltas of pinned joints fixed. */
  private solve(): void {
    const { n, task, normal, right, second, delta, pinned, residual } = this;
    let square = 0;
    const left = this.left;
    for (let row = 0; row < 6; row++) {
      square += residual[row]! * residual[row]!;
      let rest = residual[row]!;
      for (let column = 0; column < n; column++) {
        const known = pinned[column] === 1 ? delta[column]! : second[column]!;
        rest -= task[row * n + column]! * known;
      }
      left[row] = rest;
    }
    const damping = 0.5 * square * DAMPING_GAIN + DAMPING_MIN;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let row = 0; row < 6; row++) sum += task[row * n + i]! * left[row]!;
      right[i] = pinned[i] === 1 ? 0 : sum;
      for (let k = 0; k <= i; k++) {
        let product = 0;
        if (pinned[i] === 0 && pinned[k] === 0) {
          for (let row = 0; row < 6; row++) product += task[row * n + i]! * task[row * n + k]!;
        }
        normal[i * n + k] = i === k ? (pinned[i] === 1 ? 1 : product + damping) : product;
      }
    }
    solveSymmetric(normal, right, n);
    for (let i = 0; i < n; i++) if (pinned[i] === 0) delta[i] = second[i]! + right[i]!;
  }

  private readonly left = new Float64Array(6);

  /** Pins the joints that the step would take out of their limits; false if there are none. */
  private pin(posture: readonly number[]): boolean {
    let any = false;
    for (let joint = 0; joint < this.n; joint++) {
      const moved = posture[joint]! + this.delta[joint]!;
      const low = this.lower[joint]!;
      const high = this.upper[joint]!;
      if (moved >= low && moved <= high) continue;
      this.pinned[joint] = 1;
      this.delta[joint] = (moved < low ? low : high) - posture[joint]!;
      any = true;
    }
    return any;
  }
}

/** Gain on Sugihara's damping, which is meant for residuals of any size; ours are clamped. */
const DAMPING_GAIN = 0.1;
