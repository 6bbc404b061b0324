import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import {
  type Bag,
  type BagMessage,
  type BagOptions,
  type BagTopic,
  complainer,
  type ReadOptions,
} from './bag.js';
import { openFile, PACKED } from './open-file.js';
import { UnpackedFiles } from './packed-bag.js';
import { withPlausibleTimes } from './plausible-times.js';
import { yaml } from './yaml.js';

/** Largest metadata.yaml that is read, bytes; message definitions are not in it. */
const METADATA_MAX = 4 << 20;
/** Files of a split bag. */
const FILES_MAX = 10_000;
const METADATA = 'metadata.yaml';
/** Names of missing files that are reported. */
const ABSENT_SHOWN = 3;
const BAG_FILE = /\.(mcap|db3)(\.zstd?)?$/;
const NUMBERED_FILE = /^(.*_)(\d+)\.(?:mcap|db3)(?:\.zstd?)?$/;

const metadataSchema = z.looseObject({
  rosbag2_bagfile_information: z.looseObject({
    storage_identifier: z.string().optional(),
    relative_file_paths: z.array(z.string()).min(1).max(FILES_MAX),
    /** What each file or message is packed with; chunks of MCAP say so themselves. */
    compression_format: z.string().nullish(),
  }),
});

/**
 * Opens a bag of rosbag2: an MCAP or sqlite3 file, or the folder with its metadata.yaml, of one file or several.
 * What rosbag2 packed, file by file or message by message, is unpacked.
 * @throws SageError SAGE_902 nothing there; SAGE_1001 no bag; SAGE_1002 to 1004 cut off, damaged, compressed in a way
 * that is not known; SAGE_1007 messages of another year than the rest; SAGE_1026 no room to unpack it.
 */
export async function openBag(path: string, options: BagOptions = {}): Promise<Bag> {
  const status = statOf(path);
  const bag = status.isDirectory() ? await openFolder(path, options) : (await openFile(path, options)).bag;
  try {
    return withPlausibleTimes(bag, path, options);
  } catch (thrown) {
    bag.close();
    throw thrown;
  }
}

/** The folder of a bag, as one bag. */
async function openFolder(path: string, options: BagOptions): Promise<Bag> {
  const files = filesOf(path, options);
  const bags: Bag[] = [];
  const packed = new UnpackedFiles(options.keep_bytes);
  try {
    for (const file of files) {
      const bag = await openPart(file, options, packed);
      if (bag !== null) bags.push(bag);
    }
  } catch (thrown) {
    for (const bag of bags) bag.close();
    throw thrown;
  }
  if (bags.length === 0) {
    const told =
      files.length === 0 ? 'no MCAP or sqlite3 files in this folder' : 'none of its files could be read';
    throw new SageError('SAGE_1001', path, told);
  }
  return new SplitBag(basename(resolve(path)), bags);
}

/** One file of a split bag; null where best effort goes on without it. */
async function openPart(file: string, options: BagOptions, packed: UnpackedFiles): Promise<Bag | null> {
  try {
    return (await openFile(file, options, packed)).bag;
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    complainer(options)(thrown);
    return null;
  }
}

/** The files of a folder: as its metadata.yaml says, or, with best effort, those that look like a bag's. */
function filesOf(folder: string, options: BagOptions): readonly string[] {
  try {
    const listed = filesOfMetadata(join(folder, METADATA)).map((file) => placeOf(folder, file));
    return [...present(folder, listed, options), ...begunAfter(folder, listed, options)];
  } catch (thrown) {
    if (!(thrown instanceof SageError) || thrown.code === 'SAGE_1004') throw thrown;
    complainer(options)(thrown);
    return onceEach(readdirSync(folder).filter((name) => BAG_FILE.test(name)))
      .sort()
      .slice(0, FILES_MAX)
      .map((name) => join(folder, name));
  }
}

