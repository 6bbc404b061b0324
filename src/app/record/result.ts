import { SageError } from '../../contracts/errors.js';
import { type MissingMessages, missingText } from '../../replay/record/missing-messages.js';
import { similar } from '../nearest.js';
import type { TopicTally } from './tally.js';

const MB = 1e6;

/** What a recording came to. */
export interface RecordResult {
  readonly bag: string | null;
  readonly messages: number;
  /** Messages that are still in the bag: with --max-total-mb the oldest files are deleted. Null of a black box. */
  readonly kept: number | null;
  readonly bytes: number;
  /** Messages that are missing, as far as that is known: dropped by the middleware, or left out. */
  readonly lost: number;
  /** Of these, those that were left out since too much waited to be written. */
  readonly left_out: number;
  /** Which, by topic. */
  readonly losses: readonly MissingMessages[];
  readonly topics: number;
  /** What was recorded of each of them. */
  readonly by_topic: readonly TopicTally[];
  readonly boxes: readonly string[];
  /** Boxes that could not be written. */
  readonly boxes_failed: number;
  readonly seconds: number;
  /** Topics that never came up: of those named with `--topics`, or of those that a replay cannot do without. */
  readonly missing: readonly string[];
}

/** The result for people. */
export function toldResult(result: RecordResult): string {
  const { bag, messages, kept, bytes, losses, by_topic, boxes, boxes_failed, seconds, missing } = result;
  const what = `${messages} messages of ${by_topic.length} topics in ${seconds.toFixed(1)} s`;
  const failed = boxes_failed > 0 ? `; ${boxes_failed} could not be written` : '';
  const head =
    bag === null
      ? `${what}; ${boxes.length} black box${boxes.length === 1 ? '' : 'es'} saved${failed}`
      : `${bag}: ${what}, ${(bytes / MB).toFixed(1)} MB`;
  const deleted =
    kept === null || kept === messages ? [] : [`the oldest files were deleted; ${kept} messages are left`];
  return [
    head,
    ...deleted,
    ...(bag === null ? [] : by_topic.map(toldTopic)),
    ...(missing.length > 0 ? [`nobody published ${missing.join(', ')}`] : []),
    ...(losses.length > 0 ? [missingFault(losses).message] : []),
  ].join('\n');
}

function toldTopic({ topic, messages, rate_hz }: TopicTally): string {
  return `  ${topic}: ${messages}${rate_hz === null ? '' : ` (${rate_hz.toFixed(1)} Hz)`}`;
}

/** What a recorder found when it has looked for its topics for a while. */
export interface EarlyLook {
  readonly found: number;
  /** Names that nobody publishes. */
  readonly missing: readonly string[];
  /** Every topic there is. */
  readonly graph: readonly string[];
  readonly domain: string;
  /** Whether it is known what time it is: with use_sim_time, once there is a /clock. */
  readonly dated: boolean;
}

/** What a recorder says then; null where it has found all of them. */
export function toldEarly({ found, missing, graph, domain, dated }: EarlyLook): string | null {
  if (!dated)
    return 'use_sim_time is set and there is no /clock yet; nothing is recorded before it, except latched topics';
  if (missing.length > 0) {
    const names = missing.map((name) => {
      const meant = name.includes('*') ? null : similar(name, graph);
      return meant === null ? name : `${name} (did you mean ${meant}?)`;
    });
    return `nobody publishes ${names.join(', ')} yet; waiting`;
  }
  if (found > 0) return null;
  return `nothing to record yet: no publisher of a recorded topic in ROS_DOMAIN_ID ${domain}; waiting`;
}

/** What a recorder of SAGE's own topics says of those that a replay cannot do without; null where there are all. */
export function toldNeeded(missing: readonly string[]): string | null {
  if (missing.length === 0) return null;
  return `nobody publishes ${missing.join(', ')} yet; if they have other names on this robot, pass --config`;
}

export function missingFault(losses: readonly MissingMessages[]): SageError {
  return new SageError('SAGE_1030', 'recording', missingText(losses));
}
