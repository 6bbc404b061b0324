import { SageError } from '../contracts/errors.js';
import type { Bag, BagOptions } from './bag.js';
import { FileBytes } from './file-bytes.js';
import { openMcap, type ReopenedBag } from './mcap-bag.js';
import { lookOf } from './mistaken.js';
import { PackedBag, UnpackedFiles } from './packed-bag.js';
import { isZstd, loadZstd, withUnpackedMessages } from './packed-messages.js';
import { openSqlite } from './sqlite-bag.js';
import { unpackFile } from './unpack-file.js';

/** Endings of files that are packed as a whole. */
export const PACKED = /\.(zstd?|lz4|gz|bz2|xz)$/;
const ROS1_MAGIC = '#ROSBAG V';
const SQLITE_MAGIC = 'SQLite format 3';

/** Opens one file of a bag, whatever it is. @throws SageError as openBag */
export async function openFile(
  path: string,
  options: BagOptions,
  files = new UnpackedFiles(),
): Promise<ReopenedBag> {
  const head = headOf(path);
  const called = options.called ?? path;
  if (head.length === 0)
    throw new SageError('SAGE_1001', called, 'the file is empty; the recorder probably wrote nothing');
  if (isZstd(head)) return openPacked(path, options, files);
  if (lookOf(path) === 'log') {
    throw new SageError('SAGE_1001', path, 'it is a run log; replay it with sage replay --from LOG');
  }
  if (head.toString('latin1').startsWith(ROS1_MAGIC))
    throw new SageError('SAGE_1001', called, 'it is a ROS 1 bag; convert it with rosbags-convert');
  if (PACKED.test(path))
    throw new SageError(
      'SAGE_1004',
      path,
      'file compression other than zstd is not supported; decompress the file first',
    );
  const opened =
    head.toString('latin1') === SQLITE_MAGIC ? openSqliteFile(path, options) : await openMcap(path, options);
  await loadZstd();
  return {
    bag: withUnpackedMessages(opened.bag, called, options),
    again: (place) => withUnpackedMessages(opened.again(place), called, options),
  };
}

function headOf(path: string): Buffer {
  const file = new FileBytes(path);
  const head = file.read(0, SQLITE_MAGIC.length);
  file.close();
  return head;
}

function openSqliteFile(path: string, options: BagOptions): ReopenedBag {
  // Faults of its header were reported when it was first opened; those of its rows are reported as they are read.
  const again = (place: string): Bag => {
    let opening = true;
    const onFault: BagOptions['onFault'] = (fault) => {
      if (!opening) options.onFault?.(fault);
    };
    const bag = openSqlite(place, { ...options, verify: false, onFault });
    opening = false;
    return bag;
  };
  return { bag: openSqlite(path, options), again };
}

/** A file that is packed as a whole lies unpacked on the disk while it is read. */
async function openPacked(path: string, options: BagOptions, files: UnpackedFiles): Promise<ReopenedBag> {
  const unpacked = await unpackFile(path, options);
  try {
    if (isZstd(headOf(unpacked.path)))
      throw new SageError('SAGE_1004', path, 'it is compressed twice; decompress it once first');
    const { bag, again } = await openFile(unpacked.path, { ...options, called: path }, files);
    const packed = new PackedBag(bag, { path, unpacked, options, again }, files);
    return { bag: packed, again };
  } catch (thrown) {
    unpacked.remove();
    throw thrown;
  }
}
