import { data } from '../data.js';
import { key, section } from '../dom.js';
import { lanes } from '../lanes.js';
import { CHANGE, COLOURS, FAULT, ink, OTHER, STATES } from '../look.js';
import { plot } from '../plot.js';
import { headOf, show } from './decisions.js';

/** The state of the body, and what was pursued meanwhile. */
export function states() {
  const place = section(
    'Metabolic state and energy',
    'Drag over a plot to zoom in time, double-click to reset; or use + and −, ← and →, Escape. Hover over a bar, or ' +
      'select it, for details.',
  );
  colours(place);
  lanes(
    place,
    ['state'],
    data.states.map(({ from, to, state, reason }) => ({
      row: 'state',
      from,
      to,
      fill: STATES[state] ?? OTHER,
      label: state,
      title: `${state} from ${from.toFixed(2)} to ${to.toFixed(2)} s: ${reason}`,
    })),
    { row: 26 },
  );
  events(place);
  plot(place, [{ column: 'energy', label: 'energy, 0 to 100' }], { height: 120, min: 0, max: 100 });
}

/** Which colour is which state, for bars too narrow for their names. */
function colours(place) {
  const seen = new Set(data.states.map(({ state }) => state));
  place.append(key(Object.entries(STATES).filter(([state]) => seen.has(state))));
}

/** What was pursued, decided and wrong meanwhile. */
function events(place) {
  const rows = [];
  const bars = [];
  const lane = (name, spans) => {
    if (spans.length === 0) return;
    rows.push(name);
    bars.push(...spans.map((span) => ({ ...span, row: name })));
  };
  const goal = (title) =>
    COLOURS[[...title].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS.length];
  lane(
    'goal',
    data.steps.map((step) => ({ ...step, fill: goal(step.label) })),
  );
  lane(
    'decided',
    data.decisions.map((decision, index) => ({
      from: decision.t,
      to: decision.t,
      fill: ink,
      title: `${decision.t.toFixed(2)} s: ${headOf(decision)}`,
      index,
    })),
  );
  lane(
    'changed',
    data.changes.map((change) => ({ ...change, fill: change.label === '' ? CHANGE : FAULT })),
  );
  lane(
    'faults',
    data.faults.map((fault) => ({ ...fault, fill: FAULT })),
  );
  if (rows.length === 0) return;
  lanes(place, rows, bars, {
    onpick: ({ index }) => {
      if (index !== undefined) show(index);
    },
  });
}
