import { join } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { makeFolder } from '../../replay/output-folder.js';
import { BagFolder, folderStamp } from '../../replay/record/bag-folder.js';
import { BagThread } from '../../replay/record/bag-thread.js';
import { BlackBox } from '../../replay/record/black-box.js';
import { giveBack } from '../../ros/memory.js';
import { BoxSink, type BoxSinkEvents } from './box-sink.js';
import type { RecordOptions } from './options.js';
import { FolderSink, type SinkEvents, ThreadSink } from './sink.js';

const MB = 1e6;
/** What options come to that were not given. */
const FILE_MB = 1000;
const AFTER_S = 3;
const MEMORY_MB = 256;
const BOXES = 20;
/** Of all files together one is at most this share: the oldest goes when there is no room, and others are left. */
const FILE_SHARE = 1 / 4;
const FILE_SHARE_MAX = 1 / 2;

/** A bag of its own. @throws SageError SAGE_1023 where the folder cannot be made, or holds something; SAGE_1027 */
export function openBagSink(options: RecordOptions, events: SinkEvents): FolderSink | ThreadSink {
  const path = options.out ?? join('.', `sage_${folderStamp(Date.now())}`);
  const bounds = boundsOf(options);
  if (options.zstd !== true) {
    const folder = BagFolder.create(path, { ...bounds, compression: 'none', release: giveBack });
    return new FolderSink(folder, events);
  }
  return new ThreadSink((told) => BagThread.create(path, { ...bounds, compression: 'zstd' }, told), events);
}

function boundsOf({ maxFileMb, maxTotalMb = 0 }: RecordOptions): {
  readonly file_bytes_max: number;
  readonly total_bytes_max: number;
} {
  const total_mb = maxTotalMb === 0 ? Number.POSITIVE_INFINITY : maxTotalMb;
  if (maxFileMb !== undefined && maxFileMb > total_mb * FILE_SHARE_MAX)
    throw new SageError('SAGE_901', '--max-file-mb', `expected at most half of --max-total-mb ${maxTotalMb}`);
  const file_mb = maxFileMb ?? Math.min(FILE_MB, total_mb * FILE_SHARE);
  return { file_bytes_max: file_mb * MB, total_bytes_max: total_mb * MB };
}

/** A black box of the last `seconds`. @throws SageError SAGE_1027, where its folder cannot be made */
export function openBoxSink(
  options: RecordOptions,
  seconds: number,
  events: BoxSinkEvents & { readonly onSaved: (path: string, messages: number) => void },
): BoxSink {
  const folder = options.out ?? '.';
  // Now, and not when something has happened.
  makeFolder(folder);
  const { after = AFTER_S, memoryMb = MEMORY_MB, boxes = BOXES, zstd } = options;
  const box = new BlackBox({
    folder,
    seconds,
    after_s: after,
    bytes_max: memoryMb * MB,
    boxes_max: boxes,
    compression: zstd === true ? 'zstd' : 'none',
    wall_ms: () => Date.now(),
    onSaved: events.onSaved,
  });
  return new BoxSink(box, events);
}
