import { data } from '../data.js';
import { element, section } from '../dom.js';

export function settings() {
  if (data.settings.length > 0) {
    const place = section('Parameters that differ from their defaults');
    const table = element('table');
    table.append(
      element(
        'tr',
        {},
        element('th', {}, 'parameter'),
        element('th', {}, 'here'),
        element('th', {}, 'default'),
      ),
    );
    for (const { path, value, usual } of data.settings) {
      table.append(
        element(
          'tr',
          {},
          ...[path, value, usual].map((text) => element('td', {}, element('code', {}, text))),
        ),
      );
    }
    place.append(table);
  }
  if (data.notes.length > 0) {
    const place = section('Notes');
    for (const note of data.notes) place.append(element('p', { class: 'hint' }, note));
  }
}
