/** How a piece of text looks. `dim` recedes, `strong` stands out, the rest are the terminal's own colours. */
export interface Style {
  readonly colour?: Colour;
  readonly dim?: boolean;
  readonly strong?: boolean;
  /** Text in the background's colour on a patch of `colour`. */
  readonly badge?: boolean;
}

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

export interface Segment extends Style {
  readonly text: string;
}

/** One row of the terminal, from left to right. */
export type Line = readonly Segment[];

const SGR: Readonly<Record<Colour, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

/** Two columns wide in a terminal: East Asian scripts and pictographs. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /[\p{M}\u200b-\u200f\ufeff]/u;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** A segment. */
export function seg(text: string, style: Style = {}): Segment {
  return { ...style, text };
}

/**
 * Text from outside, made safe to print: control and formatting characters, which could move the cursor or recolour
 * the screen, become spaces.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, ' ').trimEnd();
}

/** Columns that a text takes in a terminal. */
export function textWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  return NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** Columns that a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, segment) => sum + textWidth(segment.text), 0);
}

/** At most `columns` of a text; what is cut is marked by an ellipsis. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += characterWidth(character);
    if (used > columns) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Exactly `columns` of a text, cut or filled with spaces. */
export function column(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const kept = clip(text, columns);
  const fill = ' '.repeat(Math.max(0, columns - textWidth(kept)));
  return align === 'left' ? kept + fill : fill + kept;
}

/** At most `columns` of a line. */
export function fitLine(line: Line, columns: number): Line {
  const kept: Segment[] = [];
  let left = columns;
  for (const segment of line) {
    if (left <= 0) break;
    const text = clip(segment.text, left);
    kept.push({ ...segment, text });
    left -= textWidth(text);
  }
  return kept;
}

/** A line with one part at its left and one at its right edge; the left part is cut where both do not fit. */
export function spread(left: Line, right: Line, columns: number): Line {
  const room = Math.max(0, columns - lineWidth(right) - 1);
  const start = fitLine(left, room);
  const gap = columns - lineWidth(start) - lineWidth(right);
  return gap < 0 ? fitLine(left, columns) : [...start, seg(' '.repeat(gap)), ...right];
}

/** The words of a text in lines of at most `columns`, at most `lines_max` of them; the last one ends in an ellipsis. */
export function wrap(text: string, columns: number, lines_max: number): string[] {
  const lines: string[] = [];
  const words = printable(text).split(/\s+/);
  while (words.length > 0 && lines.length < lines_max) {
    let line = words.shift()!;
    const last = lines.length === lines_max - 1;
    while (words.length > 0 && (last || textWidth(`${line} ${words[0]}`) <= columns))
      line += ` ${words.shift()}`;
    lines.push(clip(line, columns));
  }
  return lines;
}

/** The line as it is written to a terminal; without colour, only its text. */
export function ansi(line: Line, colour: boolean): string {
  return line.map((segment) => (colour ? ansiSegment(segment) : segment.text)).join('');
}

function ansiSegment({ text, colour, dim, strong, badge }: Segment): string {
  const codes = [
    ...(strong ? [1] : []),
    ...(dim ? [2] : []),
    ...(badge ? [7] : []),
    ...(colour ? [SGR[colour]] : []),
  ];
  return codes.length === 0 ? text : `\u001b[${codes.join(';')}m${text}\u001b[0m`;
}
