/**
 * A margin that must stay above zero along a motion, or must not shrink where it begins below zero: an arm that
 * starts in contact (a rest posture, a shape drawn too thick) may leave it, but not go deeper, nor come back.
 */
export class EscapeMargin {
  private floor: number;
  smallest: number;

  constructor(
    start: number,
    private readonly tolerance: number,
  ) {
    this.floor = Math.min(0, start);
    this.smallest = start;
  }

  /** Takes the next margin along the motion; false where it is violated. */
  accept(margin: number): boolean {
    if (margin < this.smallest) this.smallest = margin;
    if (margin < this.floor - this.tolerance) return false;
    if (margin > this.floor) this.floor = Math.min(0, margin);
    return true;
  }
}
