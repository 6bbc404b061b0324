import { basename } from 'node:path';
import type sqlite from 'node-sqlite3-wasm';
import { messageOf, SageError } from '../contracts/errors.js';
import { oneFile } from '../contracts/one-file.js';
import { span } from '../contracts/readable.js';
import {
  type Bag,
  type BagMessage,
  type BagOptions,
  type BagTopic,
  type Complain,
  complainer,
  type ReadOptions,
  sinceStart,
  typeName,
} from './bag.js';
import { FileBytes } from './file-bytes.js';
import { JUMP_MAX_MS } from './ordered.js';
import { type SqlitePlace, sqlitePlace } from './sqlite-place.js';

const MAGIC = 'SQLite format 3\0';
/** Where the size of a page and the count of pages stand in the head of a database. */
const PAGE_SIZE_AT = 16;
const PAGE_COUNT_AT = 28;
const INT64_MAX = 9_223_372_036_854_775_807n;

type Row = Readonly<Record<string, unknown>>;
type Database = InstanceType<typeof sqlite.Database>;
type Statement = InstanceType<typeof sqlite.Statement>;

/** Loaded with the first database: it takes a while, and an MCAP file needs none. */
let engine: typeof sqlite | null = null;

/**
 * Opens one sqlite3 file of rosbag2. Its pages are read as they are needed, in the database's own cache.
 * @throws SageError SAGE_902, 1001, 1002, 1003; see {@link Bag.read} for the rest.
 */
export function openSqlite(path: string, options: BagOptions = {}): Bag {
  const complain = complainer(options);
  const { called = path } = options;
  const file = new FileBytes(path, called);
  let missing: string | null;
  let place: SqlitePlace;
  try {
    missing = missingIn(file);
    place = sqlitePlace(path, file);
  } finally {
    file.close();
  }
  const whole = missing === null;
  let database: Database | null = null;
  try {
    database = openAt(place, called);
    // Lets the engine open a database that ends too soon; nothing is written to the bag all the same.
    if (!whole) database.exec('PRAGMA writable_schema = ON');
    if (options.verify === true && whole) verify(database, called, complain);
    const bag = new SqliteBag(called, database, place.remove, complain, whole);
    if (missing !== null) {
      const upTo = sinceStart(bag.end_ms, bag.start_ms);
      complain(new SageError('SAGE_1002', called, `${missing}; it could be read up to ${upTo}`));
    }
    return bag;
  } catch (thrown) {
    database?.close();
    place.remove();
    // Nothing of it can be read, because of what is missing.
    if (missing !== null && !(thrown instanceof SageError && thrown.code === 'SAGE_1002')) {
      throw new SageError(
        'SAGE_1002',
        called,
        `${missing}; nothing could be read: ${thrown instanceof SageError ? thrown.detail : messageOf(thrown)}`,
        { cause: thrown },
      );
    }
    throw thrown instanceof SageError
      ? thrown
      : new SageError('SAGE_1003', called, messageOf(thrown), { cause: thrown });
  }
}

/** Whatever its log holds, nothing is written to the database: it is opened for reading alone. */
function openAt({ path, logged }: SqlitePlace, called: string): Database {
  try {
    engine ??= oneFile('node-sqlite3-wasm') as typeof sqlite;
    const database = new engine.Database(path, { readOnly: true, fileMustExist: true });
    // Without it the engine wants memory that processes share; with it, it keeps the index of the log to itself.
    if (logged) database.exec('PRAGMA locking_mode = EXCLUSIVE');
    return database;
  } catch (thrown) {
    throw new SageError('SAGE_1001', called, messageOf(thrown), { cause: thrown });
  }
}

/** Checks the structure of every page. A database has no checksums: bytes of messages that changed are not found. */
function verify(database: Database, called: string, complain: Complain): void {
  const [first] = database.all('PRAGMA integrity_check(1)') as readonly Row[];
  const told = String(first?.integrity_check);
  if (told !== 'ok') complain(new SageError('SAGE_1003', called, told.replaceAll(/\s*\n\s*/g, ' ')));
}

/** What a database lacks that was cut off, before its engine stumbles over it; null where it lacks nothing. */
function missingIn(file: FileBytes): string | null {
  const head = file.read(0, 100);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC || head.length < 100) {
    throw new SageError('SAGE_1001', file.path, 'not a sqlite3 database');
  }
  const said = head.readUInt16BE(PAGE_SIZE_AT);
  const due = (said === 1 ? 65536 : said) * head.readUInt32BE(PAGE_COUNT_AT);
  return file.size >= due ? null : `only ${file.size} of ${due} bytes are present`;
}

