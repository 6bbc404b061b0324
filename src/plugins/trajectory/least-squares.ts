/**
 * Solves A x = b for a symmetric positive definite A by Cholesky decomposition, in place: `a` (n × n,
 * row-major, only the lower half is read) becomes L, `b` becomes x. Non-positive pivots are raised, as if A
 * were damped.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = a[i * n + k]!;
      for (let m = 0; m < k; m++) sum -= a[i * n + m]! * a[k * n + m]!;
      if (i === k) a[i * n + i] = Math.sqrt(Math.max(sum, PIVOT_MIN));
      else a[i * n + k] = sum / a[k * n + k]!;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let m = 0; m < i; m++) sum -= a[i * n + m]! * b[m]!;
    b[i] = sum / a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let m = i + 1; m < n; m++) sum -= a[m * n + i]! * b[m]!;
    b[i] = sum / a[i * n + i]!;
  }
}

const PIVOT_MIN = 1e-12;
