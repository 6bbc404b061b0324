import { SageError } from '../../contracts/errors.js';
import type { TopicSelection } from '../../ros/topic-filter.js';
import { isRosName, ROBOT_TOPICS } from '../topics.js';
import type { RecordOptions } from './options.js';

/** What SAGE says and does, beside what it is given; the first four are what its replay needs besides. */
const OWN_TOPICS = [
  'sage/log',
  'sage/run',
  'sage/inputs',
  'sage/models',
  'sage/metabolic_state',
  'sage/telemetry',
  'sage/salience',
  'sage/cycle',
  'sage/decision',
  'diagnostics',
  '/tf_static',
  '/clock',
];

/** Without one of each of these a replay sees or moves nothing: their names are likely others on this robot. */
export const NEEDED: readonly (readonly string[])[] = [
  ['camera/image_raw', 'camera/image_raw/compressed'],
  ['camera/camera_info'],
  ['joint_states'],
  ['robot_description'],
];

/** True where neither --topics nor --all say what to record: it is what SAGE reads and writes then. */
export function isSagesOwn({ topics, all }: RecordOptions): boolean {
  return all !== true && topics.length === 0;
}

/**
 * The topics to record: those named, or all that SAGE reads and writes, or every topic of the graph.
 * @throws SageError SAGE_901 where a name is none
 */
export function wantedTopics(options: RecordOptions): TopicSelection {
  const { topics, all, exclude } = options;
  if (all === true && topics.length > 0)
    throw new SageError('SAGE_901', '--all', 'pass it or --topics, not both');
  for (const name of topics) requireName('--topics', name);
  for (const name of exclude) requireName('--exclude', name);
  if (all === true) return { record: null, exclude };
  return { record: isSagesOwn(options) ? [...ROBOT_TOPICS, ...OWN_TOPICS] : topics, exclude };
}

function requireName(option: string, name: string): void {
  // An asterisk stands for any characters, slashes among them.
  const example = name.replaceAll('*', 'x');
  if (!isRosName(example)) throw new SageError('SAGE_901', option, `'${name}' is not a topic name`);
}
