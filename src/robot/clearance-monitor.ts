import type { ArmContext } from './arm-context.js';

/** Clearance beyond the bound is measured up to this, to know how long no check is needed, m. */
const LOOKAHEAD_M = 0.1;
/**
 * Share of the measured margin that may be used up before the next check: the reach of the parts was sampled.
 */
const TRUSTED_SHARE = 0.5;

/**
 * Watches whether an arm comes closer to the table or to itself than a bound. Called every cycle, while the
 * arm rests in most of them: no point moves further than Σ |Δq| · reach, so a larger margin needs no new
 * check.
 */
export class ClearanceMonitor {
  /** Posture at the last check. */
  private readonly checked: Float64Array;
  /** Clearance beyond the bound at the last check, m; 0 = unknown. */
  private margin_m = 0;
  private table_height_m = Number.NaN;
  private held_below_tip_m = Number.NaN;

  constructor(
    private readonly arm: ArmContext,
    private readonly bound_m: number,
  ) {
    this.checked = new Float64Array(arm.chain.joints.length);
  }

  /** The clearance if it is below the bound, m; otherwise null. */
  below(values: ArrayLike<number>, table_height_m: number, held_below_tip_m: number): number | null {
    const same = table_height_m === this.table_height_m && held_below_tip_m === this.held_below_tip_m;
    if (same && this.moved(values) <= TRUSTED_SHARE * this.margin_m) return null;
    const { collision, self_collision } = this.arm;
    const limit_m = this.bound_m + LOOKAHEAD_M;
    const clearance_m = collision.clearanceBelow(
      limit_m,
      values,
      table_height_m,
      held_below_tip_m,
      self_collision,
    );
    this.checked.set(values);
    this.margin_m = Math.max(0, Math.min(clearance_m, limit_m) - this.bound_m);
    this.table_height_m = table_height_m;
    this.held_below_tip_m = held_below_tip_m;
    return clearance_m < this.bound_m ? clearance_m : null;
  }

  /** Upper bound on the motion of any point since the last check, m. */
  private moved(values: ArrayLike<number>): number {
    const { reach_m } = this.arm.collision;
    let moved_m = 0;
    for (let joint = 0; joint < this.checked.length; joint++) {
      moved_m += Math.abs(values[joint]! - this.checked[joint]!) * reach_m[joint]!;
    }
    return moved_m;
  }
}
