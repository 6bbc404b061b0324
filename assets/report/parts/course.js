import { data } from '../data.js';
import { section } from '../dom.js';
import { plot } from '../plot.js';

/** What thinking cost. */
export function budget() {
  const place = section('ATP', 'Held by refinements, in reserve, and spent since the start.');
  plot(place, [
    { column: 'allocated', label: 'allocated' },
    { column: 'reserve', label: 'reserve' },
  ]);
  plot(place, [{ column: 'spent in all', label: 'spent in all' }], { height: 110 });
}

/** What came of it. */
export function trust() {
  const place = section(
    'Trust and coherence',
    'The trust each plugin has earned, and how well their results fit together.',
  );
  plot(
    place,
    data.plugins.map((plugin) => ({ column: `trust ${plugin}`, label: plugin })),
    { min: 0 },
  );
  plot(
    place,
    [
      { column: 'coherence', label: 'coherence' },
      { column: 'H-energy', label: 'H-energy' },
      { column: 'goal progress', label: 'goal progress' },
    ],
    { height: 130, min: 0, max: 1 },
  );
}
