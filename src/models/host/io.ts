import { readSync, writeSync } from 'node:fs';
import type { Frame } from '../frame-reader.js';
import { LANE_DESCRIPTOR, type LanePlace, lanePart, putIntoLane, takeFromLane } from '../lane.js';
import { frameHead, layOut, type OutgoingTensor, PREFIX_BYTES, readPrefix } from '../protocol.js';

/** How long a full pipe that will not block is waited for before the client counts as gone. */
const WRITE_PATIENCE_MS = 60_000;
const RETRY_MS = 1;
/** Bodies up to this are written with their header in one piece, bytes. */
const JOINED_MAX = 1 << 16;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function sleep(duration_ms: number): void {
  Atomics.wait(sleeper, 0, 0, duration_ms);
}

function isBusy(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException | null)?.code === 'EAGAIN';
}

/** Fills `target`; false when the stream ends before its first byte. Throws when it ends later. */
function fill(descriptor: number, target: Buffer): boolean {
  let filled = 0;
  while (filled < target.byteLength) {
    let got: number;
    try {
      got = readSync(descriptor, target, filled, target.byteLength - filled, null);
    } catch (thrown) {
      // A client that handed over a non-blocking pipe: waiting for it is all that this process has to do.
      if (!isBusy(thrown)) throw thrown;
      sleep(RETRY_MS);
      continue;
    }
    if (got === 0) {
      if (filled === 0) return false;
      throw new Error(`the input ended ${target.byteLength - filled} bytes before the end of a frame`);
    }
    filled += got;
  }
  return true;
}

function fillRest(descriptor: number, target: Buffer): void {
  if (target.byteLength > 0 && !fill(descriptor, target)) {
    throw new Error('the input ended inside a frame');
  }
}

/** Bodies of frames are read into the same memory, grown as needed: fresh pages cost more than the copy. */
let memory = new ArrayBuffer(1 << 16);

function bodyBuffer(bytes: number): Buffer {
  if (memory.byteLength < bytes) memory = new ArrayBuffer(bytes);
  return Buffer.from(memory, 0, bytes);
}

/**
 * Reads one frame, blocking: the host has nothing else to do, and reading straight to where the tensors stay saves
 * a copy. The body is good until the next call. Null at the end of the input.
 * @throws Error when what comes is not this protocol, or ends inside a frame.
 */
export function readFrame(descriptor: number): Frame | null {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  if (!fill(descriptor, prefix)) return null;
  const { header_bytes, body_bytes } = readPrefix(prefix);
  const header = Buffer.allocUnsafe(header_bytes);
  fillRest(descriptor, header);
  const body = bodyBuffer(body_bytes);
  fillRest(descriptor, body);
  return { header: JSON.parse(header.toString('utf8')), body };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  let waited_ms = 0;
  while (written < bytes.byteLength) {
    try {
      written += writeSync(descriptor, bytes, written, bytes.byteLength - written);
      waited_ms = 0;
    } catch (thrown) {
      if (!isBusy(thrown) || waited_ms >= WRITE_PATIENCE_MS) throw thrown;
      sleep(RETRY_MS);
      waited_ms += RETRY_MS;
    }
  }
}

/** Reads a body from the file that is shared with the client. Good until the next frame is read. */
export function readLane(place: LanePlace): Uint8Array {
  const body = bodyBuffer(place.bytes);
  takeFromLane(LANE_DESCRIPTOR, place, body);
  return body.subarray(0, place.bytes);
}

/**
 * Writes one frame, blocking; `tensors` becomes the header's list of the same name.
 * @param lane_bytes room in the shared file for the body of an answer; 0: there is no such file
 */
export function writeFrame(
  descriptor: number,
  header: Readonly<Record<string, unknown>>,
  tensors: readonly OutgoingTensor[] = [],
  lane_bytes = 0,
): void {
  const { headers, pieces, bytes } = layOut(tensors);
  const full = tensors.length > 0 ? { ...header, tensors: headers } : header;
  const part = lanePart('answer', Number(header.id));
  const lane = lane_bytes > 0 ? putIntoLane(LANE_DESCRIPTOR, part, lane_bytes, pieces, bytes) : null;
  if (lane) {
    writeAll(descriptor, frameHead({ ...full, lane }, 0));
    return;
  }
  const head = frameHead(full, bytes);
  // Each write may wake the client, which then finds half a frame.
  if (bytes <= JOINED_MAX) writeAll(descriptor, Buffer.concat([head, ...pieces]));
  else for (const piece of [head, ...pieces]) writeAll(descriptor, piece);
}
