import { statSync } from 'node:fs';
import { LOG_FORMAT } from '../contracts/log.js';
import { unpackedHead } from './text-file.js';

/** Both say what they are in their first bytes, a log also where it is packed with gzip. */
const HEAD_BYTES = 1024;
const BAG_MAGICS = ['\x89MCAP', 'SQLite format 3', '#ROSBAG V', '\x28\xb5\x2f\xfd'];

/** What somebody may have named instead of the other: a bag, the log of a run, or neither as far as can be seen. */
export function lookOf(path: string): 'bag' | 'log' | null {
  let head: Buffer;
  try {
    if (statSync(path).isDirectory()) return 'bag';
    head = unpackedHead(path, HEAD_BYTES);
  } catch {
    // What cannot be read is said where it is read.
    return null;
  }
  // First: a bag may hold the log of its run.
  if (BAG_MAGICS.some((magic) => head.toString('latin1').startsWith(magic))) return 'bag';
  return head.includes(`"format":"${LOG_FORMAT}"`) ? 'log' : null;
}
