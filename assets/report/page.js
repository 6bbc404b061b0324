/* The page of `sage report`: draws what stands in #data with uPlot, and bars of its own on the same axis of time. */
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const root = document.getElementById('report');
  const LEFT = 64;
  const RIGHT = 16;
  const COLOURS = ['#4a90d9', '#d1495b', '#2a9d6f', '#d08a1d', '#8b5fc7', '#3a9fb5', '#b0568f', '#7a8594'];
  const ENDS = {
    'slope<eps': '#2a9d6f',
    feasible: '#4a90d9',
    max_steps: '#d08a1d',
    timeout: '#b0568f',
    failed: '#d1495b',
    cancelled: '#9aa5b5',
  };
  const STATES = {
    WAKE: '#4a90d9',
    FOCUS: '#2a9d6f',
    REST: '#9aa5b5',
    DREAM: '#7b4fb5',
    CRISIS: '#d1495b',
  };
  const sync = uPlot.sync('time');
  const plots = [];
  const bands = [];
  const all = { min: 0, max: Math.max(data.duration_s, 0.1) };
  let range = { ...all };
  let zooming = false;
  /** Of the refinement that is chosen. */
  let energyCurve = null;
  const curveWidth = () => Math.min(420, width() - 28);

  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ink = dark ? '#9aa5b5' : '#5d6776';
  const grid = dark ? '#2a323e' : '#e6eaf0';
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => location.reload());
  const width = () => {
    const { paddingLeft, paddingRight } = getComputedStyle(root);
    return Math.max(240, root.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
  };

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function drawn(name, attributes = {}, text = '') {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== '') made.textContent = text;
    return made;
  }

  function section(title, hint) {
    root.append(element('h2', {}, title));
    if (hint) root.append(element('p', { class: 'hint' }, hint));
    const place = element('div');
    root.append(place);
    return place;
  }

  function zoom(min, max) {
    if (zooming) return;
    zooming = true;
    range = { min, max };
    for (const plot of plots) plot.setScale('x', range);
    for (const redraw of bands) redraw();
    zooming = false;
  }

  /** Lines over time; all plots share cursor and zoom. */
  function plot(place, lines, { height = 150, min, max, unit = '' } = {}) {
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
          { stroke: ink, grid: { stroke: grid }, size: LEFT - 10 },
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
    plots.push(made);
    return made;
  }

  function bounds(min, max) {
    return (_, low, high) => {
      const bottom = min ?? Math.min(low ?? 0, 0);
      const top = max ?? high ?? 1;
      return [bottom, top > bottom ? top * (max === undefined ? 1.05 : 1) : bottom + 1];
    };
  }

  /** Bars over time in lanes, on the same axis as the plots. */
  function lanes(place, rows, bars, { row = 22, onpick, name = rows.join(', ') } = {}) {
    const svg = drawn('svg', { height: rows.length * row + 4, role: 'img', 'aria-label': name });
    place.append(svg);
    let picked = -1;
    const pick = (index) => {
      picked = Math.min(bars.length - 1, Math.max(0, index));
      onpick(bars[picked]);
      redraw();
    };
    if (onpick && bars.length > 0) {
      svg.setAttribute('tabindex', '0');
      svg.addEventListener('keydown', (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        pick(picked + step);
      });
    }
    const redraw = () => {
      const full = width();
      const span = full - LEFT - RIGHT;
      const at = (t) => LEFT + ((t - range.min) / (range.max - range.min)) * span;
      svg.setAttribute('width', full);
      svg.replaceChildren();
      const clip = drawn('svg', { x: LEFT, y: 0, width: span, height: rows.length * row + 4 });
      rows.forEach((name, index) => {
        svg.append(
          drawn('text', { x: LEFT - 6, y: index * row + row / 2 + 4, 'text-anchor': 'end' }, short(name)),
        );
      });
      for (const [index, bar] of bars.entries()) {
        if (bar.to < range.min || bar.from > range.max) continue;
        const from = at(bar.from) - LEFT;
        const long = Math.max(2, at(bar.to) - at(bar.from) - 0.5);
        const y = rows.indexOf(bar.row) * row + 2;
        const shape = drawn('rect', {
          x: from,
          y,
          width: long,
          height: row - 4,
          rx: 2,
          fill: bar.fill,
          class: index === picked ? 'bar picked' : 'bar',
        });
        shape.append(drawn('title', {}, bar.title));
        if (onpick) shape.addEventListener('click', () => pick(index));
        clip.append(shape);
        if (bar.label && long > 52) {
          clip.append(drawn('text', { x: Math.max(4, from + 5), y: y + row / 2 + 2, class: 'on-bar' }, bar.label));
        }
      }
      svg.append(clip);
    };
    bands.push(redraw);
    redraw();
  }

  const short = (name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name);

  function head() {
    root.append(element('h1', {}, `SAGE: ${data.title}`));
    const facts = element('dl', { class: 'facts' });
    for (const [name, value] of data.facts) {
      facts.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
    }
    root.append(facts);
  }

  function states() {
    const place = section('Metabolic state and energy', 'Drag over a plot to zoom in time, double-click to see all again; or + and −, ← and →, Escape.');
    lanes(
      place,
      ['state'],
      data.states.map(({ from, to, state, reason }) => ({
        row: 'state',
        from,
        to,
        fill: STATES[state] ?? '#7a8594',
        label: state,
        title: `${state} from ${from.toFixed(2)} to ${to.toFixed(2)} s: ${reason}`,
      })),
      { row: 26 },
    );
    events(place);
    plot(place, [{ column: 'energy', label: 'energy' }], { height: 120, min: 0, max: 100 });
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
    const goal = (title) => COLOURS[[...title].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS.length];
    lane('goal', data.steps.map((step) => ({ ...step, fill: goal(step.label) })));
    lane(
      'decided',
      data.decisions.map((decision, index) => ({
        from: decision.t,
        to: decision.t,
        fill: ink,
        title: `${decision.t.toFixed(2)} s: ${decision.action}`,
        index,
      })),
    );
    lane('faults', data.faults.map((fault) => ({ ...fault, fill: '#d1495b' })));
    if (rows.length === 0) return;
    lanes(place, rows, bars, {
      onpick: ({ index }) => {
        if (index === undefined) return;
        const card = root.querySelectorAll('.card')[index];
        card.scrollIntoView({ behavior: 'smooth', block: 'center' });
        mark(card);
      },
    });
  }

  function mark(card) {
    for (const other of root.querySelectorAll('.card.at')) other.classList.remove('at');
    card.classList.add('at');
  }

  function salience() {
    const place = section('Salience', 'How much each source asked for attention, and by which of its five terms.');
    const terms = ['salience', 'surprise', 'novelty', 'arousal', 'reward', 'conflict'];
    const buttons = element('div');
    const where = element('div');
    place.append(buttons, where);
    let shown = null;
    const show = (term) => {
      for (const button of buttons.children) button.setAttribute('aria-pressed', String(button.value === term));
      if (shown !== null) {
        plots.splice(plots.indexOf(shown), 1);
        sync.unsub(shown);
        shown.destroy();
      }
      shown = plot(
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

  function refinements() {
    const left = data.jobs_left_out > 0 ? ` ${data.jobs_left_out} more are not shown.` : '';
    const place = section(
      'Refinements',
      `One bar each, coloured by why it ended; choose one to see how far its energy fell.${left}`,
    );
    const key = element('div');
    for (const [end, colour] of Object.entries(ENDS)) {
      if (!data.jobs.some((job) => job.end === end)) continue;
      key.append(element('span', { style: `color:${colour}` }, '■ '), `${end}  `);
    }
    place.append(key);
    const chosen = element('div', { class: 'chosen' });
    const rows = data.plugins.filter((plugin) => data.jobs.some((job) => job.plugin === plugin));
    const bars = data.jobs.map((job) => ({
      row: job.plugin,
      from: job.from,
      to: job.to,
      fill: ENDS[job.end] ?? '#7a8594',
      title: `${job.id}: ${job.steps} steps, ${job.end}`,
      job,
    }));
    lanes(place, rows, bars, { onpick: ({ job }) => show(job) });
    place.append(chosen);
    const show = (job) => {
      chosen.replaceChildren();
      const curve = element('div');
      const [first, last] = [job.energies[0], job.energies[job.energies.length - 1]];
      const fell = job.energies.length > 1 ? `energy ${first} → ${last}` : 'no step was done';
      chosen.append(
        curve,
        element(
          'p',
          {},
          `${job.id}\n${job.from.toFixed(2)} to ${job.to.toFixed(2)} s, ${job.steps} steps, ${job.spent_atp} ATP\n` +
            `${fell}\nended by ${job.end}: ${job.detail}`,
        ),
      );
      energyCurve = null;
      if (job.energies.length < 2) return;
      energyCurve = new uPlot(
        {
          width: curveWidth(),
          height: 150,
          legend: { show: false },
          scales: { x: { time: false } },
          axes: [
            { stroke: ink, grid: { stroke: grid } },
            { stroke: ink, grid: { stroke: grid }, size: 60 },
          ],
          series: [
            { label: 'step' },
            { label: 'energy', stroke: COLOURS[0], width: 2, points: { show: true, size: 5 } },
          ],
        },
        [job.energies.map((_, step) => step), job.energies],
        curve,
      );
    };
    const best = [...data.jobs].sort((a, b) => b.energies.length - a.energies.length)[0];
    if (best) show(best);
    else chosen.append(element('p', {}, 'No refinement ended in this run.'));
  }

  function budget() {
    const place = section('ATP', 'Held by refinements, in reserve, and spent since the start.');
    plot(place, [
      { column: 'allocated', label: 'allocated' },
      { column: 'reserve', label: 'reserve' },
    ]);
    plot(place, [{ column: 'spent in all', label: 'spent in all' }], { height: 110 });
  }

  function trust() {
    const place = section('Trust and coherence', 'What each plugin has earned; how well their results fit together.');
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

  function decisions() {
    const left = data.decisions_left_out > 0 ? `; ${data.decisions_left_out} more are not shown` : '';
    const place = section('Decisions', `Each cycle that changed what the robot does${left}. Choose one to see its moment above.`);
    if (data.goals.length > 0) {
      const list = element('table', { class: 'times' });
      for (const { t, text } of data.goals) {
        list.append(element('tr', {}, element('td', {}, `${t.toFixed(2)} s`), element('td', {}, text)));
      }
      place.append(element('p', { class: 'hint' }, 'Goals'), list, element('br'));
    }
    const cards = element('div', { class: 'cards' });
    place.append(cards);
    for (const decision of data.decisions) {
      const picture = decision.picture === null ? undefined : data.pictures[decision.picture];
      const words = element(
        'div',
        {},
        element('strong', {}, `${decision.t.toFixed(2)} s · ${decision.action}`),
        element('pre', {}, decision.text),
      );
      const card = element('article', {
        class: picture ? 'card' : 'card no-picture',
        style: `border-left-color:${STATES[decision.state] ?? '#7a8594'}`,
      });
      if (picture) card.append(element('img', { src: picture, alt: 'the camera frame that it rests on', loading: 'lazy' }));
      card.append(words);
      card.tabIndex = 0;
      card.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') card.click();
      });
      card.addEventListener('click', () => {
        mark(card);
        const span = Math.min(all.max - all.min, 4);
        zoom(Math.max(all.min, decision.t - span / 2), Math.min(all.max, decision.t + span / 2));
      });
      cards.append(card);
    }
    if (data.decisions.length === 0) cards.append(element('p', {}, 'Nothing that the robot does was changed.'));
  }

  function settings() {
    if (data.settings.length > 0) {
      const place = section('Parameters that are not at their defaults');
      const table = element('table');
      table.append(
        element('tr', {}, element('th', {}, 'parameter'), element('th', {}, 'here'), element('th', {}, 'default')),
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

  for (const part of [head, states, salience, refinements, budget, trust, decisions, settings]) part();
  /** The keys do what the mouse does. */
  addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
    if (ctrlKey || metaKey || altKey) return;
    const span = range.max - range.min;
    const middle = (range.min + range.max) / 2;
    const move = (by) => {
      const from = Math.min(Math.max(all.min, range.min + by), all.max - span);
      zoom(from, from + span);
    };
    const scale = (by) => {
      const half = Math.min(span * by, all.max - all.min) / 2;
      const from = Math.min(Math.max(all.min, middle - half), all.max - 2 * half);
      zoom(from, from + 2 * half);
    };
    if (key === 'Escape') zoom(all.min, all.max);
    else if (key === '+' || key === '=') scale(0.5);
    else if (key === '-') scale(2);
    else if (key === 'ArrowLeft') move(-span / 4);
    else if (key === 'ArrowRight') move(span / 4);
  });
  addEventListener('resize', () => {
    for (const made of plots) made.setSize({ width: width(), height: made.height });
    energyCurve?.setSize({ width: curveWidth(), height: energyCurve.height });
    for (const redraw of bands) redraw();
  });
  document.body.dataset.drawn = String(plots.length);
})();
