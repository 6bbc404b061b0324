import type { Decision } from '../contracts/decision.js';
import { digits, shortNumbers, span } from '../contracts/readable.js';

/** Patches of the image named in words at most. */
const PATCHES_TOLD = 3;
/** A job is put before all others (vision in a crisis) by a value beyond any other; the number says nothing. */
const FIRST_OF_ALL = 100;
const NOTHING = 1e-6;
/** Stamps from here on are times since the epoch, and not of a simulation that began at zero: 2001. */
const EPOCH_FROM_MS = 1e12;

/** A decision record in plain words: what was attended to, what was refined, what was done, and why. */
export function explainDecision(decision: Decision): string {
  return [
    `Cycle ${decision.cycle} at ${moment(decision.stamp_ms)}, in ${decision.state} with energy ` +
      `${decision.energy.toFixed(0)} of 100.`,
    goalSentence(decision),
    imageSentence(decision),
    attentionSentence(decision),
    repetitionSentence(decision),
    evidenceSentence(decision),
    ...refinementSentences(decision),
    budgetSentence(decision),
    `Action: ${sentence(decision.action)}`,
    decision.reason === '' ? '' : `Why: ${sentence(shortNumbers(decision.reason))}`,
    faultSentence('Refused', decision.rejected),
    faultSentence('Faults', decision.faults),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function goalSentence({ goal }: Decision): string {
  if (goal === null) return 'Goal: none.';
  const step = goal.step === '' ? '' : `, step ${goal.step}`;
  return `Goal: "${goal.text}"${step}, ${Math.round(100 * goal.progress)} % done.`;
}

function imageSentence({ image_stamp_ms, stamp_ms }: Decision): string {
  return image_stamp_ms === null
    ? ''
    : `It is based on an image that was ${span(stamp_ms - image_stamp_ms)} old.`;
}

function attentionSentence({ salience }: Decision): string {
  const [first, ...rest] = [...salience].sort((a, b) => b.combined - a.combined);
  if (first === undefined) return 'Attention: no data from any source yet.';
  const terms = (['surprise', 'novelty', 'arousal', 'reward', 'conflict'] as const)
    .map((term) => `${term} ${first[term].toFixed(2)}`)
    .join(', ');
  const others = rest.map(({ source, combined }) => `${source} ${combined.toFixed(2)}`).join(', ');
  return `Attention: ${first.source} ${first.combined.toFixed(2)} (${terms})${others === '' ? '' : `; then ${others}`}.`;
}

function repetitionSentence({ salience }: Decision): string {
  const told = salience.flatMap(({ source, repeats }) => {
    if (repeats === undefined) return [];
    const [sin = 0, cos = 1] = repeats.phase;
    const turn = (Math.atan2(sin, cos) / (2 * Math.PI) + 1) % 1;
    return [`${source} every ${repeats.period_s.toFixed(1)} s, now at ${percent(turn)} of its period`];
  });
  return told.length === 0 ? '' : `Periodic: ${told.join('; ')}.`;
}

function evidenceSentence({ attention }: Decision): string {
  if (attention === undefined) return '';
  const shares = Object.entries(attention.shares)
    .sort(([, a], [, b]) => b - a)
    .map(([source, share]) => `${source} ${percent(share)}`)
    .join(', ');
  const patches = attention.evidence
    .slice(0, PATCHES_TOLD)
    .map(({ row, column, why, share }) => `row ${row} column ${column} (${why}, ${percent(share)})`)
    .join(', ');
  return `Shared: ${shares}${patches === '' ? '' : `; in the image ${patches}`}.`;
}

function refinementSentences({ considered, energies, trust, spent }: Decision): string[] {
  const describe = ({ plugin, value, reason }: Decision['considered'][number]) => {
    const energy = energies[plugin] === undefined ? '' : `, energy ${energyText(energies[plugin])}`;
    // Most reasons have it already.
    const told = trust[plugin] === undefined || reason.includes('trust ');
    const trusted = told ? '' : `, trust ${trust[plugin]!.toFixed(2)}`;
    const cost = spent[plugin] === undefined ? '' : `, spent ${digits(spent[plugin])} ATP`;
    const worth = value >= FIRST_OF_ALL ? 'top priority' : `value ${value.toFixed(2)}`;
    return `${plugin} (${reason}; ${worth}${energy}${trusted}${cost})`;
  };
  const chosen = considered.filter((option) => option.chosen).map(describe);
  const passed = considered.filter((option) => !option.chosen).map(describe);
  return [
    chosen.length === 0 ? 'Refined: nothing.' : `Refined: ${chosen.join('; ')}.`,
    passed.length === 0 ? '' : `Not chosen: ${passed.join('; ')}.`,
  ];
}

function budgetSentence({ budget }: Decision): string {
  const { total_atp, allocated_atp, spent_atp, reserve_atp, since_atp, shares } = budget;
  const parts = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([resource, share]) => `${resource === 'time' ? 'kept in reserve' : resource} ${percent(share)}`);
  return (
    `Budget: ${digits(total_atp)} ATP, of which ${digits(spent_atp)} spent (${digits(since_atp)} since the record ` +
    `before), ${digits(allocated_atp)} held and ${digits(reserve_atp)} free` +
    `${parts.length === 0 ? '' : `; shares: ${parts.join(', ')}`}.`
  );
}

function faultSentence(name: string, faults: Decision['faults']): string {
  if (faults.length === 0) return '';
  return `${name}: ${faults.map(({ code, where, text }) => `${code} ${where}: ${text}`).join('; ')}.`;
}

/** An energy close to zero is reported as zero. */
function energyText(energy: number): string {
  return Math.abs(energy) < NOTHING ? '0' : digits(energy);
}

/** Seconds, as `--at` takes them; with the time of day where they count from the epoch. */
function moment(stamp_ms: number): string {
  const seconds = `${(stamp_ms / 1000).toFixed(3)} s`;
  if (stamp_ms < EPOCH_FROM_MS) return seconds;
  return `${new Date(stamp_ms).toISOString().slice(11, 19)} UTC (${seconds})`;
}

/** A text that ends as a sentence does. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
