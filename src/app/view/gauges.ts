import { type Line, type Segment, type Style, seg } from './line.js';

const SPARKS = '▁▂▃▄▅▆▇█';

/** A horizontal bar of `columns` for a share of 0..1, in steps of half a column. What is not finite reads as 0. */
export function bar(share: number, columns: number, style: Style): Line {
  const halves = Math.round(clamp(share) * columns * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1;
  const rest = columns - full - (half ? 1 : 0);
  return compact([seg('━'.repeat(full) + (half ? '╸' : ''), style), seg('─'.repeat(rest), { dim: true })]);
}

/** One of eight heights for a value within low..high; a value in a range without extent stands at the bottom. */
export function spark(value: number, low: number, high: number): string {
  const share = high > low ? (value - low) / (high - low) : 0;
  return SPARKS[Math.min(7, Math.floor(clamp(share) * 8))]!;
}

/** The latest `columns` values as a row of heights from zero to the largest of them, padded at the left. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.filter(Number.isFinite).slice(-columns);
  const high = Math.max(...shown, 0);
  return shown
    .map((value) => spark(value, 0, high))
    .join('')
    .padStart(columns);
}

function clamp(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

function compact(line: readonly Segment[]): Line {
  return line.filter((segment) => segment.text !== '');
}
