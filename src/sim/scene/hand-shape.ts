/** Where a capsule of the hand begins and ends in the palm's frame, and its radius at both ends, m. */
export interface Limb {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
  readonly radius_from: number;
  readonly radius_to: number;
  readonly sleeve?: boolean;
}

/** An adult's left hand, palm down and slightly bent, on a forearm. Lengths after the means of ANSUR II. */
export const HAND_LIMBS: readonly Limb[] = [
  // palm
  { from: [-0.045, -0.016, 0], to: [0.038, -0.027, 0], radius_from: 0.021, radius_to: 0.0165 },
  { from: [-0.045, 0.0, 0.003], to: [0.045, -0.008, 0.003], radius_from: 0.021, radius_to: 0.0165 },
  { from: [-0.045, 0.012, 0.001], to: [0.042, 0.012, 0.002], radius_from: 0.021, radius_to: 0.0165 },
  { from: [-0.045, 0.02, -0.002], to: [0.032, 0.031, -0.003], radius_from: 0.019, radius_to: 0.0155 },
  // fingers, two segments each
  { from: [0.04, -0.029, 0], to: [0.081, -0.037, -0.006], radius_from: 0.0105, radius_to: 0.009 },
  { from: [0.081, -0.037, -0.006], to: [0.112, -0.041, -0.022], radius_from: 0.009, radius_to: 0.0075 },
  { from: [0.048, -0.009, 0.003], to: [0.094, -0.011, -0.003], radius_from: 0.0105, radius_to: 0.009 },
  { from: [0.094, -0.011, -0.003], to: [0.129, -0.012, -0.021], radius_from: 0.009, radius_to: 0.0075 },
  { from: [0.044, 0.013, 0.002], to: [0.087, 0.016, -0.005], radius_from: 0.0102, radius_to: 0.0088 },
  { from: [0.087, 0.016, -0.005], to: [0.119, 0.017, -0.023], radius_from: 0.0088, radius_to: 0.0073 },
  { from: [0.034, 0.034, -0.003], to: [0.066, 0.044, -0.01], radius_from: 0.0092, radius_to: 0.0078 },
  { from: [0.066, 0.044, -0.01], to: [0.09, 0.049, -0.023], radius_from: 0.0078, radius_to: 0.0066 },
  // thumb
  { from: [-0.03, -0.028, -0.006], to: [0.01, -0.058, -0.016], radius_from: 0.017, radius_to: 0.0125 },
  { from: [0.01, -0.058, -0.016], to: [0.047, -0.069, -0.024], radius_from: 0.0115, radius_to: 0.0088 },
  // wrist, forearm, sleeve
  { from: [-0.04, 0.004, 0], to: [-0.11, 0.003, 0.012], radius_from: 0.026, radius_to: 0.028 },
  { from: [-0.1, 0.003, 0.011], to: [-0.24, 0.002, 0.05], radius_from: 0.0285, radius_to: 0.036 },
  {
    from: [-0.2, 0.002, 0.038],
    to: [-0.72, 0, 0.2],
    radius_from: 0.041,
    radius_to: 0.055,
    sleeve: true,
  },
];

/** Distance of the points along a limb that stand for it, m. */
const OUTLINE_STEP_M = 0.03;

/** Balls along the hand, in the palm's frame: enough to tell where it is. */
export const HAND_OUTLINE: readonly {
  readonly at: readonly [number, number, number];
  readonly radius_m: number;
}[] = HAND_LIMBS.flatMap(({ from, to, radius_from, radius_to }) => {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  const count = Math.ceil(length / OUTLINE_STEP_M);
  return Array.from({ length: count + 1 }, (_, i) => {
    const t = i / count;
    const along = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * t;
    return {
      at: [along(0), along(1), along(2)] as const,
      radius_m: radius_from + (radius_to - radius_from) * t,
    };
  });
});
