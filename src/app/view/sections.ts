import type { GoalEvent } from '../../contracts/goal.js';
import type { SourceSalience } from '../../contracts/salience.js';
import type { NodeStatus } from '../../contracts/status.js';
import { bar, spark, sparkline } from './gauges.js';
import { column, type Line, lineWidth, printable, type Style, seg, spread, wrap } from './line.js';
import type { PluginView, ViewModel } from './model.js';
import { goalTone, STATE_COLOURS, type Tone } from './notes.js';
import { age, clock, count, fallen, fallenShare, percent, short } from './numbers.js';

/** Columns of the labels at the left. */
const LABEL = 11;
/** Without a status for this long, what is shown is marked as old, ms. */
const SILENT_MS = 1500;
const TONES: Readonly<Record<Tone, Style>> = {
  good: { colour: 'green' },
  bad: { colour: 'red' },
  plain: {},
};

const label = (text: string) => seg(column(text, LABEL), { dim: true });
const heading = (text: string) => seg(column(text, LABEL), { strong: true });

/** State, why it is in it, and how long the whole has run. */
export function headerSection(model: ViewModel, status: NodeStatus, columns: number): Line[] {
  const { state, reason, time_in_state_s } = status.metabolic;
  const silent_ms = model.now_ms - model.status_ms;
  const left: Line = [
    seg('SAGE', { strong: true }),
    seg('  '),
    seg(` ${state} `, { colour: STATE_COLOURS[state], badge: true, strong: true }),
    seg(` ${age(time_in_state_s * 1000)}`),
    seg(`  ${printable(reason)}`, { dim: true }),
  ];
  const right: Line =
    silent_ms > SILENT_MS
      ? [seg(`no data from the node for ${age(silent_ms)}`, { colour: 'red', strong: true })]
      : [seg(`cycle ${count(status.report.cycle)}`, { dim: true }), seg(`  ${clock(model.now_ms)}`)];
  return [spread(left, right, columns)];
}

/** The reserve now and over the last minute, each moment in the colour of its state. */
export function energySection(model: ViewModel, status: NodeStatus, columns: number): Line[] {
  const { energy, state } = status.metabolic;
  const tail = ' last minute';
  const history_columns = Math.max(0, Math.floor((columns - LABEL - tail.length) / 2));
  const bar_columns = Math.max(4, columns - LABEL - tail.length - history_columns - 6);
  return [
    [
      label('energy'),
      ...bar(energy / 100, bar_columns, { colour: STATE_COLOURS[state] }),
      seg(column(short(energy), 5, 'right')),
      seg(' '),
      ...energyHistory(model, history_columns),
      seg(tail, { dim: true }),
    ],
  ];
}

function energyHistory(model: ViewModel, columns: number): Line {
  const history = model.energy_history;
  const per_column = 600 / Math.max(1, columns);
  const shown = Math.min(columns, Math.ceil(history.length / per_column));
  const cells = Array.from({ length: shown }, (_, index) => {
    const end = Math.round(history.length - (shown - 1 - index) * per_column);
    const bucket = history.slice(Math.max(0, Math.round(end - per_column)), Math.max(1, end));
    const crisis = bucket.find(({ state }) => state === 'CRISIS');
    const { energy, state } = crisis ?? bucket.at(-1)!;
    return seg(spark(energy, 0, 100), { colour: STATE_COLOURS[state] });
  });
  return [seg(' '.repeat(columns - shown)), ...cells];
}

/** The goal that matters now: the one worked on, else the latest. */
export function currentGoal(status: NodeStatus): GoalEvent | null {
  const open = status.goals.findLast(({ status: word }) => ['active', 'resumed'].includes(word));
  return open ?? status.goals.at(-1) ?? null;
}

/** Goal, its step with progress (or how it ended), and what the arm does. */
export function goalSection(status: NodeStatus, columns: number): Line[] {
  const event = currentGoal(status);
  const goal = status.report.goal;
  const tone = event ? TONES[goalTone(event.status)] : {};
  const text = seg(printable(goal?.text ?? event?.text ?? 'none yet'), { strong: true });
  const word: Line = [seg(event?.status ?? '', { ...tone, strong: true })];
  return [
    spread([heading('GOAL'), text], word, columns),
    goal === null && event !== null && event.reason !== ''
      ? [label('because'), seg(printable(event.reason), tone)]
      : progressLine('step', goal?.step ?? event?.step ?? '', goal?.progress ?? null, columns),
    armLine(status, columns),
  ];
}

