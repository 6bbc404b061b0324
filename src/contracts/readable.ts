import { ERROR_CATALOGUE, type Fault } from './errors.js';

/** Numbers from here on are written in full, as far as doubles are exact. */
const WHOLE_FROM = 1000;
const WHOLE_TO = 1e15;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Formats a number for people: three significant digits, integers above a thousand: 0.0123, 4.57, 812, 12346.
 */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= WHOLE_FROM && size < WHOLE_TO) return String(Math.round(value));
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

/** Formats a duration for people: 812 ms, 12.3 s, 7.5 min, 3.2 h, 287 days. */
export function span(time_ms: number): string {
  const size_ms = Math.abs(time_ms);
  if (size_ms < 1000) return `${Math.round(time_ms)} ms`;
  if (size_ms < 100_000) return `${digits(time_ms / 1000)} s`;
  if (size_ms < 100 * MINUTE_MS) return `${digits(time_ms / MINUTE_MS)} min`;
  if (size_ms < 48 * HOUR_MS) return `${digits(time_ms / HOUR_MS)} h`;
  return `${digits(time_ms / (24 * HOUR_MS))} days`;
}

/** The text of a fault without its title, for sentences that already name the subject. */
export function detailOf({ code, text }: Fault): string {
  const title = `${ERROR_CATALOGUE[code].title}: `;
  return text.startsWith(title) ? text.slice(title.length) : text;
}

/**
 * Why nothing may move, for sentences starting with `hold:` or `held:`. `crisis` is clear enough; other
 * faults keep their title, without which they are not.
 */
export function whyHeld(held: Fault): string {
  return held.code === 'SAGE_706' || held.code === 'SAGE_707' ? detailOf(held) : held.text;
}

/** Shortens long fractions in a text: third-party messages, and logs of older versions. */
export function shortNumbers(text: string): string {
  return text.replaceAll(/(?<![\w.])-?\d+\.\d{5,}(e[+-]?\d+)?(?![\w.])/g, (found) => digits(Number(found)));
}
