import { SageError } from '../../contracts/errors.js';
import { type MissingMessages, missingText } from '../../replay/record/missing-messages.js';

const MB = 1e6;

/** What a recording came to. */
export interface RecordResult {
  readonly bag: string | null;
  readonly messages: number;
  readonly bytes: number;
  /** Messages that are missing, as far as that is known: dropped by the middleware, or left out. */
  readonly lost: number;
  /** Of these, those that were left out since too much waited to be written. */
  readonly left_out: number;
  /** Which, by topic. */
  readonly losses: readonly MissingMessages[];
  readonly topics: number;
  readonly boxes: readonly string[];
  /** Boxes that could not be written. */
  readonly boxes_failed: number;
  readonly seconds: number;
  /** Topics that were named with `--topics` and never came up. */
  readonly missing: readonly string[];
}

/** The result for people. */
export function toldResult(result: RecordResult): string {
  const { bag, messages, bytes, losses, topics, boxes, boxes_failed, seconds, missing } = result;
  const what = `${messages} messages of ${topics} topics in ${seconds.toFixed(1)} s`;
  const left =
    (boxes_failed > 0 ? `; ${boxes_failed} could not be written` : '') +
    (missing.length > 0 ? `; nobody published ${missing.join(', ')}` : '') +
    (losses.length > 0 ? `\n${missingFault(losses).message}` : '');
  if (bag === null) return `${what}; ${boxes.length} black box${boxes.length === 1 ? '' : 'es'} saved${left}`;
  return `${bag}: ${what}, ${(bytes / MB).toFixed(1)} MB${left}`;
}

/** What a recorder says when it has looked for its topics for a while; null where it has found them. */
export function toldEarly(found: number, missing: readonly string[], domain: string): string | null {
  if (missing.length > 0) return `nobody publishes ${missing.join(', ')} yet; waiting for it`;
  if (found > 0) return null;
  return `nothing to record yet: nobody publishes what is recorded in ROS_DOMAIN_ID ${domain}; waiting for it`;
}

export function missingFault(losses: readonly MissingMessages[]): SageError {
  return new SageError('SAGE_1030', 'recording', missingText(losses));
}
