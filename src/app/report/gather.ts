import { type Fault, SageError } from '../../contracts/errors.js';
import type { LogCycle, LogHeader, LogInput, LogJob } from '../../contracts/log.js';
import { defaultParameters } from '../../contracts/parameters/index.js';
import { shortNumbers } from '../../contracts/readable.js';
import { changeText } from '../../replay/change-text.js';
import type { LogEntry } from '../../replay/log-reader.js';
import { decodeValue } from '../../replay/log-value.js';
import { openRun } from '../../replay/open-run.js';
import { explainDecision } from '../explain.js';
import type { DecisionCard, JobBar, ReportData, Span, StateSpan } from './report-data.js';
import { Spans } from './spans.js';
import { type Merge, Thinned } from './thinned.js';

const JOBS_MAX = 3000;
const DECISIONS_MAX = 1000;
const GOALS_MAX = 500;
const NOTES_MAX = 200;
const STATES_MAX = 2000;
const SPANS_MAX = 2000;
/** Energies kept of one refinement. */
const ENERGIES_MAX = 128;
const NOTHING: ReadonlyMap<string, Pick<Span, 'label' | 'title'>> = new Map();
const PRESSED = new Map([['stop', { label: 'stop', title: 'emergency stop pressed' }]]);
const TERMS = ['surprise', 'novelty', 'arousal', 'reward', 'conflict'] as const;

/** The part of a run that is shown, s since its start. */
export interface Part {
  readonly start_s: number;
  readonly end_s: number;
}

const ALL: Part = { start_s: 0, end_s: Number.POSITIVE_INFINITY };

/**
 * Reads a log into what its report shows, in bounded memory.
 * @throws SageError SAGE_902, SAGE_1021, SAGE_1022; SAGE_901 for a part behind its end
 */
export async function gatherReport(path: string, best_effort: boolean, part = ALL): Promise<ReportData> {
  const faults: string[] = [];
  const onFault = ({ code, where, text }: Fault): void => {
    if (faults.length < NOTES_MAX) faults.push(`${code} ${where}: ${text}`);
  };
  const log = await openRun(path, { best_effort, onFault });
  try {
    const gatherer = new Gatherer(part);
    for await (const entry of log.entries()) gatherer.take(entry);
    gatherer.requireSome();
    return gatherer.result(log.header, faults);
  } finally {
    await log.close();
  }
}

class Gatherer {
  private readonly table = new Thinned();
  private readonly states: { -readonly [K in keyof StateSpan]: StateSpan[K] }[] = [];
  private readonly steps = new Spans(SPANS_MAX);
  private readonly faults = new Spans(SPANS_MAX);
  private readonly pressed = new Spans(SPANS_MAX);
  private readonly changes: Span[] = [];
  private is_pressed = false;
  private readonly started = new Map<string, number>();
  private readonly jobs: JobBar[] = [];
  private jobs_left_out = 0;
  private readonly goals: { t: number; text: string }[] = [];
  private readonly decisions: DecisionCard[] = [];
  private decisions_left_out = 0;
  private readonly notes: string[] = [];
  private readonly sources = new Set<string>();
  private readonly plugins = new Set<string>();
  private begin_ms: number | null = null;
  private cycles = 0;
  private from_s = 0;
  /** Of the cycles that are shown, and of all. */
  private last_s = 0;
  private end_s = 0;
  private spent_atp = 0;

  constructor(private readonly part: Part) {}

  take(entry: LogEntry): void {
    const { cycle } = entry;
    this.begin_ms ??= cycle.now_ms;
    const t = (cycle.now_ms - this.begin_ms) / 1000;
    this.end_s = t;
    for (const command of cycle.commands) {
      if (command.kind === 'start' || command.kind === 'branch') this.started.set(command.job_id, t);
    }
    for (const input of entry.inputs) this.press(input);
    const { start_s, end_s } = this.part;
    if (t >= start_s && t <= end_s) this.show(t, entry);
    else for (const { job_id, status } of entry.jobs) if (isOver(status)) this.started.delete(job_id);
  }

  /** @throws SageError SAGE_901 where no cycle is in the part that was asked for */
  requireSome(): void {
    const { start_s } = this.part;
    if (this.cycles > 0 || start_s === 0) return;
    throw new SageError('SAGE_901', `--start ${start_s}`, `the run is ${this.end_s.toFixed(1)} s long`);
  }

