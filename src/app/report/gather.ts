import type { Fault } from '../../contracts/errors.js';
import type { LogCycle, LogHeader, LogJob } from '../../contracts/log.js';
import { defaultParameters } from '../../contracts/parameters/index.js';
import { shortNumbers } from '../../contracts/readable.js';
import { changeText } from '../../replay/change-text.js';
import type { LogEntry } from '../../replay/log-reader.js';
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
const TERMS = ['surprise', 'novelty', 'arousal', 'reward', 'conflict'] as const;

/** Reads a log into what its report shows, in bounded memory. @throws SageError SAGE_902, SAGE_1021, SAGE_1022 */
export async function gatherReport(path: string, best_effort: boolean): Promise<ReportData> {
  const faults: string[] = [];
  const onFault = ({ code, where, text }: Fault): void => {
    if (faults.length < NOTES_MAX) faults.push(`${code} ${where}: ${text}`);
  };
  const log = await openRun(path, { best_effort, onFault });
  try {
    const gatherer = new Gatherer();
    for await (const entry of log.entries()) gatherer.take(entry);
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
  private last_s = 0;
  private spent_atp = 0;

  take(entry: LogEntry): void {
    const { cycle } = entry;
    this.begin_ms ??= cycle.now_ms;
    const t = (cycle.now_ms - this.begin_ms) / 1000;
    this.cycles += 1;
    this.last_s = t;
    this.row(t, cycle);
    this.state(t, cycle);
    this.steps.take(t, stepOf(cycle));
    this.faults.take(t, faultsOf(cycle));
    for (const command of cycle.commands) {
      if (command.kind === 'start' || command.kind === 'branch') this.started.set(command.job_id, t);
    }
    for (const job of entry.jobs) this.job(t, job);
    for (const change of entry.changes) this.note(t, changeText(change));
    for (const { status, text, reason, step } of entry.goals) {
      const why = reason === '' ? '' : `: ${reason}`;
      const told = `${status} ${step}`.trim();
      if (this.goals.length < GOALS_MAX) this.goals.push({ t, text: `"${text}" ${told}${why}` });
    }
    if (entry.decision !== null) this.decision(t, entry.decision.decision);
    for (const { code, where, text } of entry.notes) this.note(t, `${code} ${where}: ${text}`);
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
      duration_s: this.last_s,
      time_s: this.table.time_s,
      columns: this.table.table,
      sources: [...this.sources].sort(),
      plugins: [...this.plugins].sort(),
      states: this.states,
      steps: this.steps.result(),
      faults: this.faults.result(),
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
    if (job.status === 'running' || job.status === 'starved') return;
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
      ['length', `${this.last_s.toFixed(1)} s, ${this.cycles} cycles`],
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
