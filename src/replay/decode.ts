import type { MessageReader } from '@foxglove/rosmsg2-serialization';
import { messageOf, SageError } from '../contracts/errors.js';
import { oneFile } from '../contracts/one-file.js';
import type { BagTopic } from './bag.js';
import { KNOWN_DEFINITIONS } from './known-definitions.js';

const { parse } = oneFile('@foxglove/rosmsg') as typeof import('@foxglove/rosmsg');
const serialization = oneFile(
  '@foxglove/rosmsg2-serialization',
) as typeof import('@foxglove/rosmsg2-serialization');

/** Turns the bytes of a message into its fields, named as in its definition; stamps are `{ sec, nanosec }`. */
export type Decode = (data: Uint8Array) => unknown;

/**
 * The decoder of a topic: by the definition that the bag carries, or by the standard one of its type where the bag
 * has none. The decoder throws SAGE_1008 for bytes that are not such a message.
 * @throws SageError SAGE_1005 where there is no definition that can be read.
 */
export function decoderOf(topic: BagTopic): Decode {
  const { schema, type } = topic;
  const where = `${topic.topic} (${type})`;
  if (topic.serialization !== 'cdr')
    throw new SageError('SAGE_1005', where, `it is written as "${topic.serialization}", not cdr`);
  const text = schema?.encoding === 'ros2msg' ? schema.text : KNOWN_DEFINITIONS[type];
  if (text === undefined) {
    const told = schema === null ? 'the bag carries none' : `it is written as "${schema.encoding}"`;
    throw new SageError('SAGE_1005', where, told);
  }
  let reader: MessageReader;
  try {
    reader = new serialization.MessageReader(parse(text, { ros2: true }), { timeType: 'sec,nanosec' });
  } catch (thrown) {
    throw new SageError('SAGE_1005', where, messageOf(thrown), { cause: thrown });
  }
  return (data) => {
    try {
      checkEncapsulation(data);
      // A copy: the reader would read on behind the message where that lies in a larger buffer.
      return reader.readMessage(new Uint8Array(data));
    } catch (thrown) {
      throw new SageError('SAGE_1008', where, `${data.length} bytes: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
  };
}

/**
 * The first bytes of a message say how it is written (DDS-XTypes 1.3 §7.6.2.1.2): CDR and CDR2 of either byte order,
 * without parameter lists. The reader takes anything else for little-endian CDR, and finds lengths that make no sense.
 */
function checkEncapsulation(data: Uint8Array): void {
  if (data.length < 4) throw new Error('no encapsulation header');
  const kind = (data[0]! << 8) | data[1]!;
  if (kind > 0x01 && (kind < 0x06 || kind > 0x09)) {
    throw new Error(`encapsulation 0x${kind.toString(16).padStart(4, '0')} is not CDR`);
  }
}