  private show(t: number, entry: LogEntry): void {
    const { cycle } = entry;
    if (this.cycles === 0) this.from_s = t;
    this.cycles += 1;
    this.last_s = t;
    this.row(t, cycle);
    this.state(t, cycle);
    this.steps.take(t, stepOf(cycle));
    this.faults.take(t, faultsOf(cycle));
    this.pressed.take(t, this.is_pressed ? PRESSED : NOTHING);
    for (const job of entry.jobs) this.job(t, job);
    for (const input of entry.inputs) this.asked(t, input);
    for (const change of entry.changes) {
      const text = changeText(change);
      this.note(t, text);
      this.change(t, text);
    }
    for (const { status, text, reason, step } of entry.goals) {
      const why = reason === '' ? '' : `: ${reason}`;
      const told = `${status} ${step}`.trim();
      if (this.goals.length < GOALS_MAX) this.goals.push({ t, text: `"${text}" ${told}${why}` });
    }
    if (entry.decision !== null) this.decision(t, entry.decision.decision);
    for (const { code, where, text } of entry.notes) this.note(t, `${code} ${where}: ${text}`);
  }

  /** A log that refers to its bag does not hold what was said. */
  private press({ type, value }: LogInput): void {
    const said = type === 'emergency_stop' ? decodeValue(value) : undefined;
    if (said !== undefined) this.is_pressed = (said as { readonly pressed?: unknown }).pressed === true;
  }

  /** What somebody asked for that is no goal. */
  private asked(t: number, { type, value }: LogInput): void {
    if (type !== 'operator') return;
    const { request = '', argument = '' } = (decodeValue(value) ?? {}) as Record<string, unknown>;
    this.change(t, `the operator asked: ${request} ${argument}`.trim());
  }

  private change(t: number, text: string): void {
    const title = `${t.toFixed(2)} s: ${text}`;
    if (this.changes.length < SPANS_MAX) this.changes.push({ from: t, to: t, label: '', title });
  }

  private note(t: number, text: string): void {
    if (this.notes.length < NOTES_MAX) this.notes.push(`${t.toFixed(2)} s: ${text}`);
  }

  result(header: LogHeader, faults: readonly string[]): ReportData {
    const last = this.states.at(-1);
    if (last !== undefined) last.to = this.last_s;
    const { jobs, jobs_left_out, goals, decisions, decisions_left_out } = this;
    return {
      title: header.bag?.name ?? (header.source === 'live' ? 'live run' : 'run'),
      facts: this.facts(header),
      settings: settingsOf(header),
      from_s: this.from_s,
      duration_s: this.last_s,
      time_s: this.table.time_s,
      columns: this.table.table,
      sources: [...this.sources].sort(),
      plugins: [...this.plugins].sort(),
      states: this.states,
      steps: this.steps.result(),
      faults: this.faults.result(),
      changes: [...this.changes, ...this.pressed.result()].sort((a, b) => a.from - b.from),
      jobs,
      jobs_left_out,
      goals,
      decisions,
      decisions_left_out,
      pictures: {},
      notes: [...this.notes, ...faults],
    };
  }

  private row(t: number, cycle: LogCycle): void {
    const { ledger } = cycle;
    const values: Record<string, number> = {
      energy: cycle.energy,
      'H-energy': cycle.h_energy,
      coherence: cycle.coherence,
      allocated: ledger.allocated_matp / 1000,
      reserve: ledger.reserve_matp / 1000,
      'spent in all': ledger.spent_matp / 1000,
    };
    for (const found of cycle.salience) {
      this.sources.add(found.source);
      values[`salience ${found.source}`] = found.combined;
      for (const term of TERMS) values[`${term} ${found.source}`] = found[term];
    }
    for (const [plugin, trust] of Object.entries(cycle.trust)) {
      this.plugins.add(plugin);
      values[`trust ${plugin}`] = trust;
    }
    if (cycle.goal !== null) values['goal progress'] = cycle.goal.progress;
    this.table.add(t, values, mergeOf);
  }

  private state(t: number, { state, state_reason: reason }: LogCycle): void {
    const last = this.states.at(-1);
    if (last?.state === state) return;
    if (last !== undefined) last.to = t;
    if (this.states.length < STATES_MAX) this.states.push({ from: t, to: t, state, reason });
  }

