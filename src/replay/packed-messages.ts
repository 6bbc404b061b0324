import zstd from '@foxglove/wasm-zstd';
import { messageOf, SageError } from '../contracts/errors.js';
import {
  type Bag,
  type BagMessage,
  type BagOptions,
  complainer,
  type ReadOptions,
  sinceStart,
} from './bag.js';

/** The first bytes of a zstd frame. No CDR message begins so: its first byte is 0. */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
/** Messages that say they unpack to more than this are damage, bytes. */
const MESSAGE_MAX = 256 << 20;

/** True for bytes that begin as a frame of zstd (RFC 8878 §3.1.1). */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === MAGIC[0] && MAGIC.every((byte, at) => bytes[at] === byte);
}

/** Has to be awaited once before messages are unpacked. */
export async function loadZstd(): Promise<void> {
  await zstd.isLoaded;
}

/**
 * A bag whose messages may be packed one by one, as rosbag2 does with `--compression-mode message`. What is packed is
 * told by its first bytes, so that a file without its metadata.yaml can be read too.
 */
export function withUnpackedMessages(bag: Bag, path: string, options: BagOptions): Bag {
  const complain = complainer(options);
  const unpacked = (message: BagMessage): BagMessage | null => {
    try {
      message.complete?.();
      return { topic: message.topic, time_ms: message.time_ms, data: unpack(message.data) };
    } catch (thrown) {
      const { topic, time_ms } = message;
      const told = `${messageOf(thrown)}; it could be read up to ${sinceStart(time_ms, bag.start_ms)}`;
      complain(
        new SageError('SAGE_1003', `${path}, compressed message on ${topic.topic}`, told, { cause: thrown }),
      );
      return null;
    }
  };
  function* read(wanted?: ReadOptions): Generator<BagMessage> {
    for (const message of bag.read(wanted)) {
      const plain =
        message.topic.serialization === 'cdr' && isZstd(message.data) ? unpacked(message) : message;
      if (plain !== null) yield plain;
    }
  }
  const { name, storage, topics, messages, start_ms, end_ms, piece_bytes_max = 0 } = bag;
  return {
    name,
    storage,
    topics,
    messages,
    start_ms,
    end_ms,
    piece_bytes_max,
    read,
    close: () => bag.close(),
  };
}

function unpack(bytes: Uint8Array): Uint8Array {
  const size = contentSize(bytes);
  if (size === null) throw new Error('its zstd frame does not give the uncompressed size');
  if (size > MESSAGE_MAX)
    throw new Error(`its uncompressed size is given as ${size} bytes, which is too large`);
  const plain = zstd.decompress(bytes, size);
  if (plain.length !== size) throw new Error(`it decompresses to ${plain.length} bytes, expected ${size}`);
  return plain;
}

/** What a frame says that it unpacks to, bytes; null where it does not (RFC 8878 §3.1.1.1). */
function contentSize(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return single ? view.getUint8(at) : null;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
