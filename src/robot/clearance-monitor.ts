import type { ArmContext } from './arm-context.js';

/** Clearance beyond the bound that is worked out, to know for how long there is no need to look again, m. */
const LOOKAHEAD_M = 0.1;
/** An arm that was clear by more is looked at again after this share of it: how far its parts reach was learned. */
const TRUSTED_SHARE = 0.5;

/**
 * Watches an arm for coming nearer to the table, or to itself, than a bound. Asked in every cycle, of an arm that rests
 * in most of them: no point moves further than Σ |Δq| · reach, so that what was clear by more is clear still.
 */
export class ClearanceMonitor {
  /** Where the arm was when it was last looked at. */
  private readonly checked: Float64Array;
  /** By how much it was clear of the bound then, m; 0 = nothing is known. */
  private margin_m = 0;
  private table_height_m = Number.NaN;
  private held_below_tip_m = Number.NaN;

  constructor(
    private readonly arm: ArmContext,
    private readonly bound_m: number,
  ) {
    this.checked = new Float64Array(arm.chain.joints.length);
  }

  /** The clearance where it is below the bound, m; null where it is not. */
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

  /** How far a point of the arm can have moved since it was last looked at, m. */
  private moved(values: ArrayLike<number>): number {
    const { reach_m } = this.arm.collision;
    let moved_m = 0;
    for (let joint = 0; joint < this.checked.length; joint++) {
      moved_m += Math.abs(values[joint]! - this.checked[joint]!) * reach_m[joint]!;
    }
    return moved_m;
  }
}
