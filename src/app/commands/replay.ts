import { SageError } from '../../contracts/errors.js';
import { requireApart } from '../../replay/output-folder.js';
import { EXIT, passing, print, printJson } from '../output.js';
import type { ReplayRequest } from '../replay/material.js';
import type { ReplayResult } from '../replay/run.js';
import { replayWith } from '../replay/staged.js';
import type { SuiteEntry } from '../replay/suite.js';
import type { ReplayOptions } from './replay-options.js';

/** `sage replay`: a bag through SAGE. @throws SageError of the configuration, the bag or the models. */
export async function runReplay(
  bag: string | null,
  options: ReplayOptions,
  rosArgs: readonly string[],
): Promise<number> {
  if (options.graph === true) return runPlay(bag, options, rosArgs);
  refuseGraphOptions(options, rosArgs);
  refuseOverwriting(bag, options);
  if (options.suite !== undefined) return runSuite(options.suite, bag, options);
  if (options.against !== undefined) {
    const { replayAgainst } = await import('./replay-against.js');
    return replayAgainst(requestOf(bag, options), { ...options, against: options.against });
  }
  if (options.junit !== undefined) throw new SageError('SAGE_901', '--junit', 'it needs --against');
  const loadRun = async () => (await import('../replay/run.js')).runOn;
  const result = await replayWith(requestOf(bag, options), loadRun);
  if (options.json === true) printJson(result);
  else print(told(result));
  return EXIT.done;
}

/** Options as the code names them and as they are typed. */
const GRAPH_ONLY = {
  rate: '--rate',
  loop: '--loop',
  startPaused: '--start-paused',
  delay: '--delay',
} as const;
const OFFLINE_ONLY = {
  log: '--log',
  from: '--from',
  costs: '--costs',
  suite: '--suite',
  against: '--against',
  junit: '--junit',
  verify: '--verify',
} as const;

/** The first of these options that was given, as it is typed; null where none was. */
function given(options: ReplayOptions, names: Readonly<Record<string, string>>): string | null {
  const key = Object.keys(names).find((name) => options[name as keyof ReplayOptions] !== undefined);
  return key === undefined ? null : (names[key] ?? null);
}

/** @throws SageError SAGE_901 where an output is an input, or somebody's recording */
function refuseOverwriting(bag: string | null, { log, junit, from, against, suite }: ReplayOptions): void {
  const inputs = [bag ?? undefined, from, against, suite];
  if (log !== undefined) requireApart({ option: '--log', path: log, log: true }, inputs);
  if (junit !== undefined) requireApart({ option: '--junit', path: junit }, [...inputs, log]);
}

function refuseGraphOptions(options: ReplayOptions, rosArgs: readonly string[]): void {
  const option = given(options, GRAPH_ONLY);
  if (option !== null) throw new SageError('SAGE_901', option, 'it has a meaning with --graph alone');
  if (rosArgs.length > 0)
    throw new SageError('SAGE_901', '--ros-args', 'they have a meaning with --graph alone');
}

/** The bag on the ROS graph. */
async function runPlay(
  bag: string | null,
  options: ReplayOptions,
  rosArgs: readonly string[],
): Promise<number> {
  const option = given(options, OFFLINE_ONLY);
  if (option !== null) throw new SageError('SAGE_901', option, 'it has no meaning with --graph');
  for (const [name, values] of [
    ['--config', options.config],
    ['--set', options.set],
  ] as const) {
    if (values.length > 0)
      throw new SageError(
        'SAGE_901',
        name,
        'it has no meaning with --graph: give it to the node that listens',
      );
  }
  if (bag === null) throw new SageError('SAGE_901', 'sage replay --graph', 'a bag is missing');
  const { playOnGraph } = await import('../replay/play.js');
  const {
    remap,
    topics,
    exclude,
    start,
    duration,
    rate = 1,
    loop,
    startPaused,
    delay = 1,
    useSimTime,
    bestEffort,
    json,
  } = options;
  const result = await playOnGraph({
    bag,
    rosArgs,
    remap: new Map(remap),
    topics,
    exclude,
    start_s: start,
    duration_s: duration ?? null,
    rate,
    loop: loop === true,
    paused: startPaused === true,
    delay_s: delay,
    use_sim_time: useSimTime ?? null,
    best_effort: bestEffort === true,
    keys: process.stdin.isTTY === true && process.stdout.isTTY === true && json !== true,
    onStatus: passing,
    say: (text) => {
      passing('');
      process.stderr.write(`${text}\n`);
    },
    onUnpacking: tellUnpacking,
  });
  if (json === true) printJson(result);
  else
    print(
      [
        `${result.bag}: ${result.messages} messages in ${result.wall_s.toFixed(1)} s`,
        ...leftOut(result),
      ].join('\n'),
    );
  return EXIT.done;
}