/** A motion that is through is told from one under way by having no bar. */
function armLine({ arm_purpose, arm_progress }: NodeStatus, columns: number): Line {
  if (arm_progress === null) return progressLine('arm', arm_purpose || 'at rest', null, columns);
  if (arm_progress >= 1) {
    const through = arm_purpose.startsWith('hold') ? arm_purpose : `done: ${arm_purpose}`;
    return progressLine('arm', through, null, columns);
  }
  return progressLine('arm', arm_purpose, arm_progress, columns);
}

function progressLine(name: string, what: string, share: number | null, columns: number): Line {
  if (share === null) return [label(name), seg(printable(what === '' ? '–' : what), { dim: true })];
  const what_columns = Math.max(12, Math.floor(columns * 0.36));
  const bar_columns = Math.max(4, columns - LABEL - what_columns - 6);
  return [
    label(name),
    seg(column(printable(what), what_columns - 1)),
    seg(' '),
    ...bar(share, bar_columns, { colour: 'blue' }),
    seg(column(percent(share), 6, 'right')),
  ];
}

const TERMS = ['surprise', 'novelty', 'arousal', 'reward', 'conflict'] as const;

/** Every source with its combined salience and the five terms; surprise near a crisis stands out. */
export function salienceSection(status: NodeStatus, columns: number): Line[] {
  const age_columns_min = 7;
  const combined_columns = 15 + Math.max(0, Math.floor((columns - 78) / 4));
  const term_columns = Math.max(
    4,
    Math.floor((columns - LABEL - combined_columns - age_columns_min) / TERMS.length),
  );
  const age_columns = Math.max(
    age_columns_min,
    columns - LABEL - combined_columns - TERMS.length * term_columns,
  );
  const head: Line = [
    heading('SALIENCE'),
    seg(column('combined', combined_columns), { dim: true }),
    ...TERMS.map((term) => seg(`${column(term, term_columns - 1)} `, { dim: true })),
    seg(column('age', age_columns, 'right'), { dim: true }),
  ];
  const row = (source: SourceSalience): Line => [
    seg(`${column(printable(source.source), LABEL - 1)} `, source.stale ? { dim: true } : {}),
    ...bar(source.combined, combined_columns - 7, { colour: 'cyan' }),
    seg(column(source.combined.toFixed(2), 5, 'right')),
    seg('  '),
    ...TERMS.flatMap((term) => [
      ...bar(source[term], term_columns - 2, termStyle(source, term, status.metabolic.surprise_threshold)),
      seg('  '),
    ]),
    seg(column(age(source.age_ms), age_columns, 'right'), source.stale ? { colour: 'red' } : { dim: true }),
  ];
  if (status.salience.length === 0)
    return [head, [label(''), seg('no data from any source yet', { dim: true })]];
  return [head, ...status.salience.map(row)];
}

function termStyle(source: SourceSalience, term: (typeof TERMS)[number], threshold: number): Style {
  if (term === 'surprise' && source.surprise > threshold) return { colour: 'red', strong: true };
  if (term === 'surprise' && source.surprise > threshold / 2) return { colour: 'yellow' };
  return {};
}

/** What is refined, how far its energy fell from where it began, and the compute budget. */
export function refinementSection(model: ViewModel, status: NodeStatus, columns: number): Line[] {
  const room = columns - LABEL - 18 - 7 - 10 - 8;
  // A narrow terminal has the numbers alone.
  const widths =
    room < 16 ? { curve: Math.max(0, Math.min(6, room)), bar: 0 } : { curve: 12, bar: room - 12 };
  const head: Line = [
    heading('REFINING'),
    seg(column('energy', widths.curve), { dim: true }),
    seg(`${column('start → now', 16, 'right')}  `, { dim: true }),
    seg(column('fallen', widths.bar + 7), { dim: true }),
    seg(column('', 10)),
    seg(column('ago', 8, 'right'), { dim: true }),
  ];
  const rows = model.plugins.map((plugin) => refinementLine(plugin, model.now_ms, widths));
  if (rows.length === 0) rows.push([label(''), seg('nothing yet', { dim: true })]);
  return [head, ...rows, atpLine(status, columns)];
}

