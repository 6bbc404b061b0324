import type { CameraInfoMessage, ImageMessage, JointStateMessage } from './messages.js';

/** Bytes of the encapsulation header; alignment counts from behind it. */
const HEADER = 4;
/** Encapsulations of plain CDR (XCDR version 1, OMG DDS-XTypes 1.3 §7.4), as every ROS 2 middleware writes it. */
const CDR_BE = 0;
const CDR_LE = 1;

/** Bytes that are not the message they should be. */
export class CdrError extends Error {
  override readonly name = 'CdrError';
}

/** Reads a message from the wire, field by field. Throws a CdrError where the bytes end too soon or make no sense. */
export class CdrReader {
  private readonly view: DataView;
  private readonly little: boolean;
  private at = HEADER;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const kind = bytes.length < HEADER ? -1 : this.view.getUint16(0);
    if (kind !== CDR_BE && kind !== CDR_LE) throw new CdrError(`encapsulation ${kind} is not plain CDR`);
    this.little = kind === CDR_LE;
  }

  int32(): number {
    return this.view.getInt32(this.take(4, 4), this.little);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4, 4), this.little);
  }

  uint8(): number {
    return this.view.getUint8(this.take(1, 1));
  }

  /** A sequence of bytes, as a view of the message: not copied. */
  bytes8(): Uint8Array {
    const count = this.count(1);
    const at = this.take(1, count);
    return this.bytes.subarray(at, at + count);
  }

  text(): string {
    const length = this.uint32();
    const at = this.take(1, length);
    if (length <= 1) return '';
    // The length counts the zero at the end.
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, Math.max(0, length - 1)).toString(
      'utf8',
    );
  }

  texts(): string[] {
    // An empty text takes its length alone.
    const texts: string[] = [];
    for (let left = this.count(4); left > 0; left--) texts.push(this.text());
    return texts;
  }

  /** As {@link texts}; the list of before where its bytes are the same. */
  textsAsBefore(lists: TextLists): readonly string[] {
    const from = this.take(4, 0);
    const known = lists.find(this.bytes, from, this.little);
    if (known !== null) {
      this.at = from + known.bytes.length;
      return known.texts;
    }
    const texts = this.texts();
    // A copy: the memory of the message is not ours.
    lists.add(Uint8Array.from(this.bytes.subarray(from, this.at)), this.little, texts);
    return texts;
  }

  float64s(): number[] {
    const count = this.count(8);
    return count === 0 ? [] : this.float64sOf(count);
  }

  /** So many numbers, as an array of fixed length has them. */
  float64sOf(count: number): number[] {
    const at = this.take(8, 8 * count);
    const numbers: number[] = [];
    for (let index = 0; index < count; index++) {
      numbers.push(this.view.getFloat64(at + 8 * index, this.little));
    }
    return numbers;
  }

  /** The length of a sequence, checked against what is left before anything is allocated for it. */
  private count(element_bytes: number): number {
    const count = this.uint32();
    const left = this.bytes.length - this.at;
    if (count * element_bytes > left) throw new CdrError(`${count} elements in ${left} bytes`);
    return count;
  }

  /** Steps over padding and `length` bytes; where these begin. */
  private take(alignment: number, length: number): number {
    const padding = (alignment - ((this.at - HEADER) % alignment)) % alignment;
    const at = this.at + padding;
    if (at + length > this.bytes.length) throw new CdrError(`it ends after ${this.bytes.length} bytes`);
    this.at = at + length;
    return at;
  }
}

/** Lists that are remembered: one for each publisher on a topic. */
const LISTS_MAX = 8;

interface TextList {
  readonly bytes: Uint8Array;
  readonly little: boolean;
  readonly texts: readonly string[];
}

/** Lists of texts as they lay in messages of before: most drivers send the same names with every message. */
export class TextLists {
  private readonly known: TextList[] = [];

  /** The list whose bytes are those of a message from `from` on; null where it is new. */
  find(message: Uint8Array, from: number, little: boolean): TextList | null {
    for (const list of this.known) {
      if (list.little === little && holds(message, from, list.bytes)) return list;
    }
    return null;
  }

