import { data } from '../data.js';
import { element, key, section, width } from '../dom.js';
import { lanes } from '../lanes.js';
import { COLOURS, ENDS, grid, ink, OTHER } from '../look.js';

const curveWidth = () => Math.min(420, width() - 28);

/** Each refinement in time, and of the one that is chosen how its energy fell. */
export function refinements() {
  const left =
    data.jobs_left_out > 0
      ? ` ${data.jobs_left_out} later ones are not shown; use --start and --duration to show part of the run.`
      : '';
  const place = section(
    'Refinements',
    `One bar each, coloured by why it ended; select one to see its energy.${left}`,
  );
  const chosen = element('div', { class: 'chosen' });
  const show = showIn(chosen);
  const bars = data.jobs.map((job) => ({
    row: job.plugin,
    from: job.from,
    to: job.to,
    fill: ENDS[job.end] ?? OTHER,
    title: `${job.id}, ${job.from.toFixed(2)} to ${job.to.toFixed(2)} s: ${job.steps} steps, ended by ${job.end}`,
    job,
  }));
  place.append(colours());
  const rows = data.plugins.filter((plugin) => data.jobs.some((job) => job.plugin === plugin));
  lanes(place, rows, bars, { onpick: ({ job }) => show(job) });
  place.append(chosen);
  const best = [...data.jobs].sort((a, b) => b.energies.length - a.energies.length)[0];
  if (best) show(best);
  else chosen.append(element('p', {}, 'No refinement finished in this run.'));
}

function colours() {
  return key(Object.entries(ENDS).filter(([end]) => data.jobs.some((job) => job.end === end)));
}

/** Shows one refinement at a time. */
function showIn(place) {
  let curve = null;
  addEventListener('resize', () => curve?.setSize({ width: curveWidth(), height: curve.height }));
  return (job) => {
    const where = element('div');
    place.replaceChildren(where, element('p', {}, wordsOf(job)));
    curve?.destroy();
    curve = job.energies.length < 2 ? null : energyCurve(job.energies, where);
  };
}

function wordsOf({ id, from, to, steps, energies, end, detail, spent_atp }) {
  const fell = energies.length > 1 ? `energy ${energies[0]} → ${energies.at(-1)}` : 'no steps';
  const when = `${from.toFixed(2)} to ${to.toFixed(2)} s`;
  return `${id}\n${when}, ${steps} steps, ${spent_atp} ATP\n${fell}\nended by ${end}: ${detail}`;
}

function energyCurve(energies, place) {
  return new uPlot(
    {
      width: curveWidth(),
      height: 180,
      legend: { show: false },
      scales: { x: { time: false } },
      axes: [
        { stroke: ink, grid: { stroke: grid }, label: 'step', labelSize: 18 },
        { stroke: ink, grid: { stroke: grid }, size: 60, label: 'energy', labelSize: 18 },
      ],
      series: [
        { label: 'step' },
        { label: 'energy', stroke: COLOURS[0], width: 2, points: { show: true, size: 5 } },
      ],
    },
    [energies.map((_, step) => step), energies],
    place,
  );
}
