import { ERROR_CATALOGUE, type Fault } from './errors.js';

/** From here on numbers are told whole, as far as doubles count exactly. */
const WHOLE_FROM = 1000;
const WHOLE_TO = 1e15;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A number for people: three significant digits, and whole above a thousand: 0.0123, 4.57, 812, 12346. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= WHOLE_FROM && size < WHOLE_TO) return String(Math.round(value));
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

/** A span of time for people: 812 ms, 12.3 s, 7.5 min, 3.2 h, 287 days. */
export function span(time_ms: number): string {
  const size_ms = Math.abs(time_ms);
  if (size_ms < 1000) return `${Math.round(time_ms)} ms`;
  if (size_ms < 100_000) return `${digits(time_ms / 1000)} s`;
  if (size_ms < 100 * MINUTE_MS) return `${digits(time_ms / MINUTE_MS)} min`;
  if (size_ms < 48 * HOUR_MS) return `${digits(time_ms / HOUR_MS)} h`;
  return `${digits(time_ms / (24 * HOUR_MS))} days`;
}

/** What a fault says beyond its title: for sentences that have the subject already. */
export function detailOf({ code, text }: Fault): string {
  const title = `${ERROR_CATALOGUE[code].title}: `;
  return text.startsWith(title) ? text.slice(title.length) : text;
}

/**
 * Why nothing may move, for sentences that begin with `hold:` or `held:`. `crisis` says enough; a fault of something else
 * keeps its title, without which it says too little.
 */
export function whyHeld(held: Fault): string {
  return held.code === 'SAGE_706' || held.code === 'SAGE_707' ? detailOf(held) : held.text;
}

/** A text with the long fractions in it cut: what others wrote, and logs of before. */
export function shortNumbers(text: string): string {
  return text.replaceAll(/(?<![\w.])-?\d+\.\d{5,}(e[+-]?\d+)?(?![\w.])/g, (found) => digits(Number(found)));
}