  private job(t: number, job: LogJob): void {
    this.plugins.add(job.plugin);
    if (!isOver(job.status)) return;
    const from = this.started.get(job.job_id) ?? Math.max(0, t - job.time_ms / 1000);
    this.started.delete(job.job_id);
    this.spent_atp += job.spent_matp / 1000;
    if (this.jobs.length >= JOBS_MAX) {
      this.jobs_left_out += 1;
      return;
    }
    this.jobs.push({
      id: job.job_id,
      plugin: job.plugin,
      from,
      to: t,
      steps: job.steps,
      energies: job.energies.slice(0, ENERGIES_MAX).map((energy) => Number(energy.toPrecision(5))),
      end: job.halt_reason ?? job.status,
      detail: shortNumbers(job.fault === null ? job.halt_detail : `${job.fault.code} ${job.fault.text}`),
      spent_atp: job.spent_matp / 1000,
    });
  }

  private decision(t: number, decision: Parameters<typeof explainDecision>[0]): void {
    if (this.decisions.length >= DECISIONS_MAX) {
      this.decisions_left_out += 1;
      return;
    }
    const { cycle, state, action, reason, image_stamp_ms } = decision;
    const picture = image_stamp_ms === null ? null : String(image_stamp_ms);
    this.decisions.push({ t, cycle, state, action, reason, text: explainDecision(decision), picture });
  }

  private facts(header: LogHeader): (readonly [string, string])[] {
    const seen = [...new Set(this.states.map(({ state }) => state))];
    return [
      ['SAGE', [header.sage, header.build?.commit?.slice(0, 10) ?? ''].join(' ').trim()],
      ['run', header.source === 'live' ? 'live' : `replay, costs ${header.costs}`],
      ['length', `${(this.last_s - this.from_s).toFixed(1)} s, ${this.cycles} cycles`],
      ...(this.from_s > 0 || this.end_s > this.last_s
        ? [['of', `${this.end_s.toFixed(1)} s, from ${this.from_s.toFixed(1)} s on`] as const]
        : []),
      ['states', seen.join(', ') || 'none'],
      ['refinements', `${this.jobs.length + this.jobs_left_out}, ${this.spent_atp.toFixed(0)} ATP`],
      ['decisions', String(this.decisions.length + this.decisions_left_out)],
      ['seed', String(header.seed)],
      ...header.models.map(({ id, version }) => ['model', `${id} ${version}`] as const),
      // Those of its own name say nothing.
      ...header.topics
        .filter(({ name, topic }) => topic !== `/${name}`)
        .map(({ name, topic }) => ['topic', `${name} ← ${topic}`] as const),
    ];
  }
}

function isOver(status: LogJob['status']): boolean {
  return status !== 'running' && status !== 'starved';
}

function stepOf({ goal }: LogCycle): ReadonlyMap<string, Pick<Span, 'label' | 'title'>> {
  if (goal === null) return new Map();
  const { text, step } = goal;
  return new Map([[`${text}\n${step}`, { label: step || text, title: `"${text}" ${step}`.trim() }]]);
}

function faultsOf({ faults }: LogCycle): ReadonlyMap<string, Pick<Span, 'label' | 'title'>> {
  return new Map(
    faults.map(({ code, where, text }) => [
      `${code} ${where}`,
      { label: `${code} ${where}`, title: `${code} ${where}: ${shortNumbers(text)}` },
    ]),
  );
}

/** What stands out of a row of many cycles is its peak; of what is kept, the latest. */
function mergeOf(column: string): Merge {
  return /^(salience|surprise|novelty|arousal|reward|conflict) /.test(column) ? 'max' : 'last';
}

function settingsOf({ parameters }: LogHeader): ReportData['settings'] {
  const usual = defaultParameters() as unknown as Readonly<Record<string, Record<string, unknown>>>;
  return Object.entries(parameters).flatMap(([group, values]) =>
    Object.entries(values).flatMap(([name, value]) => {
      const [mine, theirs] = [JSON.stringify(value), JSON.stringify(usual[group]?.[name])];
      return mine === theirs ? [] : [{ path: `${group}.${name}`, value: mine, usual: theirs ?? 'unknown' }];
    }),
  );
}