/** Without files that are named and not there, as where a part of a bag was copied. @throws SageError SAGE_1002 */
function present(folder: string, listed: readonly string[], options: BagOptions): readonly string[] {
  const absent = listed.filter((file) => !existsSync(file)).map((file) => basename(file));
  if (absent.length === 0) return listed;
  const shown = absent.slice(0, ABSENT_SHOWN).join(', ');
  const more = absent.length > ABSENT_SHOWN ? ` and ${absent.length - ABSENT_SHOWN} more` : '';
  const told = `it lists ${shown}${more}, which ${absent.length === 1 ? 'does' : 'do'} not exist`;
  complainer(options)(new SageError('SAGE_1002', join(folder, METADATA), told));
  return listed.filter((file) => existsSync(file));
}

/**
 * Files that a recorder had begun when it was killed: it names a file in metadata.yaml once it is whole.
 * @throws SageError SAGE_1002 where there are some, unless best effort takes them too
 */
function begunAfter(folder: string, listed: readonly string[], options: BagOptions): readonly string[] {
  const last = new Map<string, number>();
  for (const file of listed) {
    const { stem, number } = numbered(basename(file));
    last.set(stem, Math.max(number, last.get(stem) ?? 0));
  }
  const isAfter = (name: string): boolean => {
    const { stem, number } = numbered(name);
    return number > (last.get(stem) ?? Number.POSITIVE_INFINITY);
  };
  const begun = onceEach(readdirSync(folder).filter(isAfter)).sort(
    (a, b) => numbered(a).number - numbered(b).number,
  );
  if (begun.length === 0) return [];
  const told = `it does not list ${begun.join(', ')}; the recorder was probably killed`;
  complainer(options)(new SageError('SAGE_1002', join(folder, METADATA), told));
  return begun.slice(0, FILES_MAX).map((name) => join(folder, name));
}

/** Without packed files whose contents lie beside them: a recorder that was killed while it packed leaves both. */
function onceEach(names: readonly string[]): string[] {
  return names.filter((name) => !PACKED.test(name) || !names.includes(name.replace(PACKED, '')));
}

/** The parts of a name as recorders give it: `bag_3.mcap`; another has no number. */
function numbered(name: string): { readonly stem: string; readonly number: number } {
  const found = NUMBERED_FILE.exec(name);
  return { stem: found?.[1] ?? '', number: found === null ? Number.NaN : Number(found[2]) };
}

/**
 * Where a file of a bag lies. Its name counts, not the folders before it: those are of the machine that recorded it,
 * or, until Foxy, the bag's own. ros2 bag play leaves an unpacked file beside a packed one, and some people pack
 * files afterwards.
 */
function placeOf(folder: string, file: string): string {
  const beside = join(folder, basename(file));
  const unpacked = beside.replace(PACKED, '');
  const candidates = [beside, unpacked, `${beside}.zstd`, isAbsolute(file) ? file : join(folder, file)];
  return candidates.find((path) => existsSync(path)) ?? beside;
}

function missingMetadata(folder: string): string {
  return readdirSync(folder).some((name) => BAG_FILE.test(name))
    ? 'it is missing; the recorder was probably killed. --best-effort reads the bag files in the folder'
    : 'it is missing, and the folder has no MCAP or sqlite3 files: not a bag folder';
}

function filesOfMetadata(path: string): readonly string[] {
  let raw: unknown;
  try {
    if (statSync(path).size > METADATA_MAX) throw new Error('it is too large');
    raw = yaml().parse(readFileSync(path, 'utf8'), { logLevel: 'error' });
  } catch (thrown) {
    const detail =
      (thrown as NodeJS.ErrnoException).code === 'ENOENT'
        ? missingMetadata(dirname(path))
        : messageOf(thrown)
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ');
    throw new SageError('SAGE_1001', path, detail, { cause: thrown });
  }
  const parsed = metadataSchema.safeParse(raw);
  if (!parsed.success) {
    throw new SageError('SAGE_1001', path, notMetadata(parsed.error));
  }
  const { relative_file_paths, compression_format } = parsed.data.rosbag2_bagfile_information;
  const format = compression_format ?? '';
  if (format !== '' && format !== 'zstd') {
    throw new SageError(
      'SAGE_1004',
      path,
      `its files or messages are compressed with "${format}"; only zstd is supported`,
    );
  }
  // A file that is listed twice is read once.
  return [...new Set(relative_file_paths)];
}

