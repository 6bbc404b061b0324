/**
 * A margin that must stay positive along a motion or, if it starts negative, must not decrease: an arm that
 * starts in contact (a rest posture, a shape modelled too thick) may leave it, but neither go deeper nor come
 * back.
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

  /** Accepts the next margin along the motion; false if it is violated. */
  accept(margin: number): boolean {
    if (margin < this.smallest) this.smallest = margin;
    if (margin < this.floor - this.tolerance) return false;
    if (margin > this.floor) this.floor = Math.min(0, margin);
    return true;
  }
}
