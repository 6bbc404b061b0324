import { data } from './data.js';

/* The one axis of time that plots and lanes share: who zooms one zooms all. */

/** Room beside it for names and numbers, px. */
export const LEFT = 76;
export const RIGHT = 16;
/** The whole run, or the part of it that is shown, s. */
export const all = { min: data.from_s, max: Math.max(data.duration_s, data.from_s + 0.1) };
/** What is seen of it now, s. */
export const range = { ...all };

const listeners = new Set();
let zooming = false;

/** Calls when another range is seen; returns how to end that. */
export function onZoom(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function zoom(min, max) {
  // A plot that is zoomed says so, too.
  if (zooming) return;
  zooming = true;
  Object.assign(range, { min, max });
  for (const listener of listeners) listener();
  zooming = false;
}

const watchers = new Set();
let pointed = null;

/** Calls with the time under the cursor of a plot, s; null = none. */
export function onPoint(watcher) {
  watchers.add(watcher);
}

export function point(t) {
  // All plots that share a cursor tell of it.
  if (t === pointed) return;
  pointed = t;
  for (const watcher of watchers) watcher(t);
}

/** The keys do what the mouse does. */
addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
  if (ctrlKey || metaKey || altKey) return;
  const span = range.max - range.min;
  const middle = (range.min + range.max) / 2;
  const move = (by) => {
    const from = Math.min(Math.max(all.min, range.min + by), all.max - span);
    zoom(from, from + span);
  };
  const scale = (by) => {
    const half = Math.min(span * by, all.max - all.min) / 2;
    const from = Math.min(Math.max(all.min, middle - half), all.max - 2 * half);
    zoom(from, from + 2 * half);
  };
  if (key === 'Escape') zoom(all.min, all.max);
  else if (key === '+' || key === '=') scale(0.5);
  else if (key === '-') scale(2);
  else if (key === 'ArrowLeft') move(-span / 4);
  else if (key === 'ArrowRight') move(span / 4);
});
