import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FileBytes } from '../../src/replay/file-bytes.js';

/** Distance of two chunks in the file, bytes: far beyond what one read takes. */
const CHUNK = 50_000;
const CHUNKS = 12;
/** Of the index behind a chunk; the next chunk begins right behind it, bytes. */
const INDEX = 200;
const MESSAGES = 1000;

class CountedReads extends FileBytes {
  reads = 0;

  override fill(bytes: Buffer, at: number): Buffer {
    this.reads += 1;
    return super.fill(bytes, at);
  }
}

describe('FileBytes', () => {
  let folder: string;
  let path: string;
  const content = Buffer.from(Uint8Array.from({ length: CHUNK * CHUNKS }, (_, at) => (at * 7) % 251));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-bytes-'));
    path = join(folder, 'file');
    writeFileSync(path, content);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads an index and the messages behind it at one go, although the next index is asked for in between', () => {
    const file = new CountedReads(path);
    const same = (at: number, length: number): void => {
      expect(file.read(at, length).equals(content.subarray(at, at + length)), `byte ${at}`).to.equal(true);
    };
    // As a bag is read: the index of a chunk tells where its messages lie, and these lie behind the index before.
    for (let chunk = 1; chunk < CHUNKS; chunk++) {
      same(chunk * CHUNK - INDEX, INDEX);
      same((chunk - 1) * CHUNK, MESSAGES);
    }
    file.close();
    // One for each index; the messages of the first chunk have no index before them.
    expect(file.reads).to.equal(CHUNKS - 1 + 1);
  });

  it('gives what there is where the file ends', () => {
    const file = new FileBytes(path);
    expect(file.read(content.length - 10, 100)).to.have.length(10);
    expect(file.read(content.length + 10, 100)).to.have.length(0);
    file.close();
  });
});
