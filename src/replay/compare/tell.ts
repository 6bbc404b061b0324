import type { LogBuild } from '../../contracts/log.js';
import { changeText } from '../change-text.js';
import type { LogChange } from '../log-reader.js';
import type { Area } from './areas.js';
import type { Lead, LogComparison } from './compare-logs.js';
import type { Difference } from './difference.js';
import { outcomeRows } from './outcome.js';

const WORDS: Readonly<Record<Area, string>> = {
  parameters: 'live parameters',
  models: 'models in use',
  lifecycle: 'lifecycle of the node',
  inputs: 'inputs',
  completions: 'refinements',
  salience: 'salience',
  state: 'metabolic state and energy',
  plan: 'refinements started and granted',
  budget: 'ATP ledger',
  trust: 'trust',
  goal: 'goal',
  decision: 'decision records',
  action: 'commands to the robot',
};

/** Leads that are reported one by one. */
const TOLD_MAX = 12;
/** Longest value that is shown whole, characters. */
const VALUE_MAX = 80;
/** Digits that tell any two numbers apart. */
const DIGITS_MAX = 17;
/** Digits of a hash that tell two builds apart for people. */
const HASH_SHOWN = 10;
const HASH = /^[0-9a-f]{64}$/;

/** A comparison in plain words, for people. */
export function tellComparison(comparison: LogComparison): string {
  const { a, b, equal, cycles_a, cycles_b, divergence, leads, areas, wordings } = comparison;
  const builds = toldBuilds(comparison);
  if (equal)
    return [`identical: ${cycles_a} cycles, every input, refinement and decision`, ...builds].join('\n');
  const lines = [`A: ${a} (${cycles_a} cycles)`, `B: ${b} (${cycles_b} cycles)`, ...builds];
  if (divergence === null) {
    lines.push('', sameAsFar(comparison));
  } else {
    const { cycle, time_s, effects } = divergence;
    lines.push('', `they diverge in cycle ${cycle}, ${time_s.toFixed(2)} s after the start:`);
    for (const { area, ...difference } of effects) lines.push(`  ${WORDS[area]}: ${told(difference)}`);
  }
  lines.push('', ...toldLeads(leads, divergence !== null));
  if (areas.length > 0) lines.push('', 'over the whole run:');
  for (const { area, cycles, first_cycle, first_s, largest } of areas) {
    const most = largest === null ? '' : `, most in ${largest.cycle}: ${told(largest)}`;
    lines.push(
      `  ${WORDS[area]}: in ${counted(cycles)}, first in ${first_cycle} (${first_s.toFixed(2)} s)${most}`,
    );
  }
  const rows = outcomeRows(comparison.outcome_a, comparison.outcome_b);
  if (rows.length > 0) lines.push('', 'how they went:');
  for (const [name, mine, theirs] of rows)
    lines.push(`  ${name}: ${mine || 'none'} in A, ${theirs || 'none'} in B`);
  if (wordings.length > 0) lines.push('', 'differences in wording only:');
  for (const { area, cycles, first_cycle, first } of wordings) {
    lines.push(`  ${WORDS[area]}: in ${counted(cycles)}, first in ${first_cycle}: ${told(first)}`);
  }
  return lines.join('\n');
}

/** A comparison in one line: where they part and in what. */
export function headlineOf(comparison: LogComparison): string {
  const { equal, divergence, leads } = comparison;
  if (equal) return 'the same';
  if (divergence !== null) {
    const { cycle, time_s, effects } = divergence;
    const [first] = effects;
    const what = first === undefined ? '' : `: ${WORDS[first.area]}, ${told(first)}`;
    return `they diverge in cycle ${cycle}, ${time_s.toFixed(2)} s after the start${what}`;
  }
  const { cycles_a, cycles_b } = comparison;
  if (cycles_a !== cycles_b) return `${sameAsFar(comparison)}: ${cycles_a} in A, ${cycles_b} in B`;
  return leads.length === 0 ? sameAsFar(comparison) : `${sameAsFar(comparison)}, but not the inputs`;
}

