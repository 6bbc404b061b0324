import type { Decision } from '../contracts/decision.js';

/** Patches of the image named in words at most. */
const PATCHES_TOLD = 3;

/** A decision record in plain words: what was attended to, what was refined, what was done, and why. */
export function explainDecision(decision: Decision): string {
  return [
    `Cycle ${decision.cycle} at ${(decision.stamp_ms / 1000).toFixed(3)} s, in ${decision.state} with energy ` +
      `${decision.energy.toFixed(0)} of 100.`,
    goalSentence(decision),
    imageSentence(decision),
    attentionSentence(decision),
    repetitionSentence(decision),
    evidenceSentence(decision),
    ...refinementSentences(decision),
    budgetSentence(decision),
    `Action: ${sentence(decision.action)}`,
    decision.reason === '' ? '' : `Why: ${sentence(decision.reason)}`,
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
    : `It rests on an image that was ${(stamp_ms - image_stamp_ms).toFixed(0)} ms old.`;
}

function attentionSentence({ salience }: Decision): string {
  const [first, ...rest] = [...salience].sort((a, b) => b.combined - a.combined);
  if (first === undefined) return 'Attention: no source had delivered.';
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
    return [`${source} every ${repeats.period_s.toFixed(1)} s, now at ${percent(turn)} of it`];
  });
  return told.length === 0 ? '' : `Repeats itself: ${told.join('; ')}.`;
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
  return `Shared: ${shares}${patches === '' ? '' : `; in the picture ${patches}`}.`;
}

function refinementSentences({ considered, energies, trust, spent }: Decision): string[] {
  const describe = ({ plugin, value, reason }: Decision['considered'][number]) => {
    const energy = energies[plugin] === undefined ? '' : `, energy ${round(energies[plugin])}`;
    const trusted = trust[plugin] === undefined ? '' : `, trust ${trust[plugin].toFixed(2)}`;
    const cost = spent[plugin] === undefined ? '' : `, spent ${round(spent[plugin])} ATP`;
    return `${plugin} (${reason}; value ${value.toFixed(2)}${energy}${trusted}${cost})`;
  };
  const chosen = considered.filter((option) => option.chosen).map(describe);
  const passed = considered.filter((option) => !option.chosen).map(describe);
  return [
    chosen.length === 0 ? 'Refined: nothing.' : `Refined: ${chosen.join('; ')}.`,
    passed.length === 0 ? '' : `Passed over: ${passed.join('; ')}.`,
  ];
}

function budgetSentence({ budget }: Decision): string {
  const { total_atp, allocated_atp, spent_atp, reserve_atp, since_atp, shares } = budget;
  const parts = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([resource, share]) => `${resource === 'time' ? 'kept for later' : resource} ${percent(share)}`);
  return (
    `Budget: ${round(total_atp)} ATP, of which ${round(spent_atp)} spent (${round(since_atp)} since the record ` +
    `before), ${round(allocated_atp)} held and ${round(reserve_atp)} free` +
    `${parts.length === 0 ? '' : `; shares: ${parts.join(', ')}`}.`
  );
}

function faultSentence(name: string, faults: Decision['faults']): string {
  if (faults.length === 0) return '';
  return `${name}: ${faults.map(({ code, where, text }) => `${code} ${where}: ${text}`).join('; ')}.`;
}

/** A text that ends as a sentence does. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** At most three decimals, without zeros at the end. */
function round(value: number): string {
  return String(Number(value.toFixed(3)));
}
