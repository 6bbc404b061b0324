import { escaped } from '../markup.js';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  /** True: drawn in dashes, for what the others are compared with. */
  readonly dashed?: boolean;
}

export interface Axis {
  readonly label: string;
  /** Logarithmic; every value must then be above 0. */
  readonly log?: boolean;
  readonly min?: number;
  readonly max?: number;
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Stretches of x that stand out, with what they are. */
  readonly bands?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 70;
const RIGHT = 20;
const TOP = 36;
const BOTTOM = 50;
const LEGEND_ROW = 18;
const TICKS = 5;
const COLOURS = ['#2563b0', '#d1495b', '#2a9d6f', '#b8801f', '#7b4fb5', '#3a9fb5'];

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
}

function linearTicks(low: number, high: number): number[] {
  const step = niceStep((high - low) / TICKS || 1);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten, with 2 and 5 between them where there are few. */
function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const between = last - first <= 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first; power <= last; power++)
    for (const factor of between) ticks.push(factor * 10 ** power);
  const from = ticks.findLastIndex((tick) => tick <= low * (1 + 1e-9));
  const to = ticks.findIndex((tick) => tick >= high * (1 - 1e-9));
  return ticks
    .slice(Math.max(0, from), to < 0 ? ticks.length : to + 1)
    .map((tick) => Number(tick.toPrecision(12)));
}

function scaleOf(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const low = axis.min ?? Math.min(...values);
  const high = axis.max ?? Math.max(...values);
  const ticks = axis.log === true ? logTicks(low, high) : linearTicks(low, high);
  const place = axis.log === true ? Math.log10 : (value: number) => value;
  const [first, last] = [place(ticks[0]!), place(ticks.at(-1)!)];
  return { ticks, at: (value) => round(from + ((place(value) - first) / (last - first || 1)) * (to - from)) };
}

const text = (x: number, y: number, words: string, more = '') =>
  `<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`;

function tickLabel(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(0);
  return value >= 10_000 ? `${round(value / 1000)}k` : String(value);
}

function axes(plot: Plot, x: Scale, y: Scale, top: number, height: number): string[] {
  const grid = [
    ...x.ticks.map((tick) => `M${x.at(tick)} ${top}V${height - BOTTOM}`),
    ...y.ticks.map((tick) => `M${LEFT} ${y.at(tick)}H${WIDTH - RIGHT}`),
  ];
  const middle = round((top + height - BOTTOM) / 2);
  return [
    `<path d="${grid.join('')}" stroke="#e2e5ea" fill="none"/>`,
    ...x.ticks.map((tick) =>
      text(x.at(tick), height - BOTTOM + 16, tickLabel(tick), ' text-anchor="middle"'),
    ),
    ...y.ticks.map((tick) => text(LEFT - 8, y.at(tick) + 4, tickLabel(tick), ' text-anchor="end"')),
    text(round((LEFT + WIDTH - RIGHT) / 2), height - 14, plot.x.label, ' text-anchor="middle"'),
    text(16, middle, plot.y.label, ` text-anchor="middle" transform="rotate(-90 16 ${middle})"`),
  ];
}

function curve({ points, dashed }: Series, colour: string, x: Scale, y: Scale): string {
  const places = points.map((point) => `${x.at(point[0])},${y.at(point[1])}`);
  const dash = dashed === true ? ' stroke-dasharray="6 4"' : '';
  const dots =
    points.length > 30
      ? []
      : points.map(
          (point) => `<circle cx="${x.at(point[0])}" cy="${y.at(point[1])}" r="3" fill="${colour}"/>`,
        );
  return `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots.join('')}`;
}

/** A line plot as SVG, for the pages of figures. The legend stands above the axes. */
export function linePlot(plot: Plot): string {
  const legend = Math.ceil(plot.series.length / 2) * LEGEND_ROW;
  const height = HEIGHT + legend;
  const points = plot.series.flatMap((series) => series.points);
  const x = scaleOf(
    plot.x,
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf(
    plot.y,
    points.map(([, value]) => value),
    height - BOTTOM,
    TOP + legend,
  );
  const colour = (index: number) => COLOURS[index % COLOURS.length]!;
  const shift = TOP + legend - LEGEND_ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui,sans-serif" font-size="12" fill="#2b3038">`,
    '<rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
    text(LEFT, 22, plot.title, ' font-size="14" font-weight="600"'),
    ...(plot.bands ?? []).flatMap(({ from, to, label }) => [
      `<rect x="${x.at(from)}" y="${TOP + legend}" width="${round(x.at(to) - x.at(from))}" height="${height - BOTTOM - TOP - legend}" fill="#f5ead9"/>`,
      text(x.at(from) + 6, TOP + legend + 16, label, ' fill="#8a6a33"'),
    ]),
    ...axes(plot, x, y, TOP + legend, height),
    ...plot.series.map((series, index) => curve(series, colour(index), x, y)),
    ...plot.series.flatMap(({ name, dashed }, index) => {
      const [left, top] = [
        LEFT + (index % 2) * 290,
        shift - (Math.ceil(plot.series.length / 2) - 1 - Math.floor(index / 2)) * LEGEND_ROW,
      ];
      const dash = dashed === true ? ' stroke-dasharray="6 4"' : '';
      return [
        `<path d="M${left} ${top}h22" stroke="${colour(index)}" stroke-width="2"${dash}/>`,
        text(left + 28, top + 4, name),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}
