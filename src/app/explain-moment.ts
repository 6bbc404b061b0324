import type { Decision } from '../contracts/decision.js';
import type { LogCycle } from '../contracts/log.js';
import { changeText } from '../replay/change-text.js';
import type { FoundMoment } from './decision-log.js';
import { explainDecision } from './explain.js';

/** A decision that is as old as this still counts as that of the moment, ms. */
const JUST_NOW_MS = 5;

/** A moment of a log in plain words: how things stood, since when, and the decision that held. */
export function explainMoment(found: FoundMoment): string {
  return [...momentSentences(found), '', explainDecision(found.decision)].join('\n');
}

function momentSentences(found: FoundMoment): string[] {
  const { decision, cycle, next, begin_ms, until_ms, beyond } = found;
  const after = (time_ms: number): string => `+${((time_ms - begin_ms) / 1000).toFixed(2)} s`;
  const last_ms = cycle?.now_ms ?? decision.stamp_ms;
  const when = beyond
    ? endSentence(after(last_ms), until_ms > last_ms ? after(until_ms) : null)
    : `At ${after(until_ms)}`;
  const age_ms = (beyond ? last_ms : until_ms) - decision.stamp_ms;
  const since =
    age_ms < JUST_NOW_MS
      ? 'The decision of this cycle'
      : `The decision made ${(age_ms / 1000).toFixed(2)} s earlier was still in force`;
  const until = next === null ? 'it is the last one' : `the next one came at ${after(next.stamp_ms)}`;
  return [
    `${when}${cycle === null ? '' : `, cycle ${cycle.cycle}: ${standing(cycle)}`}.`,
    ...(cycle === null || cycle.cycle === decision.cycle ? [] : changes(cycle, decision)),
    ...changedSentence(found),
    `${since}; ${until}:`,
  ];
}

/** `asked`: the time that was asked for; null where it was a cycle, of which nobody knows when it would have been. */
function endSentence(end: string, asked: string | null): string {
  return asked === null
    ? `The log ends before that cycle, at ${end}`
    : `The log ends at ${end}, before ${asked}`;
}

/** What was other than at the start: a node that is active and a first load are as it should be. */
function changedSentence({ changes: made }: FoundMoment): string[] {
  const told = made.filter(
    (change) =>
      !(change.kind === 'lifecycle' && change.state === 'active') &&
      !(change.kind === 'model' && change.event === 'load' && change.fault === null),
  );
  return told.length === 0 ? [] : [`Since the start: ${told.map(changeText).join('; ')}.`];
}

function standing({ state, energy, goal }: LogCycle): string {
  const pursued =
    goal === null ? 'no goal' : `goal "${goal.text}"${goal.step === '' ? '' : `, step ${goal.step}`}`;
  return `${state} with energy ${energy.toFixed(0)} of 100, ${pursued}`;
}

/** What had changed since the decision, of what it rests on. */
function changes({ salience, faults }: LogCycle, decision: Decision): string[] {
  const then = new Map(decision.salience.map(({ source, combined }) => [source, combined]));
  const told = salience
    .filter(({ source }) => then.has(source))
    .map(({ source, combined, stale }) => {
      const moved = `${source} ${then.get(source)!.toFixed(2)} → ${combined.toFixed(2)}`;
      return stale ? `${moved} (stale)` : moved;
    });
  const wrong = faults.map(({ code, where, text }) => `${code} ${where}: ${text}`);
  return [
    ...(told.length === 0 ? [] : [`Attention since the decision: ${told.join(', ')}.`]),
    ...(wrong.length === 0 ? [] : [`Faults: ${wrong.join('; ')}.`]),
  ];
}
