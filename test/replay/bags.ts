import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McapWriter, type McapWriterOptions } from '@mcap/core';
import sqlite from 'node-sqlite3-wasm';
import type { Fault } from '../../src/contracts/errors.js';
import type { BagMessage } from '../../src/replay/bag.js';
import { KNOWN_DEFINITIONS } from '../../src/replay/known-definitions.js';
import { openBag } from '../../src/replay/open-bag.js';

/** One message of a bag that a test makes. */
export interface Made {
  readonly topic: string;
  readonly time_ms: number;
  readonly data: Uint8Array;
  readonly type?: string;
  /** Of a type that has no well-known one. */
  readonly definition?: string;
}

/** A folder of its own for each test, removed after it. */
export function temporaryFolder(): { readonly path: (name: string) => string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sage-replay-'));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** std_msgs/String as CDR. */
export function text(value: string): Uint8Array {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(value) + 1);
  bytes[1] = 1;
  bytes.writeUInt32LE(Buffer.byteLength(value) + 1, 4);
  bytes.write(value, 8);
  return bytes;
}

/** `count` texts on two topics, 10 ms apart. */
export function texts(count: number, start_ms = 1000): Made[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: index % 3 === 0 ? '/a' : '/b',
    time_ms: start_ms + index * 10,
    data: text(`message ${index}`),
  }));
}

export type Options = Partial<McapWriterOptions> & {
  readonly definition?: string | null;
  readonly encoding?: string;
};

/** Writes an MCAP file with the library that is not under test. */
export async function writeMcap(
  path: string,
  messages: readonly Made[],
  options: Options = {},
): Promise<void> {
  const parts: Uint8Array[] = [];
  let at = 0;
  const { definition, encoding = 'ros2msg', ...rest } = options;
  const writer = new McapWriter({
    writable: {
      write: async (bytes) => {
        parts.push(Uint8Array.from(bytes));
        at += bytes.length;
      },
      position: () => BigInt(at),
    },
    chunkSize: 512,
    ...rest,
  });
  await writer.start({ profile: 'ros2', library: 'test' });
  const channels = new Map<string, number>();
  for (const { topic, time_ms, data, type = 'std_msgs/msg/String', definition: own } of messages) {
    let channelId = channels.get(topic);
    if (channelId === undefined) {
      const text = own ?? definition ?? KNOWN_DEFINITIONS[type] ?? '';
      const schemaId =
        definition === null
          ? 0
          : await writer.registerSchema({ name: type, encoding, data: Buffer.from(text, 'utf8') });
      channelId = await writer.registerChannel({
        topic,
        schemaId,
        messageEncoding: 'cdr',
        metadata: new Map(),
      });
      channels.set(topic, channelId);
    }
    const time = BigInt(Math.round(time_ms * 1e6));
    await writer.addMessage({ channelId, sequence: 0, logTime: time, publishTime: time, data });
  }
  await writer.end();
  writeFileSync(path, Buffer.concat(parts));
}

/** LZ4 frame whose blocks are stored as they are: enough to see whether frames are read. */
export function lz4(data: Uint8Array): { compression: string; compressedData: Uint8Array } {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE((data.length | 0x80000000) >>> 0);
  return { compression: 'lz4', compressedData: Buffer.concat([head, size, data, Buffer.alloc(4)]) };
}

/** Writes a sqlite3 bag as rosbag2 lays it out since Iron; without definitions, as before. */
export function writeSqlite(path: string, messages: readonly Made[], definitions = true): void {
  const database = new sqlite.Database(path);
  database.exec(
    'CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, ' +
      'serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL)',
  );
  database.exec(
    'CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, data BLOB NOT NULL)',
  );
  database.exec('CREATE INDEX timestamp_idx ON messages (timestamp ASC)');
  if (definitions) {
    database.exec(
      'CREATE TABLE message_definitions(id INTEGER PRIMARY KEY, topic_type TEXT NOT NULL, encoding TEXT NOT NULL, ' +
        'encoded_message_definition TEXT NOT NULL, type_description_hash TEXT NOT NULL)',
    );
  }
  const ids = new Map<string, number>();
  database.exec('BEGIN');
  for (const { topic, time_ms, data, type = 'std_msgs/msg/String' } of messages) {
    let id = ids.get(topic);
    if (id === undefined) {
      id = ids.size + 1;
      ids.set(topic, id);
      database.run('INSERT INTO topics VALUES (?, ?, ?, ?, ?)', [id, topic, type, 'cdr', '']);
      if (definitions) {
        const text = KNOWN_DEFINITIONS[type] ?? '';
        database.run('INSERT INTO message_definitions VALUES (?, ?, ?, ?, ?)', [
          id,
          type,
          'ros2msg',
          text,
          '',
        ]);
      }
    }
    const time = BigInt(Math.round(time_ms * 1e6));
    database.run('INSERT INTO messages (topic_id, timestamp, data) VALUES (?, ?, ?)', [id, time, data]);
  }
  database.exec('COMMIT');
  database.close();
}

/** What could be read of a bag, and what was complained about. */
export async function readAll(
  path: string,
  best_effort = false,
): Promise<{ readonly messages: readonly BagMessage[]; readonly faults: readonly Fault[] }> {
  const faults: Fault[] = [];
  const bag = await openBag(path, { best_effort, onFault: (fault) => faults.push(fault) });
  try {
    return { messages: [...bag.read()], faults };
  } finally {
    bag.close();
  }
}

/** A file with some bytes changed. */
export function changed(from: string, to: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(to, change(readFileSync(from)));
}

/** What messages say, in short. */
export function said(messages: readonly BagMessage[]): string[] {
  return messages.map(
    ({ topic, time_ms, data }) => `${topic.topic} ${time_ms} ${Buffer.from(data).toString('hex')}`,
  );
}

export function expected(messages: readonly Made[]): string[] {
  return messages.map(
    ({ topic, time_ms, data }) => `${topic} ${time_ms} ${Buffer.from(data).toString('hex')}`,
  );
}