class SqliteBag implements Bag {
  readonly storage = 'sqlite3';
  readonly name: string;
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly end_ms: number;
  private readonly byId = new Map<number, BagTopic>();
  /** Of readings that were not ended: the database can only be closed after them. */
  private readonly open = new Set<Statement>();

  constructor(
    private readonly path: string,
    private readonly database: Database,
    private readonly release: () => void,
    private readonly complain: Complain,
    /** False where pages are missing: nothing but the rows in their order can be relied on then. */
    private readonly whole: boolean,
  ) {
    this.name = basename(path);
    const names = new Set(
      this.all("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name),
    );
    if (!names.has('topics') || !names.has('messages')) {
      throw new SageError('SAGE_1001', path, 'not a bag: it has no tables "topics" and "messages"');
    }
    const definitions = names.has('message_definitions')
      ? this.definitions()
      : new Map<string, BagTopic['schema']>();
    const counts = whole
      ? this.contained(() => this.all('SELECT topic_id, COUNT(*) AS n FROM messages GROUP BY topic_id'))
      : null;
    const countOf = new Map(counts?.map(({ topic_id, n }) => [Number(topic_id), Number(n)]));
    for (const row of this.all('SELECT * FROM topics ORDER BY id')) {
      const type = typeName(String(row.type));
      this.byId.set(Number(row.id), {
        topic: String(row.name),
        type,
        serialization: String(row.serialization_format),
        schema: definitions.get(type) ?? null,
        messages: counts === null ? null : (countOf.get(Number(row.id)) ?? 0),
        qos: String(row.offered_qos_profiles ?? ''),
      });
    }
    this.topics = [...this.byId.values()].sort((a, b) =>
      a.topic < b.topic ? -1 : Number(a.topic > b.topic),
    );
    this.messages = counts === null ? null : [...countOf.values()].reduce((sum, count) => sum + count, 0);
    const { first, last } = whole ? this.range() : this.readableRange();
    this.start_ms = first / 1e6;
    this.end_ms = last / 1e6;
    this.checkTopics(countOf);
  }

  /** Messages whose topic is not in the database cannot be identified, and are skipped. */
  private checkTopics(counts: ReadonlyMap<number, number>): void {
    for (const [id, count] of counts) {
      if (this.byId.has(id)) continue;
      const told = `${count} message${count === 1 ? '' : 's'} of unknown topic ${id}`;
      this.complain(new SageError('SAGE_1003', this.path, told));
    }
  }

  *read({ topics, start_ms, end_ms }: ReadOptions = {}): Generator<BagMessage> {
    const ids = [...this.byId]
      .filter(([, { topic }]) => topics === undefined || topics.has(topic))
      .map(([id]) => id);
    // Times of a millisecond's fractions: what lies outside is left out again below.
    const from = nsOf(Math.floor(start_ms ?? Number.NEGATIVE_INFINITY));
    const to = nsOf(Math.ceil(end_ms ?? Number.POSITIVE_INFINITY));
    // A table without a column that rosbag2 gives it shows itself here.
    const statement = this.contained(() =>
      this.database.prepare(
        `SELECT id, topic_id, timestamp, data FROM ${this.table} WHERE topic_id IN (${ids.join(',')}) ` +
          `AND timestamp BETWEEN ? AND ? ${this.whole ? 'ORDER BY timestamp, id' : ''}`,
      ),
    );
    if (statement === null) return;
    this.open.add(statement);
    const jumps = new JumpWatch();
    let last_ms = this.start_ms;
    const rows = statement.iterate([from, to]);
    try {
      for (;;) {
        const step = this.contained(() => rows.next(), last_ms);
        if (step === null || step.done === true) return;
        const message = this.message(step.value as Row, last_ms);
        if (message === null) continue;
        const { time_ms } = message;
        if (
          time_ms < (start_ms ?? Number.NEGATIVE_INFINITY) ||
          time_ms > (end_ms ?? Number.POSITIVE_INFINITY)
        )
          continue;
        const jump_ms = jumps.look(Number((step.value as Row).id), time_ms);
        if (jump_ms > 0) this.jumped(jump_ms, time_ms);
        last_ms = time_ms;
        yield message;
      }
    } finally {
      if (this.open.delete(statement)) finalize(statement);
    }
  }

  close(): void {
    for (const statement of this.open) finalize(statement);
    this.open.clear();
    this.database.close();
    this.release();
  }

  private get table(): string {
    return this.whole ? 'messages' : 'messages NOT INDEXED';
  }

  private range(): { first: number; last: number } {
    const rows = this.contained(() =>
      this.all('SELECT MIN(timestamp) AS first, MAX(timestamp) AS last FROM messages'),
    );
    return { first: Number(rows?.[0]?.first ?? 0), last: Number(rows?.[0]?.last ?? 0) };
  }

  /** Of the rows that can still be reached. */
  private readableRange(): { first: number; last: number } {
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    const statement = this.database.prepare(`SELECT timestamp FROM ${this.table}`);
    try {
      for (const { timestamp } of statement.iterate() as IterableIterator<Row>) {
        first = Math.min(first, Number(timestamp));
        last = Math.max(last, Number(timestamp));
      }
    } catch {
      // The end of what can be read; that the database is cut off has been told.
    } finally {
      finalize(statement);
    }
    return { first: Number.isFinite(first) ? first : 0, last };
  }

  private message(row: Row, last_ms: number): BagMessage | null {
    const topic = this.byId.get(Number(row.topic_id));
    const time_ms = Number(row.timestamp) / 1e6;
    if (topic === undefined) return null;
    const { data } = row;
    if (data instanceof Uint8Array && data.length > 0) return { topic, time_ms, data };
    const where = `${this.path}, message ${String(row.id)}, ${topic.topic}`;
    const told = `the message is empty; it could be read up to ${sinceStart(last_ms, this.start_ms)}`;
    this.complain(new SageError('SAGE_1008', where, told));
    return null;
  }

  private jumped(jump_ms: number, time_ms: number): void {
    const told = `by ${span(jump_ms)}; it could be read up to ${sinceStart(time_ms, this.start_ms)}`;
    this.complain(new SageError('SAGE_1007', this.path, told));
  }

  private definitions(): Map<string, BagTopic['schema']> {
    const rows = this.all(
      'SELECT topic_type, encoding, encoded_message_definition AS text FROM message_definitions',
    );
    return new Map(
      rows
        .filter(({ text }) => String(text) !== '')
        .map(({ topic_type, encoding, text }) => [
          typeName(String(topic_type)),
          { name: String(topic_type), encoding: String(encoding), text: String(text) },
        ]),
    );
  }

  private all(sql: string): readonly Row[] {
    return this.database.all(sql) as readonly Row[];
  }

  /** What the database's engine throws is damage of the bag. */
  private contained<T>(work: () => T, last_ms?: number): T | null {
    try {
      return work();
    } catch (thrown) {
      const upTo =
        last_ms === undefined ? '' : `; it could be read up to ${sinceStart(last_ms, this.start_ms)}`;
      this.complain(new SageError('SAGE_1003', this.path, `${messageOf(thrown)}${upTo}`, { cause: thrown }));
      return null;
    }
  }
}

/** A time as the database has it; what is out of its range is at its ends. */
function nsOf(time_ms: number): bigint {
  const ends_ms = Number(INT64_MAX) / 1e6;
  if (Math.abs(time_ms) >= ends_ms) return time_ms < 0 ? -INT64_MAX : INT64_MAX;
  return BigInt(time_ms) * 1_000_000n;
}

/** Frees a statement. The engine repeats the last error of the statement here, which has been told already. */
function finalize(statement: Statement): void {
  try {
    statement.finalize();
  } catch {
    // It is freed all the same.
  }
}

/** Finds time that went back while a bag was written: rows read in order of time whose numbers are not in order. */
class JumpWatch {
  private last_id = Number.NEGATIVE_INFINITY;
  private last_ms = 0;

  /** How far the time went back before this row was written, ms; 0 where it did not, or no further than recorders do. */
  look(id: number, time_ms: number): number {
    const back_ms = id < this.last_id ? time_ms - this.last_ms : 0;
    // The rows behind a jump are in order among themselves: it is one jump.
    if (id < this.last_id && back_ms <= JUMP_MAX_MS) return 0;
    this.last_id = id;
    this.last_ms = time_ms;
    return back_ms;
  }
}
