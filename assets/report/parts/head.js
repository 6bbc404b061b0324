import { data } from '../data.js';
import { element } from '../dom.js';

/** What the run was. */
export function head() {
  const page = document.getElementById('report');
  page.append(element('h1', {}, `SAGE: ${data.title}`));
  const facts = element('dl', { class: 'facts' });
  for (const [name, value] of data.facts) {
    facts.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  }
  page.append(facts);
}
