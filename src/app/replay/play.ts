import { emitKeypressEvents } from 'node:readline';
import type { Fault } from '../../contracts/errors.js';
import type { Bag, BagOptions, BagTopic } from '../../replay/bag.js';
import { isLatched, latchedBefore } from '../../replay/latched-before.js';
import { openBag } from '../../replay/open-bag.js';
import type { Playback } from '../../replay/playback.js';
import { INPUT_TYPE } from '../../ros/input-message.js';
import { RUN_TYPE } from '../../ros/input-teller.js';
import { openPlayer, type PlayedInputs, type Player } from '../../ros/player.js';
import { rangeOf } from './moments.js';
import { playedInputs } from './played-inputs.js';
import { ownTopic, recordedInputs } from './recorded-run.js';
import { selectedTopics, unknownTopics } from './selected-topics.js';
import { timeBaseOf } from './sim-time.js';

export interface PlayRequest {
  readonly bag: string;
  readonly rosArgs: readonly string[];
  readonly remap: ReadonlyMap<string, string>;
  readonly topics: readonly string[];
  readonly exclude: readonly string[];
  readonly start_s: number;
  readonly duration_s: number | null;
  readonly rate: number;
  readonly loop: boolean;
  readonly paused: boolean;
  readonly delay_s: number;
  /** Whether /clock is that of the bag; null = as the stamps in the bag are. */
  readonly use_sim_time: boolean | null;
  readonly best_effort: boolean;
  /** Takes keys of the terminal: space, s, q. */
  readonly keys: boolean;
  readonly say: (text: string) => void;
  /** Told now and then how far it has come. */
  readonly onStatus?: (text: string) => void;
  /** Told while a packed file of the bag is unpacked: its name, and how much of it was, 0..1. */
  readonly onUnpacking: NonNullable<BagOptions['onUnpacking']>;
}

/** What a playing came to. */
export interface PlayResult {
  readonly bag: string;
  readonly messages: number;
  readonly rounds: number;
  readonly wall_s: number;
  readonly skipped: readonly Fault[];
}

/** What of a bag is played, and under which names. */
interface Choice {
  readonly remap: ReadonlyMap<string, string>;
  readonly topics: ReadonlySet<string> | null;
}

const FAULTS_MAX = 50;
const STATUS_EVERY_MS = 200;
/** Of these there are some where somebody commanded the arm while the bag was recorded. */
const COMMANDING: ReadonlySet<string> = new Set(['trajectory_msgs/msg/JointTrajectory', RUN_TYPE]);

/**
 * Plays a bag on the graph until its end, until a signal, or until `q`.
 * @throws SageError of the bag (10xx) or the graph (803, 901)
 */
export async function playOnGraph(request: PlayRequest): Promise<PlayResult> {
  const skipped: Fault[] = [];
  const onFault = (fault: Fault): void => {
    if (skipped.length < FAULTS_MAX) skipped.push(fault);
  };
  const { best_effort, onUnpacking } = request;
  const bag = await openBag(request.bag, { best_effort, onFault, onUnpacking });
  try {
    const { start_ms, end_ms } = rangeOf(bag, null, request);
    const { rosArgs, remap, rate, loop, paused, say } = request;
    const topics = selectedTopics(bag, request);
    const unknown = unknownTopics(bag, request);
    if (unknown.length > 0) say(`not in the bag: ${unknown.join(', ')}`);
    const heard = bag.topics.filter(({ topic }) => topics?.has(topic) !== false);
    const wanted = request.use_sim_time;
    const time = timeBaseOf({ bag, topics: heard, remap, wanted, start_ms, end_ms });
    if (time.notice !== null) say(time.notice);
    for (const text of unanswered(bag)) say(text);
    const clock = time.clock?.topic ?? null;
    const delay_ms = request.delay_s * 1000;
    const times = { start_ms, end_ms, rate, delay_ms };
    const begin_ms = time.clock === null ? start_ms + time.offset_ms : time.first_ms;
    const player = await openPlayer({
      bag,
      rosArgs,
      topics,
      named: new Set(request.topics),
      remap,
      clock,
      offset_ms: time.offset_ms,
      loop,
      paused,
      latched: latchedBefore(bag, heard.filter(stands), start_ms),
      inputs: inputsOf(bag, { remap, topics, begin_ms }, onFault),
      onNotice: say,
      ...times,
    });
    const played_ms = performance.now();
    say(toldStart(request, end_ms - start_ms));
    const release = steer(player, request.keys, say);
    const status = setInterval(() => {
      request.onStatus?.(toldStatus(player.playback, start_ms, end_ms));
    }, STATUS_EVERY_MS);
    try {
      await player.ended;
    } finally {
      clearInterval(status);
      release();
      player.close();
    }
    const { published, rounds } = player.playback;
    const wall_s = (performance.now() - played_ms) / 1000;
    return { bag: request.bag, messages: published, rounds, wall_s, skipped };
  } finally {
    bag.close();
  }
}

