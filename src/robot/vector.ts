import type { Vec3 } from '../contracts/geometry.js';

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, k: number): Vec3 => [a[0] * k, a[1] * k, a[2] * k];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const length = (a: Vec3): number => Math.hypot(a[0], a[1], a[2]);
export const distance = (a: Vec3, b: Vec3): number => length(subtract(a, b));

/** Unit vector along `a`; null if shorter than 1e-9. */
export function unit(a: Vec3): Vec3 | null {
  const size = length(a);
  return size > 1e-9 ? scale(a, 1 / size) : null;
}

/** `a` rotated about a unit axis by an angle (rad), Rodrigues' formula. */
export function rotateAbout(a: Vec3, axis: Vec3, angle: number): Vec3 {
  const c = Math.cos(angle);
  const turned = add(scale(a, c), scale(cross(axis, a), Math.sin(angle)));
  return add(turned, scale(axis, dot(axis, a) * (1 - c)));
}
