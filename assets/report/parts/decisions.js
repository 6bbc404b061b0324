import { data } from '../data.js';
import { element, section } from '../dom.js';
import { OTHER, STATES } from '../look.js';
import { all, zoom } from '../time-axis.js';

/** s around a decision that is chosen. */
const MOMENT_S = 4;
const cards = element('div', { class: 'cards' });

/** What was asked, and each decision with the picture that it rests on. */
export function decisions() {
  const left =
    data.decisions_left_out > 0
      ? `; ${data.decisions_left_out} later ones are not shown: use --start and --duration to show part of the run`
      : '';
  const place = section(
    'Decisions',
    `Each cycle that changed what the robot does${left}. Select one to see its moment above.${withoutPicture()}`,
  );
  if (data.goals.length > 0) {
    place.append(
      element('p', { class: 'hint' }, 'Goals'),
      element('div', { class: 'listed', tabindex: '0' }, goals()),
    );
  }
  place.append(cards);
  cards.append(...data.decisions.map(cardOf));
  if (data.decisions.length === 0) cards.append(element('p', {}, 'No decision changed what the robot does.'));
}

/** Why cards of decisions that rest on a frame have none. */
function withoutPicture() {
  const rest = data.decisions.filter(({ picture }) => picture !== null);
  const bare = rest.filter(({ picture }) => data.pictures[picture] === undefined).length;
  if (bare === 0) return '';
  const why =
    bare === rest.length
      ? 'the bag of the run was not found, see --bag'
      : 'there are too many, or they are not in the bag; use --start and --duration to show part of the run with all of them';
  return ` ${bare} of ${rest.length} that are based on a camera frame are shown without it: ${why}.`;
}

/** Goes to the card of a decision, by its place among them. */
export function show(index) {
  const card = cards.children[index];
  card.scrollIntoView({ behavior: 'smooth', block: 'center' });
  mark(card);
}

function mark(card) {
  for (const other of cards.querySelectorAll('.at')) other.classList.remove('at');
  card.classList.add('at');
}

function goals() {
  const rows = data.goals.map(({ t, text }) =>
    element('tr', {}, element('td', {}, `${t.toFixed(2)} s`), element('td', {}, text)),
  );
  return element('table', { class: 'times' }, ...rows);
}

/** What was done, or, where nothing was, the first reason for which it was decided anew. */
export function headOf({ action, reason }) {
  return action === 'none' && reason !== '' ? reason.split(';')[0] : action;
}

function cardOf(decision) {
  const { t, state, text } = decision;
  const picture = decision.picture === null ? undefined : data.pictures[decision.picture];
  const card = element('article', {
    class: picture ? 'card' : 'card no-picture',
    style: `border-left-color:${STATES[state] ?? OTHER}`,
    tabindex: '0',
    onkeydown: ({ key }) => {
      if (key === 'Enter') card.click();
    },
    onclick: () => {
      mark(card);
      const half = Math.min(all.max - all.min, MOMENT_S) / 2;
      zoom(Math.max(all.min, t - half), Math.min(all.max, t + half));
    },
  });
  if (picture) {
    card.append(element('img', { src: picture, alt: 'the camera frame it is based on', loading: 'lazy' }));
  }
  const title = element('strong', {}, `${t.toFixed(2)} s · ${headOf(decision)}`);
  card.append(element('div', {}, title, element('pre', {}, text)));
  return card;
}
