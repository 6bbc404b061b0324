import type { AnyReading } from '../../contracts/observation.js';
import type { RunInput, SaidReading } from '../../contracts/run-input.js';
import { inputMessage } from '../../ros/input-message.js';
import type { PlayedInputs } from '../../ros/player.js';
import { type RecordedInput, standingAt } from './recorded-run.js';

/**
 * What is played of `sage/inputs`, round by round. A node keeps what a round told it: the next one first takes back what
 * the round before left standing, goals and stops, and its goals have ids of their own. Otherwise a goal that is still
 * pursued would be refused when it comes again (SAGE_410).
 * @param topic of the bag
 * @param begin_ms when the part that is played begins, by the clock of the node in the bag
 */
export function playedInputs(
  topic: string,
  inputs: readonly RecordedInput[],
  begin_ms: number,
): PlayedInputs {
  const standing = standingAt(inputs, begin_ms);
  const coming = inputs.filter(({ stamp_ms }) => stamp_ms >= begin_ms);
  // By when they were recorded: what a later file of the bag begins with was played already.
  const heard = new Map(coming.map((each) => [keyOf(each), each]));
  const left = takenBack([...standing, ...coming]);
  const bytes = ({ input, stamp_ms, data }: RecordedInput, round: number): Uint8Array | object => {
    const renamed = round === 0 ? null : ofRound(input, round);
    return renamed === null ? data : inputMessage(renamed, { stamp_ms, cycle: 0 });
  };
  return {
    topic,
    begin: (round) => [
      ...(round === 0 ? [] : left(begin_ms, round - 1)),
      ...standing.map((each) => bytes(each, round)),
    ],
    said: (message, round) => {
      const input = heard.get(keyOf(message));
      return input === undefined ? null : bytes(input, round);
    },
  };
}

/** Several may have been recorded at one moment. */
function keyOf({ time_ms, data }: Pick<RecordedInput, 'time_ms' | 'data'>): string {
  return `${time_ms} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')}`;
}

/** What takes back goals, a stop and the emergency stop; nothing where there is none to take back. */
function takenBack(inputs: readonly RecordedInput[]): (stamp_ms: number, round: number) => readonly object[] {
  const said = inputs.flatMap(({ input }) => (input.kind === 'said' ? [input.reading] : []));
  const goals = said.flatMap((reading) => (reading.kind === 'goal' ? [reading.goal_id] : []));
  const stopped = said.some((reading) => reading.kind === 'operator' && reading.request === 'stop');
  const pressed = said.some((reading) => reading.kind === 'emergency_stop' && reading.pressed);
  return (stamp_ms, round) => {
    const at = { stamp_ms, received_ms: stamp_ms };
    const request = (what: 'cancel' | 'resume', argument: string): SaidReading => ({
      kind: 'operator',
      source: 'operator',
      ...at,
      request: what,
      argument,
    });
    const readings: SaidReading[] = [
      ...goals.map((goal_id) => request('cancel', idIn(goal_id, round))),
      ...(pressed
        ? [{ kind: 'emergency_stop', source: 'emergency_stop', ...at, pressed: false } as const]
        : []),
      ...(stopped ? [request('resume', '')] : []),
    ];
    return readings.map((reading) => inputMessage({ kind: 'said', reading }, { stamp_ms, cycle: 0 }));
  };
}

/** An input with the ids of a round; null where it names no goal. */
function ofRound(input: RunInput, round: number): RunInput | null {
  if (input.kind !== 'said') return null;
  const { reading } = input;
  if (reading.kind === 'goal')
    return { kind: 'said', reading: { ...reading, goal_id: idIn(reading.goal_id, round) } };
  if (isCancel(reading))
    return { kind: 'said', reading: { ...reading, argument: idIn(reading.argument, round) } };
  return null;
}

function isCancel(reading: AnyReading): reading is Extract<SaidReading, { kind: 'operator' }> {
  return reading.kind === 'operator' && reading.request === 'cancel';
}

/** `console-1` is `console-1#2` in the second round. */
function idIn(goal_id: string, round: number): string {
  return round === 0 ? goal_id : `${goal_id}#${round + 1}`;
}