/** Every bag of a folder; exit code 0 only where each could be replayed. */
async function runSuite(folder: string, bag: string | null, options: ReplayOptions): Promise<number> {
  if (bag !== null || options.from !== undefined) {
    throw new SageError('SAGE_901', '--suite', 'it stands alone: no bag and no --from beside it');
  }
  if (options.against !== undefined) {
    const { suiteAgainst } = await import('./replay-against.js');
    return suiteAgainst(folder, requestOf(null, options), { ...options, against: options.against });
  }
  const { replaySuite } = await import('../replay/suite.js');
  const entries = await replaySuite(folder, requestOf(null, options), (entry) => {
    if (options.json !== true) print(toldOf(entry));
  });
  const failed = entries.filter(({ fault }) => fault !== null);
  if (options.json === true) printJson({ suite: folder, ok: failed.length === 0, bags: entries });
  else print(`${entries.length - failed.length} of ${entries.length} bags replayed`);
  return failed.length === 0 ? EXIT.done : EXIT.failed;
}

function toldOf({ name, result, fault }: SuiteEntry): string {
  if (result === null) return `${name}: ${fault?.code} ${fault?.where}: ${fault?.text}`;
  const { bag_s, wall_s, decisions, states, log_sha256 } = result;
  const hash = log_sha256 === null ? '' : `, log ${log_sha256.slice(0, 12)}`;
  const took = `${bag_s.toFixed(1)} s in ${wall_s.toFixed(wall_s < 1 ? 2 : 1)} s`;
  const head = `${name}: ${took}, ${counted(decisions, 'decision')}, ${states.join(' ')}${hash}`;
  const warned = result.warnings.map(({ code, where, text }) => `  ${code} ${where}: ${text}`);
  return [head, ...warned, ...leftOut(result)].join('\n');
}

function requestOf(bag: string | null, options: ReplayOptions): ReplayRequest {
  return {
    bag,
    log: options.log ?? null,
    from: options.from ?? null,
    costs: options.costs ?? (options.from === undefined ? 'auto' : 'recorded'),
    config: options.config,
    set: options.set,
    remap: new Map(options.remap),
    topics: options.topics,
    exclude: options.exclude,
    start_s: options.start,
    duration_s: options.duration ?? null,
    ...(options.useSimTime === undefined ? {} : { use_sim_time: options.useSimTime }),
    best_effort: options.bestEffort === true,
    verify: options.verify === true,
    onUnpacking: tellUnpacking,
    onProgress: progressTeller(bag ?? options.from ?? options.suite ?? ''),
  };
}

/** How often the terminal is written to, ms; a cycle is a thousand times as fast. */
const TELL_EVERY_MS = 200;

/** On a terminal: how far the replay has come, from the first second on. Elsewhere nothing. */
function progressTeller(name: string): (done_s: number, of_s: number | null) => void {
  if (process.stderr.isTTY !== true) return () => {};
  let told_ms = performance.now();
  return (done_s, of_s) => {
    const now_ms = performance.now();
    if (now_ms - told_ms < TELL_EVERY_MS) return;
    told_ms = now_ms;
    const of = of_s === null || !Number.isFinite(of_s) ? '' : ` of ${of_s.toFixed(1)}`;
    passing(`replaying ${name}: ${done_s.toFixed(1)}${of} s`);
  };
}

function tellUnpacking(file: string, fraction: number): void {
  passing(fraction < 1 ? `decompressing ${file}: ${Math.floor(fraction * 100)} %` : '');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** What the bag lacks, for people. A replay without a goal pursues none: it says where goals are that came another way. */
export function lacking({ missing, costs }: Pick<ReplayResult, 'missing' | 'costs'>): readonly string[] {
  if (missing.length === 0) return [];
  const lines = [`  not in the bag: ${missing.join(', ')}`];
  // One that follows a log has its goals from there.
  if (missing.includes('sage/goal') && costs === 'declared') {
    lines.push(
      '  no goal in the bag: sage record keeps all of them, also those of the live view (/sage/inputs)',
    );
  }
  return lines;
}

function leftOut({ skipped }: Pick<ReplayResult, 'skipped'>): string[] {
  return skipped.map(({ code, where, text }) => `  left out: ${code} ${where}: ${text}`);
}

function told(result: ReplayResult): string {
  const { bag_s, wall_s, speed, cycles, decisions, actions, states } = result;
  const took = `${bag_s.toFixed(1)} s in ${wall_s.toFixed(wall_s < 1 ? 2 : 1)} s`;
  const lines = [
    `${result.bag ?? 'log'}: ${took} (${speed.toFixed(0)} times real time), ${counted(cycles, 'cycle')}`,
    ...result.topics.map(({ name, topic, type }) => `  ${name}: ${topic} (${type})`),
    ...lacking(result),
    ...result.notices.map((text) => `  note: ${text}`),
    ...result.warnings.map(({ code, where, text }) => `  ${code} ${where}: ${text}`),
    ...result.faults.map(
      (fault) =>
        `  ${fault.code} ${fault.where}: ${fault.text} (${fault.cycles} of ${counted(cycles, 'cycle')})`,
    ),
    `${counted(decisions, 'decision')}, ${counted(actions, 'command')} to the effectors; ${states.join(', ') || 'no cycle'}`,
    ...(result.parted === null
      ? []
      : [`  ${result.parted.code} ${result.parted.where}: ${result.parted.text}`]),
    ...leftOut(result),
  ];
  if (result.skipped_count > result.skipped.length) lines.push(`  left out: ${result.skipped_count} in all`);
  if (result.log !== null) lines.push(`log: ${result.log} (sha256 ${result.log_sha256})`);
  return lines.join('\n');
}