function refinementLine(
  plugin: PluginView,
  now_ms: number,
  widths: { readonly curve: number; readonly bar: number },
): Line {
  const style: Style = plugin.running ? {} : { dim: true };
  const numbers = plugin.initial === null ? 'begins' : `${short(plugin.initial)} → ${short(plugin.energy)}`;
  const steps = `${plugin.steps} step${plugin.steps === 1 ? '' : 's'}`;
  return [
    seg(`${column(printable(plugin.plugin), LABEL - 1)} `, style),
    seg(sparkline(plugin.energies, widths.curve), { ...style, colour: 'magenta' }),
    seg(`${column(numbers, 16, 'right')}  `, style),
    ...bar(fallenShare(plugin.initial, plugin.energy), widths.bar, { ...style, colour: 'green' }),
    seg(column(fallen(plugin.initial, plugin.energy), 7, 'right'), style),
    seg(column(steps, 10, 'right'), style),
    plugin.running
      ? seg('  ●', { colour: 'green' })
      : seg(column(age(now_ms - plugin.seen_ms), 8, 'right'), { dim: true }),
  ];
}

/** What running refinements hold of the budget that is there; what is spent is gone, and only counted. */
function atpLine(status: NodeStatus, columns: number): Line {
  const { spent_matp, allocated_matp, reserve_matp } = status.report.ledger;
  const atp = (matp: number) => (matp < 1e6 ? short(matp / 1000) : count(matp / 1000));
  const words: Line = [
    seg(`  ${atp(allocated_matp)} held`, { colour: 'blue' }),
    seg(`  ${atp(reserve_matp)} free  ${atp(spent_matp)} spent`, { dim: true }),
    seg(' ATP', { dim: true }),
  ];
  const there_matp = allocated_matp + reserve_matp;
  const share = there_matp > 0 ? allocated_matp / there_matp : 0;
  return [
    label('budget'),
    ...bar(share, Math.max(4, columns - LABEL - lineWidth(words)), { colour: 'blue' }),
    ...words,
  ];
}

/** What comes in and how fast it is answered. */
export function trafficSection(status: NodeStatus): Line[] {
  const { totals } = status;
  const bad = (value: number): Style => (value > 0 ? { colour: 'yellow' } : { dim: true });
  const { p50, p99 } = totals.image_to_decision_ms;
  return [
    [
      label('camera'),
      seg(`${count(totals.frames_received)} frames`),
      seg(`  ${count(totals.frames_lost)} lost`, bad(totals.frames_lost)),
      seg(`   image → decision ${short(p50)} ms, p99 ${short(p99)}`, { dim: true }),
    ],
    [
      label('cycles'),
      seg(`late ${short(totals.lateness_ms.p50)} ms, p99 ${short(totals.lateness_ms.p99)}`, { dim: true }),
      seg(`   ${count(totals.overruns)} overruns`, bad(totals.overruns)),
      seg(`   telemetry ${count(totals.telemetry_messages)}`, { dim: true }),
      ...(totals.violations > 0
        ? [seg(`   ${totals.violations} violations`, { colour: 'red' as const, strong: true })]
        : []),
    ],
  ];
}

/** The last decision: what was done, and why. */
export function decisionSection(status: NodeStatus, columns: number): Line[] {
  const decision = status.last_decision;
  if (decision === null) return [[label('decision'), seg('none yet', { dim: true })]];
  const { action, reason } = decision;
  const done = action === 'none' ? '' : action;
  // Most reasons begin with what was done.
  const text = done === '' || reason.startsWith(done) ? reason : reason === '' ? done : `${done}: ${reason}`;
  return wrap(text, columns - LABEL, 2).map((line, index) => [
    label(index === 0 ? 'decision' : ''),
    seg(line),
  ]);
}

/** What is wrong now, one line each. */
export function faultSection(status: NodeStatus): Line[] {
  const { faults } = status.report;
  if (faults.length === 0) return [[label('faults'), seg('none', { colour: 'green' })]];
  return faults.map((fault, index) => [
    label(index === 0 ? 'faults' : ''),
    seg(printable(`${fault.code} ${fault.where}: ${fault.text}`), { colour: 'red' }),
  ]);
}

/** The newest notes, the latest last, with the time at which each came. */
export function logSection(model: ViewModel, rows: number): Line[] {
  if (rows <= 0) return [];
  return model.notes
    .slice(-rows)
    .map((note) => [label(clock(note.at_ms).padStart(6)), seg(printable(note.text), TONES[note.tone])]);
}
