import { drawn, element, width } from './dom.js';
import { LEFT, onPoint, onZoom, RIGHT, range } from './time-axis.js';

/** Width of a letter on a bar, px; a label that does not fit is left to the title. */
const LETTER = 7;

/**
 * Bars over time in lanes, on the same axis as the plots. The line below says what the bar under the pointer is, or the
 * one that was chosen: a finger does not hover, and neither does the keyboard.
 */
export function lanes(place, rows, bars, { row = 22, onpick, name = rows.join(', ') } = {}) {
  const svg = drawn('svg', { height: rows.length * row + 4, role: 'img', 'aria-label': name });
  const told = element('p', { class: 'told', 'aria-live': 'polite' });
  place.append(svg, told);
  const tell = (bar) => {
    told.textContent = bar ? bar.title : '';
  };
  let picked = -1;
  const pick = (index) => {
    picked = Math.min(bars.length - 1, Math.max(0, index));
    tell(bars[picked]);
    onpick?.(bars[picked]);
    redraw();
  };
  if (bars.length > 0) {
    svg.setAttribute('tabindex', '0');
    svg.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      pick(picked + step);
    });
  }
  // As the plots have one: what stood when.
  const cursor = drawn('line', { x1: -1, x2: -1, y1: 0, y2: rows.length * row, class: 'cursor' });
  const redraw = () => {
    const full = width();
    const span = full - LEFT - RIGHT;
    const at = (t) => LEFT + ((t - range.min) / (range.max - range.min)) * span;
    svg.setAttribute('width', full);
    svg.replaceChildren();
    const clip = drawn('svg', { x: LEFT, y: 0, width: span, height: rows.length * row + 4 });
    rows.forEach((name, index) => {
      svg.append(
        drawn('text', { x: LEFT - 6, y: index * row + row / 2 + 4, 'text-anchor': 'end' }, short(name)),
      );
    });
    for (const [index, bar] of bars.entries()) {
      if (bar.to < range.min || bar.from > range.max) continue;
      const from = at(bar.from) - LEFT;
      const long = Math.max(2, at(bar.to) - at(bar.from) - 0.5);
      const y = rows.indexOf(bar.row) * row + 2;
      const shape = drawn('rect', {
        x: from,
        y,
        width: long,
        height: row - 4,
        rx: 2,
        fill: bar.fill,
        class: index === picked ? 'bar picked' : 'bar',
      });
      shape.append(drawn('title', {}, bar.title));
      shape.addEventListener('click', () => pick(index));
      shape.addEventListener('pointerenter', () => tell(bar));
      shape.addEventListener('pointerleave', () => tell(bars[picked]));
      clip.append(shape);
      if (bar.label && long > bar.label.length * LETTER + 10) {
        clip.append(
          drawn('text', { x: Math.max(4, from + 5), y: y + row / 2 + 2, class: 'on-bar' }, bar.label),
        );
      }
    }
    svg.append(clip, cursor);
  };
  onPoint((t) => {
    const x = t === null ? -1 : LEFT + ((t - range.min) / (range.max - range.min)) * (width() - LEFT - RIGHT);
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
  });
  onZoom(redraw);
  addEventListener('resize', redraw);
  redraw();
}

const short = (name) => (name.length > 11 ? `${name.slice(0, 10)}…` : name);
