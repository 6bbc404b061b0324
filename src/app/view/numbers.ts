/** A number in about three significant digits, short enough for a column. */
export function short(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** How far an energy has fallen since it began, as `-88 %`; empty where that says nothing. */
export function fallen(initial: number | null, energy: number | null): string {
  if (initial === null || energy === null || !(Math.abs(initial) > 0)) return '';
  const percent = Math.round((100 * (energy - initial)) / Math.abs(initial));
  if (!Number.isFinite(percent)) return '';
  return `${percent > 0 ? '+' : ''}${Math.min(999, percent)} %`;
}

/** Share of the way from the initial energy down to zero, 0..1. */
export function fallenShare(initial: number | null, energy: number | null): number {
  if (initial === null || energy === null || !(initial > 0)) return 0;
  return Math.min(1, Math.max(0, (initial - energy) / initial));
}

/** A time in ms as `m:ss`. */
export function clock(time_ms: number): string {
  const seconds = Math.max(0, Math.floor(time_ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** An age in ms as `33 ms`, `1.2 s` or `4 min`. */
export function age(age_ms: number | null): string {
  if (age_ms === null || !Number.isFinite(age_ms)) return '–';
  if (age_ms < 1000) return `${Math.max(0, Math.round(age_ms))} ms`;
  return age_ms < 100_000 ? `${(age_ms / 1000).toFixed(1)} s` : `${Math.round(age_ms / 60_000)} min`;
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${Number.isFinite(share) ? Math.round(100 * share) : 0} %`;
}

/** A count with thin groups: `12 345`. */
export function count(value: number): string {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}
