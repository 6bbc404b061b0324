import { bagTime_ns, type WrittenTopic } from '../bag-writer.js';

/** The layout since Galactic, which every later ROS 2 reads. */
const VERSION = 5;

/** What is in one file of a bag. */
export interface FileMetadata {
  readonly name: string;
  readonly messages: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** Messages by topic. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Metadata of these files (at least one) for rosbag2, as `rosbag2_bagfile_information` of a metadata.yaml. */
export function bagMetadata(
  files: readonly FileMetadata[],
  topics: ReadonlyMap<string, WrittenTopic>,
): Record<string, unknown> {
  const start_ms = Math.min(...files.map((file) => file.start_ms));
  const end_ms = Math.max(...files.map((file) => file.end_ms));
  const counts = new Map<string, number>();
  for (const file of files)
    for (const [topic, count] of file.counts) counts.set(topic, (counts.get(topic) ?? 0) + count);
  return {
    version: VERSION,
    storage_identifier: 'mcap',
    ...span(start_ms, end_ms),
    message_count: files.reduce((sum, { messages }) => sum + messages, 0),
    topics_with_message_count: [...counts].sort().map(([name, message_count]) => ({
      topic_metadata: {
        name,
        type: topics.get(name)?.type ?? '',
        serialization_format: 'cdr',
        offered_qos_profiles: topics.get(name)?.qos ?? '',
      },
      message_count,
    })),
    compression_format: '',
    compression_mode: '',
    relative_file_paths: files.map(({ name }) => name),
    files: files.map((file) => ({
      path: file.name,
      ...span(file.start_ms, file.end_ms),
      message_count: file.messages,
    })),
  };
}

/**
 * To the nanosecond as the messages themselves have it: ros2 bag play leaves out what was recorded before the start, by
 * however little.
 */
function span(start_ms: number, end_ms: number): Record<string, unknown> {
  const start_ns = bagTime_ns(start_ms);
  return {
    starting_time: { nanoseconds_since_epoch: start_ns },
    duration: { nanoseconds: bagTime_ns(end_ms) - start_ns },
  };
}
