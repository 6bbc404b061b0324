import { SageError } from '../../contracts/errors.js';
import { ROBOT_TOPICS } from '../topics.js';
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
];

/**
 * The topics to record: those named, or all that SAGE reads and writes; null = every topic of the graph.
 * @throws SageError SAGE_901
 */
export function wantedTopics({ topics, all }: RecordOptions): readonly string[] | null {
  if (all === true && topics.length > 0) throw new SageError('SAGE_901', '--all', 'give it or --topics');
  if (all === true) return null;
  return topics.length > 0 ? topics : [...ROBOT_TOPICS, ...OWN_TOPICS];
}
