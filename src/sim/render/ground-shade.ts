import { BYTE_OF_LINEAR, LINEAR_OF_BYTE, LINEAR_STEPS } from '../scene/colour.js';
import { ShadowMask } from './shadows.js';

/** Steps of darkness of which the byte tables are made. */
const LEVELS = 64;

/** Twice as fine a line: each cell is shared 3 : 1 with its neighbours, weights of four. */
function upsampleRow(near: ArrayLike<number>, far: ArrayLike<number>, to: Uint16Array, from: Range): void {
  for (let i = from.low; i < from.high; i++) to[i] = 3 * near[from.near + i]! + far[from.far + i]!;
}

interface Range {
  readonly low: number;
  readonly high: number;
  /** Where the two rows begin in their arrays. */
  readonly near: number;
  readonly far: number;
}

/**
 * Shadows on the table: a soft mask for what is high above it and a crisp one for what stands on it, blurred,
 * added, and taken off the pixels that show the table.
 */
export class GroundShade {
  /** For parts far above the table; a quarter of the image's resolution. */
  readonly soft: ShadowMask;
  /** For parts near the table; half of the image's resolution. */
  readonly crisp: ShadowMask;
  /** Byte after darkening: `level * 256 + byte`. */
  private readonly darker = new Uint8Array(LEVELS * 256);
  private readonly softRow: Uint16Array;
  private readonly sumRow: Uint16Array;

  /** `key_share`: what part of the light on the table the key light is, 0..1. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    key_share: number,
  ) {
    this.soft = new ShadowMask(width, height, 4, 2);
    this.crisp = new ShadowMask(width, height, 2, 1);
    this.softRow = new Uint16Array(this.soft.columns + 1);
    this.sumRow = new Uint16Array(this.crisp.columns + 1);
    for (let level = 0; level < LEVELS; level++) {
      const kept = 1 - (key_share * level) / (LEVELS - 1);
      for (let byte = 0; byte < 256; byte++) {
        const linear = LINEAR_OF_BYTE[byte]! * kept;
        this.darker[level * 256 + byte] = BYTE_OF_LINEAR[Math.round(linear * (LINEAR_STEPS - 1))]!;
      }
    }
  }

  clear(): void {
    this.soft.clear();
    this.crisp.clear();
  }

  /** Adds the soft mask to the crisp one; both must be blurred. */
  private merge(): { left: number; right: number; top: number; bottom: number } {
    const { soft, crisp } = this;
    const a = soft.bounds;
    const b = crisp.bounds;
    for (let row = Math.max(0, 2 * a.top - 1); row < Math.min(crisp.rows, 2 * a.bottom + 1); row++) {
      const near = Math.min(soft.rows - 1, row >> 1);
      const far = Math.max(0, Math.min(soft.rows - 1, near + (row % 2 === 0 ? -1 : 1)));
      const low = Math.max(0, a.left - 1);
      const high = Math.min(soft.columns, a.right + 1);
      upsampleRow(soft.values, soft.values, this.softRow, {
        low,
        high,
        near: near * soft.columns,
        far: far * soft.columns,
      });
      this.addRow(row * crisp.columns, low, high);
    }
    return {
      left: Math.max(0, Math.min(2 * a.left - 2, b.left)),
      right: Math.min(crisp.columns, Math.max(2 * a.right + 2, b.right)),
      top: Math.max(0, Math.min(2 * a.top - 1, b.top)),
      bottom: Math.min(crisp.rows, Math.max(2 * a.bottom + 1, b.bottom)),
    };
  }

  private addRow(start: number, low: number, high: number): void {
    const { softRow, crisp } = this;
    for (let i = low; i < high; i++) {
      const centre = 3 * softRow[i]!;
      const before = i > low ? softRow[i - 1]! : 0;
      const after = i + 1 < high ? softRow[i + 1]! : 0;
      const left = crisp.values[start + 2 * i]! + ((centre + before) >> 4);
      const right = crisp.values[start + 2 * i + 1]! + ((centre + after) >> 4);
      crisp.values[start + 2 * i] = Math.min(left, 255);
      crisp.values[start + 2 * i + 1] = Math.min(right, 255);
    }
  }

  /** Blurs nothing, darkens the table in `image` (rgb8); call after `soft.blur()` and `crisp.blur()`. */
  applyTo(image: Uint8Array, is_table: Uint8Array): void {
    const { crisp, sumRow } = this;
    const area = this.merge();
    crisp.include(area);
    for (let y = Math.max(0, 2 * area.top - 1); y < Math.min(this.height, 2 * area.bottom + 1); y++) {
      const near = Math.min(crisp.rows - 1, y >> 1);
      const far = Math.max(0, Math.min(crisp.rows - 1, near + (y % 2 === 0 ? -1 : 1)));
      const low = Math.max(0, area.left - 1);
      const high = Math.min(crisp.columns, area.right + 1);
      upsampleRow(crisp.values, crisp.values, sumRow, {
        low,
        high,
        near: near * crisp.columns,
        far: far * crisp.columns,
      });
      this.darkenRow(image, is_table, y * this.width, low, high);
    }
  }

  private darkenRow(image: Uint8Array, is_table: Uint8Array, start: number, low: number, high: number): void {
    const { sumRow, darker } = this;
    for (let i = low; i < high; i++) {
      const centre = 3 * sumRow[i]!;
      const before = i > low ? sumRow[i - 1]! : 0;
      const after = i + 1 < high ? sumRow[i + 1]! : 0;
      if (centre + before + after === 0) continue;
      for (let side = 0; side < 2; side++) {
        const pixel = start + 2 * i + side;
        if (is_table[pixel] === 0) continue;
        // sixteen times 0..255, to 64 levels
        const level = (centre + (side === 0 ? before : after)) >> 6;
        const at = Math.min(level, LEVELS - 1) << 8;
        image[pixel * 3] = darker[at + image[pixel * 3]!]!;
        image[pixel * 3 + 1] = darker[at + image[pixel * 3 + 1]!]!;
        image[pixel * 3 + 2] = darker[at + image[pixel * 3 + 2]!]!;
      }
    }
  }
}
