import { fitLine, type Line, seg } from './line.js';
import type { ViewModel } from './model.js';
import {
  decisionSection,
  energySection,
  faultSection,
  goalSection,
  headerSection,
  logSection,
  refinementSection,
  salienceSection,
  trafficSection,
} from './sections.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Wider than this, bars only grow apart from their numbers. */
const COLUMNS_MAX = 124;
const BLANK: Line = [];

/** A part of the screen. The larger `rank`, the sooner it is shortened, down to `least` lines, where room is short. */
interface Part {
  readonly lines: readonly Line[];
  readonly least: number;
  readonly rank: number;
}

/**
 * The whole screen as lines: never more than `rows` of them, none wider than `columns`.
 * `input` is the goal being typed.
 */
export function screenLines(model: ViewModel, size: ScreenSize, input = ''): Line[] {
  const columns = Math.max(1, Math.min(COLUMNS_MAX, size.columns) - 2);
  const foot = footer(input, columns);
  const room = Math.max(0, size.rows - foot.length);
  const body = model.status === null ? startLines(model, room) : bodyLines(model, columns, room);
  const lines = [...body, ...foot].slice(0, Math.max(0, size.rows));
  return lines.map((line) =>
    line.length === 0 ? line : fitLine([seg(' '), ...line], Math.min(columns + 1, size.columns)),
  );
}

function footer(input: string, columns: number): Line[] {
  const prompt = seg('▸ ', { colour: 'cyan', strong: true });
  if (input !== '') return [BLANK, [prompt, seg(lastPart(input, columns - 3)), seg('▏', { colour: 'cyan' })]];
  return [BLANK, [prompt, seg('type a goal and press Enter · Ctrl-C quits', { dim: true })]];
}

/** The end of a text that is too long, since that is where one types. */
function lastPart(text: string, columns: number): string {
  return text.length <= columns ? text : `…${text.slice(text.length - Math.max(0, columns - 1))}`;
}

function startLines(model: ViewModel, room: number): Line[] {
  const states = model.processes.map(
    ({ name, state, detail }): Line => [
      seg(state === 'ended' ? '✗ ' : state === 'running' ? '✓ ' : '· ', {
        colour: state === 'ended' ? 'red' : state === 'running' ? 'green' : 'yellow',
      }),
      seg(`${name} ${state}`),
      seg(detail === '' ? '' : `  ${detail}`, { dim: true }),
    ],
  );
  const head: Line = [
    seg('SAGE', { strong: true }),
    seg(`  starting, ${(model.now_ms / 1000).toFixed(1)} s`, { dim: true }),
  ];
  const lines = [head, ...states, BLANK];
  return [...lines, ...logSection(model, room - lines.length)].slice(0, room);
}

function bodyLines(model: ViewModel, columns: number, room: number): Line[] {
  const status = model.status!;
  const blank: Part = { lines: [BLANK], least: 0, rank: 9 };
  const part = (lines: readonly Line[], least: number, rank: number): Part => ({ lines, least, rank });
  const kept = shorten(
    [
      part([...headerSection(model, status, columns), ...energySection(model, status, columns)], 1, 1),
      blank,
      part(goalSection(status, columns), 1, 2),
      blank,
      part(salienceSection(status, columns), 0, 6),
      blank,
      part(refinementSection(model, status, columns), 0, 7),
      blank,
      part(trafficSection(status), 0, 5),
      part(decisionSection(status, columns), 0, 4),
      part(faultSection(status), 1, 3),
    ],
    room,
  );
  const lines = kept.flatMap((section) => section.lines);
  const log = logSection(model, room - lines.length - 1);
  return log.length === 0 ? lines : [...lines, BLANK, ...log];
}

/** Takes lines from the end of the least important parts until all fits. */
function shorten(all: readonly Part[], room: number): readonly Part[] {
  const parts = [...all];
  let excess = parts.reduce((sum, { lines }) => sum + lines.length, 0) - room;
  const order = parts.map((_, index) => index).sort((a, b) => parts[b]!.rank - parts[a]!.rank || b - a);
  for (const index of order) {
    if (excess <= 0) break;
    const { lines, least } = parts[index]!;
    const taken = Math.min(excess, Math.max(0, lines.length - least));
    parts[index] = { ...parts[index]!, lines: lines.slice(0, lines.length - taken) };
    excess -= taken;
  }
  return parts;
}
