import { data } from './data.js';
import { width } from './dom.js';
import { COLOURS, grid, ink } from './look.js';
import { all, LEFT, onZoom, point, RIGHT, range, zoom } from './time-axis.js';

const sync = uPlot.sync('time');

/** Lines over time; all plots share cursor and zoom. Returns how to take them away, or null. */
export function plot(place, lines, { height = 150, min, max, unit = '' } = {}) {
  const there = lines.filter(({ column }) => data.columns[column] !== undefined);
  if (there.length === 0) return null;
  const made = new uPlot(
    {
      width: width(),
      height,
      cursor: { sync: { key: sync.key }, drag: { x: true, y: false } },
      scales: { x: { time: false, range: () => [range.min, range.max] }, y: { range: bounds(min, max) } },
      axes: [
        { stroke: ink, grid: { stroke: grid }, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
        // Low plots want a number beside the zero, too.
        { stroke: ink, grid: { stroke: grid }, size: LEFT - 10, space: 20 },
      ],
      padding: [8, RIGHT, 0, 10],
      series: [
        { label: 'time', value: (_, value) => (value === null ? '–' : `${value.toFixed(2)} s`) },
        ...there.map(({ label }, index) => ({
          label,
          stroke: COLOURS[index % COLOURS.length],
          width: 1.5,
          // Between two goals there is no progress.
          spanGaps: label !== 'goal progress',
          value: (_, value) => (value === null ? '–' : `${value}${unit}`),
        })),
      ],
      hooks: {
        setCursor: [
          (self) => {
            const { left } = self.cursor;
            point(left === undefined || left < 0 ? null : self.posToVal(left, 'x'));
          },
        ],
        setSelect: [
          (self) => {
            if (self.select.width < 4) return;
            const from = self.posToVal(self.select.left, 'x');
            const to = self.posToVal(self.select.left + self.select.width, 'x');
            self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            zoom(from, to);
          },
        ],
        ready: [(self) => self.over.addEventListener('dblclick', () => zoom(all.min, all.max))],
      },
    },
    [data.time_s, ...there.map(({ column }) => data.columns[column])],
    place,
  );
  sync.sub(made);
  const resize = () => made.setSize({ width: width(), height: made.height });
  const still = onZoom(() => made.setScale('x', range));
  addEventListener('resize', resize);
  return () => {
    removeEventListener('resize', resize);
    still();
    sync.unsub(made);
    made.destroy();
  };
}

function bounds(min, max) {
  return (_, low, high) => {
    const bottom = min ?? Math.min(low ?? 0, 0);
    const top = max ?? high ?? 1;
    return [bottom, top > bottom ? top * (max === undefined ? 1.05 : 1) : bottom + 1];
  };
}
