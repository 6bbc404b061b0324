/** What a topic lost before it reached the recorder. */
export interface TopicLoss {
  readonly topic: string;
  /** Dropped by the middleware before they were taken, as far as that is known. */
  readonly lost: number;
  /** How often the queue was full and nothing says how many are missing, if any. */
  readonly unclear: number;
}

/** What a recording lacks of a topic. */
export interface MissingMessages extends TopicLoss {
  /** Taken, and then left out since too much waited to be written. */
  readonly left_out: number;
}

/** Topics reported by name. */
const NAMED_MAX = 5;

/** What was lost on the way and what was left out, by topic, the worst first. */
export function missingMessages(
  losses: readonly TopicLoss[],
  left_out: ReadonlyMap<string, number>,
): readonly MissingMessages[] {
  const topics = new Set([...losses.map(({ topic }) => topic), ...left_out.keys()]);
  return [...topics]
    .map((topic) => ({
      lost: 0,
      unclear: 0,
      ...losses.find((loss) => loss.topic === topic),
      topic,
      left_out: left_out.get(topic) ?? 0,
    }))
    .sort((a, b) => b.lost + b.left_out - (a.lost + a.left_out) || b.unclear - a.unclear);
}

/** In one line: `/joint_states: about 900 dropped before they were taken, 12 left out; …`. */
export function missingText(missing: readonly MissingMessages[]): string {
  const named = missing.slice(0, NAMED_MAX).map(({ topic, lost, unclear, left_out }) => {
    const parts = [
      lost > 0 ? `about ${lost} dropped before they were taken` : '',
      left_out > 0 ? `${left_out} left out, since they could not be written fast enough` : '',
      unclear > 0 ? `the queue was full ${unclear} times, how many were dropped is not known` : '',
    ];
    return `${topic}: ${parts.filter(Boolean).join(', ')}`;
  });
  const more = missing.length - named.length;
  return named.join('; ') + (more > 0 ? `; and ${more} more topics` : '');
}
