import { join } from 'node:path';
import { makeFolder } from '../../replay/output-folder.js';
import { BagFolder, folderStamp } from '../../replay/record/bag-folder.js';
import { BagThread } from '../../replay/record/bag-thread.js';
import { BlackBox } from '../../replay/record/black-box.js';
import { giveBack } from '../../ros/memory.js';
import { BoxSink, type BoxSinkEvents } from './box-sink.js';
import type { RecordOptions } from './options.js';
import { FolderSink, type SinkEvents, ThreadSink } from './sink.js';

const MB = 1e6;

/** A bag of its own. @throws SageError SAGE_1023 where the folder cannot be made, or holds something; SAGE_1027 */
export function openBagSink(options: RecordOptions, events: SinkEvents): FolderSink | ThreadSink {
  const path = options.out ?? join('.', `sage_${folderStamp(Date.now())}`);
  const { maxFileMb, maxTotalMb, zstd } = options;
  const bounds = {
    file_bytes_max: maxFileMb * MB,
    total_bytes_max: maxTotalMb === 0 ? Number.POSITIVE_INFINITY : maxTotalMb * MB,
  };
  if (zstd !== true) {
    const folder = BagFolder.create(path, { ...bounds, compression: 'none', release: giveBack });
    return new FolderSink(folder, events);
  }
  return new ThreadSink((told) => BagThread.create(path, { ...bounds, compression: 'zstd' }, told), events);
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
  const { after, memoryMb, boxes, zstd } = options;
  const box = new BlackBox({
    folder,
    seconds,
    after_s: after,
    bytes_max: memoryMb * MB,
    boxes_max: boxes,
    compression: zstd === true ? 'zstd' : 'none',
    onSaved: events.onSaved,
  });
  return new BoxSink(box, events);
}
