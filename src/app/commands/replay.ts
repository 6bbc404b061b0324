import { EXIT, print, printJson } from '../output.js';
import { type ReplayRequest, type ReplayResult, replayOffline } from '../replay/session.js';
import type { ReplayOptions } from './replay-options.js';

/** `sage replay`: a bag through SAGE. @throws SageError of the configuration, the bag or the models. */
export async function runReplay(bag: string | null, options: ReplayOptions): Promise<number> {
  const result = await replayOffline(requestOf(bag, options));
  if (options.json === true) printJson(result);
  else print(told(result));
  return EXIT.done;
}

function requestOf(bag: string | null, options: ReplayOptions): ReplayRequest {
  return {
    bag,
    log: options.log ?? null,
    from: options.from ?? null,
    costs: options.costs ?? (options.from === undefined ? 'declared' : 'recorded'),
    config: options.config,
    set: options.set,
    remap: new Map(options.remap),
    topics: options.topics,
    start_s: options.start,
    duration_s: options.duration ?? null,
    best_effort: options.bestEffort === true,
  };
}

function told(result: ReplayResult): string {
  const { bag_s, wall_s, speed, cycles, decisions, actions, states } = result;
  const lines = [
    `${result.bag ?? 'log'}: ${bag_s.toFixed(1)} s in ${wall_s.toFixed(1)} s (${speed.toFixed(0)} times real time), ${cycles} cycles`,
    ...result.topics.map(({ name, topic, type }) => `  ${name}: ${topic} (${type})`),
    ...result.notices.map((text) => `  note: ${text}`),
    `${decisions} decisions, ${actions} commands to the effectors; ${states.join(', ') || 'no cycle'}`,
    ...(result.parted === null
      ? []
      : [`  ${result.parted.code} ${result.parted.where}: ${result.parted.text}`]),
    ...result.skipped.map(({ code, where, text }) => `  left out: ${code} ${where}: ${text}`),
  ];
  if (result.skipped_count > result.skipped.length) lines.push(`  left out: ${result.skipped_count} in all`);
  if (result.log !== null) lines.push(`log: ${result.log} (sha256 ${result.log_sha256})`);
  return lines.join('\n');
}
