/**
 * What a robot does with noisy utterances by the rules, by the model, and by the rules with the model behind them as the
 * loop has it: `npx tsx bench/language.bench.ts --utterances FILE [--limit 1000] [--confidence 0.9] [--json]`.
 * FILE comes from `training/language/utterances.py --split test --count 1000 --json FILE`. The model runs in its host,
 * with the plugin's own halting.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { SageError } from '../src/contracts/errors.js';
import type { Meaning } from '../src/contracts/language.js';
import type { GoalReading } from '../src/contracts/observation.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import { haltAfterStep } from '../src/irp/index.js';
import { parseGoal, unparsedText } from '../src/kernel/goals/parse.js';
import { createModelHost } from '../src/models/index.js';
import { createLanguagePlugin } from '../src/plugins/language/index.js';

const { values } = parseArgs({
  options: {
    utterances: { type: 'string' },
    limit: { type: 'string', default: '1000' },
    confidence: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const row = z.object({ text: z.string(), clean: z.string(), verb: z.string(), colour: z.string(), kind: z.string() });
type Row = z.infer<typeof row>;
if (values.utterances === undefined) throw new Error('name a file: --utterances FILE');
const rows: Row[] = readFileSync(values.utterances, 'utf8')
  .trim()
  .split('\n')
  .slice(0, Number(values.limit))
  .map((line) => row.parse(JSON.parse(line)));
const parameters = defaultParameters();
const confidence_min = Number(values.confidence ?? parameters.language.confidence_min);
const host = createModelHost({ parameters: { ...parameters.models, nice: 0 } });
const plugin = createLanguagePlugin({ inference: host, parameters });

const readingOf = (text: string): GoalReading => ({
  kind: 'goal',
  source: 'goal',
  stamp_ms: 0,
  received_ms: 0,
  goal_id: '',
  text,
  priority: 0,
  deadline_s: 0,
});

function byRules(text: string): Meaning | null {
  try {
    return parseGoal(readingOf(text));
  } catch (thrown) {
    if (thrown instanceof SageError) return null;
    throw thrown;
  }
}

const steps: number[] = [];
const times_ms: number[] = [];

async function byModel(text: string): Promise<Meaning | null> {
  const part = unparsedText(readingOf(text)) ?? text;
  const begun = performance.now();
  const context = (step_idx: number) => ({ step_idx, random: () => 0, signal: new AbortController().signal });
  try {
    let state = await plugin.initState({ goal_id: '', text: part }, context(0));
    const energies = [plugin.energy(state)];
    for (let step = 1; ; step++) {
      state = await plugin.step(state, context(step));
      energies.push(plugin.energy(state));
      if (haltAfterStep(plugin, energies, state, null, step, plugin.limits.max_steps) === null) continue;
      steps.push(step);
      times_ms.push(performance.now() - begun);
      const { meaning, confidence } = plugin.answer(state);
      const needed = meaning?.verb === 'stop' ? parameters.language.stop_confidence_min : confidence_min;
      return confidence >= needed ? meaning : null;
    }
  } catch (thrown) {
    if (thrown instanceof SageError && thrown.code === 'SAGE_401') return null;
    throw thrown;
  }
}

/** As the loop does it: the rules first, and nothing is guessed where guessing could do harm. */
function byBoth(text: string, rules: Meaning | null, model: Meaning | null): Meaning | null {
  if (rules !== null) return rules;
  return unparsedText(readingOf(text)) === null ? null : model;
}

function same(meaning: Meaning, { verb, colour, kind }: Row): boolean {
  if (meaning.verb !== verb) return false;
  if (meaning.target === null) return colour === 'none' && kind === 'none';
  return (meaning.target.colour ?? 'none') === colour && (meaning.target.kind ?? 'none') === kind;
}

class Tally {
  private commands = 0;
  private rightly = 0;
  private wrongly = 0;
  private all = 0;

  add(meaning: Meaning | null, truth: Row): void {
    this.all += 1;
    if (truth.verb !== 'unknown') this.commands += 1;
    if (meaning === null) return;
    if (same(meaning, truth)) this.rightly += 1;
    else this.wrongly += 1;
  }

  /** Shares with their 95 % Wilson intervals. */
  get result() {
    return {
      commands_done: share(this.rightly, this.commands),
      done_wrongly: share(this.wrongly, this.all),
    };
  }
}

function share(count: number, of: number): { readonly value: number; readonly low: number; readonly high: number } {
  const z2 = 1.96 ** 2;
  const p = count / of;
  const middle = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (1.96 / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return { value: round(p), low: round(middle - half), high: round(middle + half) };
}

const quantile = (of: readonly number[], q: number) =>
  [...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(q * of.length))] ?? Number.NaN;

await host.ready();
const tallies = { rules: new Tally(), model: new Tally(), both: new Tally() };
for (const truth of rows) {
  const rules = byRules(truth.text);
  const model = await byModel(truth.text);
  tallies.rules.add(rules, truth);
  tallies.model.add(model, truth);
  tallies.both.add(byBoth(truth.text, rules, model), truth);
}
await host.close();
const result = {
  utterances: rows.length,
  confidence_min,
  rules: tallies.rules.result,
  model: tallies.model.result,
  both: tallies.both.result,
  steps: { median: quantile(steps, 0.5), p95: quantile(steps, 0.95) },
  time_ms: { p50: quantile(times_ms, 0.5), p95: quantile(times_ms, 0.95) },
};
if (values.json === true) console.log(JSON.stringify(result));
else {
  const percent = ({ value, low, high }: { value: number; low: number; high: number }) =>
    `${(value * 100).toFixed(1)} % [${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]`;
  console.log(`${rows.length} utterances, confidence from ${confidence_min}`);
  for (const who of ['rules', 'model', 'both'] as const) {
    const { commands_done, done_wrongly } = result[who];
    console.log(`${who.padEnd(6)} commands done ${percent(commands_done)}, done wrongly ${percent(done_wrongly)}`);
  }
  console.log(`steps median ${result.steps.median}, p95 ${result.steps.p95}`);
  console.log(`time p50 ${result.time_ms.p50.toFixed(1)} ms, p95 ${result.time_ms.p95.toFixed(1)} ms`);
}
