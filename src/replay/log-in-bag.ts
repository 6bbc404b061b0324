import { SageError } from '../contracts/errors.js';
import { type Bag, type BagTopic, namedOrOnly } from './bag.js';
import { decoderOf } from './decode.js';
import { beginsRun, type LogReaderOptions, type OpenLog, openLines } from './log-reader.js';
import { isLogTopic, LOG_TOPIC } from './log-topic.js';

const TYPE = 'std_msgs/msg/String';

/** The bag's topic of the log of the run that it is of; null where it has none. */
export function logTopic(bag: Bag, remap: ReadonlyMap<string, string>): BagTopic | null {
  const alike = bag.topics.filter(({ type, topic, messages }) => {
    return type === TYPE && messages !== 0 && isLogTopic(remap.get(topic) ?? topic);
  });
  return namedOrOnly(alike, LOG_TOPIC, remap);
}

/**
 * Opens the log that is in a bag; null where it does not begin with the run, and so cannot be followed.
 * @throws SageError SAGE_1021 for a log of another version; from the reading SAGE_1022 where some of it is missing
 */
export async function openLogInBag(
  bag: Bag,
  topic: BagTopic,
  options: LogReaderOptions,
): Promise<OpenLog | null> {
  const decode = decoderOf(topic);
  const where = `${bag.name} ${topic.topic}`;
  for (const { data } of bag.read({ topics: new Set([topic.topic]) })) {
    if (!beginsRun(textOf(decode(data), where))) return null;
    return openLines(where, () => linesOfLog(bag, topic), { ...options, open_end: true });
  }
  return null;
}

/** The lines of the log in a bag, up to where the node was started again. @throws SageError SAGE_1008 */
export async function* linesOfLog(bag: Bag, topic: BagTopic): AsyncGenerator<string> {
  const decode = decoderOf(topic);
  const where = `${bag.name} ${topic.topic}`;
  let begun = false;
  for (const { data } of bag.read({ topics: new Set([topic.topic]) })) {
    for (const line of textOf(decode(data), where).split('\n')) {
      if (line === '') continue;
      // Where another header comes the node was started again.
      if (begun && beginsRun(line)) return;
      begun = true;
      yield line;
    }
  }
}

function textOf(message: unknown, where: string): string {
  const { data } = message as { readonly data?: unknown };
  if (typeof data === 'string') return data;
  throw new SageError('SAGE_1008', where, 'it holds no text');
}