function toldStart({ bag, rate, loop, start_s, paused }: PlayRequest, length_ms: number): string {
  const from = start_s > 0 ? ` from ${start_s} s on` : '';
  const how = [
    rate === 1 ? '' : `at ${rate} times its speed`,
    loop ? 'in a loop' : '',
    paused ? 'paused' : '',
  ];
  return [`playing ${(length_ms / 1000).toFixed(1)} s of ${bag}${from}`, ...how.filter(Boolean)].join(', ');
}

/** `3.2 of 17.4 s, round 2, paused`. */
export function toldStatus(
  { time_ms, rounds, paused }: Pick<Playback, 'time_ms' | 'rounds' | 'paused'>,
  start_ms: number,
  end_ms: number,
): string {
  const length_s = (end_ms - start_ms) / 1000;
  const at_s = Math.min(length_s, Math.max(0, (time_ms - start_ms) / 1000));
  const round = rounds === 0 ? [] : [`round ${rounds + 1}`];
  return [`${at_s.toFixed(1)} of ${length_s.toFixed(1)} s`, ...round, ...(paused ? ['paused'] : [])].join(
    ', ',
  );
}

/** What a node that hears a bag cannot do: move the arm in it. */
function unanswered(bag: Bag): readonly string[] {
  const moved = bag.topics.some(({ type, messages }) => COMMANDING.has(type) && messages !== 0);
  return moved
    ? [
        'the arm in this bag moves as recorded: a live node decides for itself, and holds where that arm ' +
          'does not follow (SAGE_708); to reproduce the run, replay without --graph',
      ]
    : [];
}

/** Latched topics of the robot; of what stands in `sage/inputs` the player knows better. */
function stands(topic: BagTopic): boolean {
  return topic.type !== INPUT_TYPE && isLatched(topic, false);
}

/** What is played of `sage/inputs`; what is unreadable is reported, and the rest of the bag is played. */
function inputsOf(
  bag: Bag,
  { remap, topics, begin_ms }: Choice & { readonly begin_ms: number },
  onFault: (fault: Fault) => void,
): PlayedInputs | null {
  const topic = ownTopic(bag, remap, 'inputs');
  if (topic === null || topics?.has(topic.topic) === false) return null;
  const inputs = recordedInputs(bag, topic, (error) => onFault(error.toFault()));
  return playedInputs(topic.topic, inputs, begin_ms);
}

/** Signals end it; keys pause, step and end it. Returns what undoes that. */
function steer(player: Player, keys: boolean, say: (text: string) => void): () => void {
  const stop = (): void => player.close();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const released = keys ? onKeys(player, say) : () => {};
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    released();
  };
}

function onKeys(player: Player, say: (text: string) => void): () => void {
  const { stdin } = process;
  const { playback } = player;
  say('space: pause or resume; s: next message while paused; q: quit');
  const press = (_: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.name === 'q' || (key.name === 'c' && key.ctrl === true)) player.close();
    else if (key.name === 'space') {
      playback.toggle();
      say(playback.paused ? 'paused' : 'playing');
    } else if (key.name === 's' || key.name === 'right') playback.step();
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('keypress', press);
  return () => {
    stdin.off('keypress', press);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
