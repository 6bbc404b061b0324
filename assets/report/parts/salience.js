import { data } from '../data.js';
import { element, section } from '../dom.js';
import { plot } from '../plot.js';

/** What asked for attention, and by which term. */
export function salience() {
  const place = section(
    'Salience',
    'How much attention each source demanded, and through which of the five terms.',
  );
  const terms = ['salience', 'surprise', 'novelty', 'arousal', 'reward', 'conflict'];
  const buttons = element('div');
  const where = element('div');
  place.append(buttons, where);
  let clear = null;
  const show = (term) => {
    for (const button of buttons.children) button.setAttribute('aria-pressed', String(button.value === term));
    clear?.();
    clear = plot(
      where,
      data.sources.map((source) => ({ column: `${term} ${source}`, label: source })),
      { min: 0, max: 1 },
    );
  };
  for (const term of terms) {
    const label = term === 'salience' ? 'combined' : term;
    buttons.append(element('button', { value: term, onclick: () => show(term) }, label));
  }
  show('salience');
}
