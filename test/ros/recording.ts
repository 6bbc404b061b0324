import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/env.mjs';

const CHANNEL = 0x04;
const MESSAGE = 0x05;
const CHUNK = 0x06;

/** The path of a recording beside the repository, or null where it is not there. */
export function recording(name: string): string | null {
  const file = join(projectRoot, '..', 'shared', 'bags', name, `${name}.mcap`);
  return existsSync(file) ? file : null;
}

/** The messages of an MCAP file without compression: CDR bytes by topic. Enough for a test, no reader of bags. */
export function readMessages(file: string): Map<string, Buffer> {
  const topics = new Map<number, string>();
  const messages = new Map<string, Buffer>();
  const walk = (bytes: Buffer, from: number): void => {
    for (let at = from; at + 9 <= bytes.length; ) {
      const code = bytes[at];
      const length = Number(bytes.readBigUInt64LE(at + 1));
      const body = bytes.subarray(at + 9, at + 9 + length);
      if (code === CHANNEL) topics.set(body.readUInt16LE(0), textAt(body, 4));
      if (code === MESSAGE) messages.set(topics.get(body.readUInt16LE(0)) ?? '', body.subarray(22));
      // Start, end, size, checksum, and the name of no compression stand before the records of a chunk.
      if (code === CHUNK) walk(body.subarray(32 + body.readUInt32LE(28) + 8), 0);
      at += 9 + length;
    }
  };
  // Magic before; the one at the end is shorter than a record.
  walk(readFileSync(file), 8);
  return messages;
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 4, at + 4 + bytes.readUInt32LE(at));
}