function sameAsFar({ cycles_a, cycles_b }: LogComparison): string {
  const where = cycles_a === cycles_b ? 'in every cycle' : 'in every cycle they share';
  return `the outputs are the same ${where}`;
}

/** Nothing where both are of the same code, or neither names it. */
function toldBuilds({ build_a, build_b }: LogComparison): string[] {
  if (build_a?.code === build_b?.code) return [];
  return [`they come from different builds: ${buildText(build_a)} in A, ${buildText(build_b)} in B`];
}

function buildText(build: LogBuild | null): string {
  if (build === null) return 'one that its log does not name';
  const commit = build.commit === null ? '' : `commit ${build.commit.slice(0, HASH_SHOWN)}, `;
  return `${commit}code ${build.code.slice(0, HASH_SHOWN)}`;
}

function counted(cycles: number): string {
  return cycles === 1 ? '1 cycle' : `${cycles} cycles`;
}

function toldLeads(leads: readonly Lead[], parted: boolean): string[] {
  if (leads.length === 0) {
    return parted
      ? ['no input differs before that: the programs differ, or something is not in the log']
      : ['no input differs'];
  }
  const lines = [parted ? 'inputs that differ before that:' : 'inputs that differ:'];
  for (const { kind, cycle, difference } of leads.slice(0, TOLD_MAX)) {
    const where = kind === 'header' ? 'from the start' : `cycle ${cycle}, ${WORDS[kind]}`;
    lines.push(`  ${where}: ${told(difference)}`);
  }
  if (leads.length > TOLD_MAX) lines.push(`  and ${leads.length - TOLD_MAX} more`);
  return lines;
}

function told({ path, a, b }: Difference): string {
  const both = typeof a === 'number' && typeof b === 'number' ? apart(a, b) : [shown(a), shown(b)];
  const values = `${both[0]} in A, ${both[1]} in B`;
  // Of the commands of one cycle, say, their place in the list says nothing.
  return path === '' || /^\d+$/.test(path) ? values : `${path}: ${values}`;
}

/** Two numbers with as many digits as tell them apart, three at least. */
function apart(a: number, b: number): readonly [string, string] {
  for (let count = 3; count < DIGITS_MAX; count++) {
    const [one, other] = [Number(a.toPrecision(count)), Number(b.toPrecision(count))];
    // Counts and stamps stay whole.
    const whole = (value: number, short: number) => String(Number.isInteger(value) ? value : short);
    if (one !== other) return [whole(a, one), whole(b, other)];
  }
  return [String(a), String(b)];
}

/** What stands in a log as a whole line, in a few words; null for anything else. */
function inWords(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const said = value as Readonly<Record<string, unknown>>;
  const text = (name: string): string => String(said[name] ?? '');
  // What a source said to attention.
  if ('combined' in said) return `${Number(said.combined).toPrecision(3)} in all`;
  if ('decision_id' in said) return `"${text('action')}" (${text('reason')})`;
  switch (said.kind) {
    case 'input':
      return `a reading stamped ${(Number(said.stamp_ms) / 1000).toFixed(3)} s`;
    case 'goal':
      return `"${text('text')}" ${text('status')} ${text('step')}`.trim();
    case 'action':
      return text('purpose').startsWith(`${text('action')}: `)
        ? text('purpose')
        : `${text('action')}: ${text('purpose')}`;
    case 'model':
      return changeText(value as LogChange);
    case 'job':
      return `${text('status')} after ${text('steps')} steps`;
    case 'start':
    case 'grant':
    case 'branch':
    case 'cancel':
      return `${text('kind')} ${text('job_id')}`;
    default:
      return null;
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value === '') return 'none';
  const known = inWords(value);
  if (known !== null) return known;
  if (typeof value === 'string' && HASH.test(value)) return value.slice(0, HASH_SHOWN);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}
