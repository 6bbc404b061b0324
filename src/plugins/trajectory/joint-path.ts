/**
 * A smooth path in joint space: a uniform cubic B-spline over control postures, with phantom ends so that it
 * starts and ends exactly at the first and last one. It stays within the convex hull of its control postures,
 * hence within joint limits if they do; its second derivative is continuous. The parameter s runs from 0 to
 * `segments`.
 */
export class JointPath {
  readonly segments: number;
  readonly joints: number;
  /** Control postures with a phantom one at either end, flattened. */
  private readonly control: Float64Array;

  constructor(postures: readonly (readonly number[])[]) {
    const n = postures[0]!.length;
    const last = postures.length - 1;
    this.joints = n;
    this.segments = last;
    this.control = new Float64Array((postures.length + 2) * n);
    for (const [index, posture] of postures.entries()) this.control.set(posture, (index + 1) * n);
    for (let joint = 0; joint < n; joint++) {
      this.control[joint] = 2 * postures[0]![joint]! - postures[1]![joint]!;
      this.control[(last + 2) * n + joint] = 2 * postures[last]![joint]! - postures[last - 1]![joint]!;
    }
  }

  /** Position at s, and first and second derivatives by s where arrays are given. */
  at(s: number, position: Float64Array, first?: Float64Array, second?: Float64Array): void {
    const index = Math.min(this.segments - 1, Math.max(0, Math.floor(s)));
    const u = Math.min(1, Math.max(0, s - index));
    const w = 1 - u;
    const b0 = (w * w * w) / 6;
    const b1 = (3 * u * u * u - 6 * u * u + 4) / 6;
    const b3 = (u * u * u) / 6;
    const b2 = 1 - b0 - b1 - b3;
    const n = this.joints;
    const c = this.control;
    for (let joint = 0; joint < n; joint++) {
      const at = index * n + joint;
      const p0 = c[at]!;
      const p1 = c[at + n]!;
      const p2 = c[at + 2 * n]!;
      const p3 = c[at + 3 * n]!;
      position[joint] = b0 * p0 + b1 * p1 + b2 * p2 + b3 * p3;
      if (first !== undefined) {
        first[joint] = (w * w * (p1 - p0) + (1 + 2 * u * w) * (p2 - p1) + u * u * (p3 - p2)) / 2;
      }
      if (second !== undefined) second[joint] = w * (p2 - 2 * p1 + p0) + u * (p3 - 2 * p2 + p1);
    }
  }

  /** Upper bound of Σ weight · |dq/ds| on the segment containing s: how fast any point can move along it. */
  speedBound(s: number, weight: readonly number[]): number {
    const index = Math.min(this.segments - 1, Math.max(0, Math.floor(s)));
    const n = this.joints;
    const c = this.control;
    let sum = 0;
    for (let joint = 0; joint < n; joint++) {
      let most = 0;
      for (let leg = 0; leg < 3; leg++) {
        const at = (index + leg) * n + joint;
        most = Math.max(most, Math.abs(c[at + n]! - c[at]!));
      }
      sum += most * weight[joint]!;
    }
    return sum;
  }

  /** Upper bound of |dq/ds| of any joint over the whole path, from the control postures, rad or m. */
  speedMost(s: number): number {
    const index = Math.min(this.segments - 1, Math.max(0, Math.floor(s)));
    const n = this.joints;
    let most = 0;
    for (let at = index * n; at < (index + 3) * n; at++) {
      most = Math.max(most, Math.abs(this.control[at + n]! - this.control[at]!));
    }
    return most;
  }
}

/**
 * Control postures of a B-spline passing near the given ones: p − (second difference) / 6, the first term of
 * the interpolating spline; the remainder is of fourth order in their spacing. Clamped to the limits, so that
 * the path respects them.
 */
export function throughPostures(
  postures: readonly (readonly number[])[],
  lower: readonly number[],
  upper: readonly number[],
): number[][] {
  return postures.map((posture, index) => {
    const before = postures[index - 1];
    const after = postures[index + 1];
    if (before === undefined || after === undefined) return [...posture];
    return posture.map((value, joint) => {
      const control = value - (before[joint]! - 2 * value + after[joint]!) / 6;
      return Math.min(Math.max(control, lower[joint]!), upper[joint]!);
    });
  });
}