  /** Keeps a list; of too many the oldest goes. */
  add(bytes: Uint8Array, little: boolean, texts: readonly string[]): void {
    this.known.push({ bytes, little, texts });
    if (this.known.length > LISTS_MAX) this.known.shift();
  }
}

/** Whether `part` lies in a message from `from` on. Byte by byte: for so few, views to compare cost more. */
function holds(message: Uint8Array, from: number, part: Uint8Array): boolean {
  if (from + part.length > message.length) return false;
  for (let at = 0; at < part.length; at++) if (message[from + at] !== part[at]) return false;
  return true;
}

/**
 * sensor_msgs/JointState without its efforts. Read here because arms send it up to 1000 times a second, and rclnodejs
 * takes seven times as long for it. With `lists`, names that came before are the very same list.
 */
export function readJointState(bytes: Uint8Array, lists = new TextLists()): JointStateMessage {
  const reader = new CdrReader(bytes);
  const stamp = { sec: reader.int32(), nanosec: reader.uint32() };
  const header = { stamp, frame_id: reader.text() };
  const name = reader.textsAsBefore(lists);
  return { header, name, position: reader.float64s(), velocity: reader.float64s() };
}

/** Sizes of the matrices of sensor_msgs/CameraInfo: K and R, P. */
const MATRIX_3X3 = 9;
const MATRIX_3X4 = 12;

/** sensor_msgs/CameraInfo. Read here since drivers send it, always the same, with every frame. */
export function readCameraInfo(bytes: Uint8Array): CameraInfoMessage {
  const reader = new CdrReader(bytes);
  const stamp = { sec: reader.int32(), nanosec: reader.uint32() };
  const header = { stamp, frame_id: reader.text() };
  const height = reader.uint32();
  const width = reader.uint32();
  const distortion_model = reader.text();
  const d = reader.float64s();
  const k = reader.float64sOf(MATRIX_3X3);
  reader.float64sOf(MATRIX_3X3 + MATRIX_3X4);
  const binning_x = reader.uint32();
  const binning_y = reader.uint32();
  const [x_offset, y_offset] = [reader.uint32(), reader.uint32()];
  const roi = { x_offset, y_offset, height: reader.uint32(), width: reader.uint32() };
  return { header, height, width, distortion_model, d, k, binning_x, binning_y, roi };
}

/** Encapsulation and stamp of a message that begins with a std_msgs/Header, bytes. */
const STAMP_END = HEADER + 8;

/** True where two messages that begin with a std_msgs/Header differ in nothing but its stamp. */
export function sameButStamp(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a.subarray(STAMP_END), b.subarray(STAMP_END)) === 0;
}

/**
 * sensor_msgs/Image, its data a view of the message. Read here because a camera sends megabytes: rclnodejs copies them
 * several times, and what it leaves behind keeps the garbage collector busy on the thread that serves ROS.
 */
export function readImage(bytes: Uint8Array): ImageMessage {
  const reader = new CdrReader(bytes);
  const { header, height, width, encoding, is_bigendian, step } = imageHead(reader);
  return { header, height, width, encoding, is_bigendian, step, data: reader.bytes8() };
}

/** True where the first bytes of a sensor_msgs/Image hold all of it but its data. */
export function holdsImageHead(bytes: Uint8Array): boolean {
  try {
    const reader = new CdrReader(bytes);
    imageHead(reader);
    reader.uint32();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof CdrError)) throw thrown;
    return false;
  }
}

function imageHead(reader: CdrReader): Omit<ImageMessage, 'data'> {
  const stamp = { sec: reader.int32(), nanosec: reader.uint32() };
  const header = { stamp, frame_id: reader.text() };
  const height = reader.uint32();
  const width = reader.uint32();
  const encoding = reader.text();
  const is_bigendian = reader.uint8();
  return { header, height, width, encoding, is_bigendian, step: reader.uint32() };
}
