const root = document.getElementById('report');

/** Room for a drawing, px. */
export function width() {
  const { paddingLeft, paddingRight } = getComputedStyle(root);
  return Math.max(240, root.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
}

/** Attributes that begin with `on` are listeners. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** An element of a drawing. */
export function drawn(name, attributes = {}, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== '') made.textContent = text;
  return made;
}

/** What colours mean, in a line. */
export function key(pairs) {
  const line = element('div', { class: 'key' });
  for (const [name, colour] of pairs) {
    line.append(element('span', {}, element('span', { style: `color:${colour}` }, '■ '), name), ' ');
  }
  return line;
}

/** A part of the page under a title, and the place for what stands in it. */
export function section(title, hint) {
  root.append(element('h2', {}, title));
  if (hint) root.append(element('p', { class: 'hint' }, hint));
  const place = element('div');
  root.append(place);
  return place;
}
