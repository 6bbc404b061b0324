import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
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
import { FileBytes } from './file-bytes.js';
import { openMcap } from './mcap-bag.js';
import { openSqlite } from './sqlite-bag.js';

/** Largest metadata.yaml that is read, bytes; message definitions are not in it. */
const METADATA_MAX = 4 << 20;
/** Files of a split bag. */
const FILES_MAX = 10_000;
const METADATA = 'metadata.yaml';
const SQLITE_MAGIC = 'SQLite format 3';

const metadataSchema = z.looseObject({
  rosbag2_bagfile_information: z.looseObject({
    storage_identifier: z.string().optional(),
    relative_file_paths: z.array(z.string()).min(1).max(FILES_MAX),
    compression_format: z.string().nullish(),
    compression_mode: z.string().nullish(),
  }),
});

/**
 * Opens a bag of rosbag2: an MCAP or sqlite3 file, or the folder with its metadata.yaml, of one file or several.
 * @throws SageError SAGE_902 nothing there; SAGE_1001 no bag; SAGE_1002 to 1004 cut off, damaged, compressed in a way
 * that is not known.
 */
export async function openBag(path: string, options: BagOptions = {}): Promise<Bag> {
  const status = statOf(path);
  if (!status.isDirectory()) return openFile(path, options);
  const files = filesOf(path, options);
  const bags: Bag[] = [];
  try {
    for (const file of files) {
      const bag = await openPart(file, options);
      if (bag !== null) bags.push(bag);
    }
  } catch (thrown) {
    for (const bag of bags) bag.close();
    throw thrown;
  }
  if (bags.length === 0) throw new SageError('SAGE_1001', path, 'none of its files could be read');
  return new SplitBag(basename(resolve(path)), bags);
}

/** One file of a split bag; null where best effort goes on without it. */
async function openPart(file: string, options: BagOptions): Promise<Bag | null> {
  try {
    return await openFile(file, options);
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    complainer(options)(thrown);
    return null;
  }
}

async function openFile(path: string, options: BagOptions): Promise<Bag> {
  const file = new FileBytes(path);
  const head = file.read(0, SQLITE_MAGIC.length).toString('latin1');
  file.close();
  if (head === SQLITE_MAGIC) return openSqlite(path, options);
  if (/\.(zstd|zst|lz4|gz)$/.test(path)) {
    throw new SageError('SAGE_1004', path, 'the file as a whole is compressed; unpack it first');
  }
  if (head === '') throw new SageError('SAGE_1002', path, 'it is empty');
  return openMcap(path, options);
}

/** The files of a folder: as its metadata.yaml says, or, with best effort, those that look like a bag's. */
function filesOf(folder: string, options: BagOptions): readonly string[] {
  try {
    return filesOfMetadata(join(folder, METADATA)).map((file) => join(folder, basename(file)));
  } catch (thrown) {
    if (!(thrown instanceof SageError) || thrown.code === 'SAGE_1004') throw thrown;
    complainer(options)(thrown);
    return readdirSync(folder)
      .filter((name) => /\.(mcap|db3)$/.test(name))
      .sort()
      .slice(0, FILES_MAX)
      .map((name) => join(folder, name));
  }
}

function filesOfMetadata(path: string): readonly string[] {
  let raw: unknown;
  try {
    if (statSync(path).size > METADATA_MAX) throw new Error('it is too large');
    raw = parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    const detail =
      (thrown as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'it is not there, as after a recorder that was killed; --best-effort takes the files beside it'
        : messageOf(thrown);
    throw new SageError('SAGE_1001', path, detail, { cause: thrown });
  }
  const parsed = metadataSchema.safeParse(raw);
  if (!parsed.success) {
    throw new SageError('SAGE_1001', path, z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
  }
  const { relative_file_paths, compression_mode, compression_format } =
    parsed.data.rosbag2_bagfile_information;
  const mode = (compression_mode ?? '').toLowerCase();
  if (mode === 'message' || mode === 'file') {
    throw new SageError(
      'SAGE_1004',
      path,
      `each ${mode} is compressed (${compression_format ?? ''}), not its chunks`,
    );
  }
  return relative_file_paths;
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (thrown) {
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  }
}

/** The files of one recording as one bag. */
class SplitBag implements Bag {
  readonly storage: Bag['storage'];
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly end_ms: number;
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
    this.start_ms = filled[0]?.start_ms ?? 0;
    this.end_ms = filled.reduce((last, { end_ms }) => Math.max(last, end_ms), this.start_ms);
  }

  /** Parts whose times overlap are merged; one is opened no earlier than it is needed. */
  *read(options: ReadOptions = {}): Generator<BagMessage> {
    const waiting = [...this.parts];
    const open: { readonly rest: Generator<BagMessage>; head: BagMessage }[] = [];
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
