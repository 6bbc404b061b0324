import type { ReceivedMessage } from '../../../src/replay/record/received-message.js';

export const NOISE = { topic: '/noise', type: 'std_msgs/msg/String' };
export const ROBOT = { topic: '/robot_description', type: 'std_msgs/msg/String' };

/** std_msgs/String of so many characters, as it goes over the wire. */
export function text(
  topic: typeof NOISE,
  time_ms: number,
  word: string,
  length = word.length,
): ReceivedMessage {
  const body = word.padEnd(length, '.');
  const data = Buffer.alloc(4 + 4 + body.length + 1);
  data.writeUInt8(1, 1);
  data.writeUInt32LE(body.length + 1, 4);
  data.write(body, 8, 'latin1');
  return { topic, time_ms, data };
}