/** The first thing that is wrong with a metadata.yaml, in words. */
function notMetadata({ issues }: z.ZodError): string {
  const [issue] = issues;
  const place = issue?.path.join('.') ?? '';
  const told = issue?.message.replace(/^Invalid input: /, '') ?? '';
  return `not valid rosbag2 metadata: ${place === '' ? told : `${place}: ${told}`}`;
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (thrown) {
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  }
}

/** A part that is being read, and its next message. */
interface OpenPart {
  readonly rest: Generator<BagMessage>;
  head: BagMessage;
}

/** The files of one recording as one bag. */
class SplitBag implements Bag {
  readonly storage: Bag['storage'];
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly piece_bytes_max: number;
  private readonly parts: readonly Bag[];

  constructor(
    readonly name: string,
    bags: readonly Bag[],
  ) {
    this.parts = [...bags].sort((a, b) => a.start_ms - b.start_ms);
    const filled = this.parts.filter(({ end_ms }) => end_ms > 0);
    this.storage = this.parts[0]!.storage;
    this.topics = joined(this.parts.flatMap(({ topics }) => topics));
    this.messages = this.parts.reduce<number | null>(
      (sum, { messages }) => (sum === null || messages === null ? null : sum + messages),
      0,
    );
    this.piece_bytes_max = bags.reduce((most, bag) => Math.max(most, bag.piece_bytes_max ?? 0), 0);
    this.start_ms = filled[0]?.start_ms ?? 0;
    this.end_ms = filled.reduce((last, { end_ms }) => Math.max(last, end_ms), this.start_ms);
  }

  /** Parts whose times overlap are merged; one is opened no earlier than it is needed. */
  *read(options: ReadOptions = {}): Generator<BagMessage> {
    const { start_ms = 0, end_ms = Number.POSITIVE_INFINITY } = options;
    const waiting = this.parts.filter((part) => part.end_ms >= start_ms && part.start_ms <= end_ms);
    const open: OpenPart[] = [];
    try {
      yield* this.merged(options, waiting, open);
    } finally {
      for (const { rest } of open) rest.return(undefined);
    }
  }

  private *merged(options: ReadOptions, waiting: Bag[], open: OpenPart[]): Generator<BagMessage> {
    for (;;) {
      open.sort((a, b) => a.head.time_ms - b.head.time_ms);
      const [first] = open;
      const next = waiting[0];
      if (next !== undefined && (first === undefined || next.start_ms < first.head.time_ms)) {
        waiting.shift();
        const rest = next.read(options);
        const { value, done } = rest.next();
        if (done !== true) open.push({ rest, head: value });
        continue;
      }
      if (first === undefined) return;
      yield first.head;
      const { value, done } = first.rest.next();
      if (done === true) open.shift();
      else first.head = value;
    }
  }

  close(): void {
    for (const part of this.parts) part.close();
  }
}

/** One topic per name and type over all files. */
function joined(topics: readonly BagTopic[]): readonly BagTopic[] {
  const named = new Map<string, BagTopic>();
  for (const topic of topics) {
    const key = `${topic.topic} ${topic.type}`;
    const known = named.get(key);
    if (known === undefined) named.set(key, topic);
    else {
      const messages =
        known.messages === null || topic.messages === null ? null : known.messages + topic.messages;
      named.set(key, { ...known, messages, schema: known.schema ?? topic.schema });
    }
  }
  return [...named.values()].sort((a, b) => (a.topic < b.topic ? -1 : Number(a.topic > b.topic)));
}
