import { escaped } from '../markup.js';
import type { Colour, Line, Segment } from './line.js';
import { textWidth } from './line.js';

/** One picture of a sequence, and how long it stays, s. */
export interface Frame {
  readonly lines: readonly Line[];
  readonly seconds: number;
}

const COLUMN_PX = 8.4;
const ROW_PX = 18;
const MARGIN_PX = 14;
const BACKGROUND = '#16191f';
const FOREGROUND = '#d6dae0';
const DIM = '#7d8694';
const COLOURS: Readonly<Record<Colour, string>> = {
  red: '#f2667a',
  green: '#7fd18b',
  yellow: '#e5c07b',
  blue: '#6fb3f2',
  magenta: '#c792ea',
  cyan: '#5fd3cf',
};

/** The screen as an SVG; several frames follow each other for ever. For the README, which shows no terminal. */
export function svgOf(frames: readonly Frame[], columns: number, rows: number): string {
  const width = Math.ceil(columns * COLUMN_PX + 2 * MARGIN_PX);
  const height = rows * ROW_PX + 2 * MARGIN_PX;
  const total_s = frames.reduce((sum, { seconds }) => sum + seconds, 0);
  let begin_s = 0;
  const groups = frames.map(({ lines, seconds }) => {
    const group = frameGroup(lines, begin_s, seconds, total_s);
    begin_s += seconds;
    return group;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="${FOREGROUND}" xml:space="preserve" style="white-space:pre">`,
    ...groups,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** A frame, shown in its share of the whole time; a single one is always shown. */
function frameGroup(lines: readonly Line[], begin_s: number, seconds: number, total_s: number): string {
  const rows = lines.map((line, index) => lineText(line, index)).filter((row) => row !== '');
  if (seconds === total_s) return rows.join('\n');
  const at = (time_s: number) => (time_s / total_s).toFixed(5);
  const [begin, end] = [at(begin_s), at(begin_s + seconds)];
  const first = begin_s === 0;
  const values = first ? 'inline;none' : 'none;inline;none';
  const times = first ? `0;${end}` : `0;${begin};${end}`;
  return [
    `<g display="${first ? 'inline' : 'none'}">`,
    `<animate attributeName="display" values="${values}" keyTimes="${times}" dur="${total_s}s" calcMode="discrete" repeatCount="indefinite"/>`,
    ...rows,
    '</g>',
  ].join('\n');
}

function lineText(line: Line, row: number): string {
  const y = MARGIN_PX + row * ROW_PX;
  let column = 0;
  return line
    .map((segment) => {
      const x = MARGIN_PX + column * COLUMN_PX;
      const columns = textWidth(segment.text);
      column += columns;
      return segment.text.trim() === '' ? '' : segmentText(segment, x, y, columns * COLUMN_PX);
    })
    .filter((text) => text !== '')
    .join('\n');
}

/** Each segment has its own place and width, so that a font of another width cannot shift what follows. */
function segmentText(segment: Segment, x: number, y: number, width: number): string {
  const colour = segment.colour ? COLOURS[segment.colour] : segment.dim ? DIM : FOREGROUND;
  const patch = segment.badge
    ? `<rect x="${px(x)}" y="${y}" width="${px(width)}" height="${ROW_PX}" fill="${colour}"/>`
    : '';
  const fill = segment.badge ? BACKGROUND : colour;
  const weight = segment.strong ? ' font-weight="bold"' : '';
  const opacity = segment.dim && segment.colour ? ' opacity="0.6"' : '';
  const paint = fill === FOREGROUND ? '' : ` fill="${fill}"`;
  // Blanks at the ends are left out, since not every viewer keeps them, and the rest would be drawn out over them.
  const said = segment.text.trim();
  const begin = x + textWidth(segment.text.slice(0, segment.text.indexOf(said))) * COLUMN_PX;
  const place = `x="${px(begin)}" y="${y + ROW_PX - 5}" textLength="${px(textWidth(said) * COLUMN_PX)}"`;
  const text = `<text ${place}${paint}${weight}${opacity}>`;
  return `${patch}${text}${escaped(said)}</text>`;
}

const px = (value: number) => value.toFixed(1);
