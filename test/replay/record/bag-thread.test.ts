import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { BagThread } from '../../../src/replay/record/bag-thread.js';

const IMAGES = { topic: '/image', type: 'std_msgs/msg/String' };
const JOINTS = { topic: '/joints', type: 'std_msgs/msg/String' };
const BOUNDS = {
  compression: 'zstd',
  file_bytes_max: 3e6,
  total_bytes_max: Number.POSITIVE_INFINITY,
} as const;

/** Data with memory of their own, as they come from the middleware. */
function numbered(n: number, length: number): Uint8Array {
  const data = new Uint8Array(length).fill(n % 251);
  new DataView(data.buffer).setUint32(4, n, true);
  return data;
}

describe('a bag that a thread writes', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'sage-bag-thread-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('queues whole messages in order, and reports each byte that leaves the queue', async () => {
    const path = join(folder, 'whole');
    let waiting = 0;
    const failures: unknown[] = [];
    const bag = BagThread.create(path, BOUNDS, {
      onWritten: (bytes) => {
        waiting -= bytes;
      },
      onFailure: (thrown) => failures.push(thrown),
    });
    for (let n = 0; n < 200; n++) {
      const [topic, length] = n % 10 === 0 ? [IMAGES, 400_000] : [JOINTS, 100];
      waiting += length!;
      const data = numbered(n, length as number);
      bag.write({ topic: topic as typeof IMAGES, time_ms: 1e12 + n, data }, false);
      // Several batches.
      if (n % 37 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (n === 50) {
        bag.flush();
      }
    }
    await bag.close();
    expect(failures).to.deep.equal([]);
    expect(waiting).to.equal(0);
    expect(bag.messages).to.equal(200);
    const read = await openBag(path, {});
    const found = [...read.read()].map(({ data }) => {
      const n = Buffer.from(data).readUInt32LE(4);
      expect(Buffer.compare(data, numbered(n, data.length))).to.equal(0);
      return n;
    });
    read.close();
    expect(found).to.deep.equal(Array.from({ length: 200 }, (_, n) => n));
    // It was compressed.
    expect(bag.bytes).to.be.below(1e6);
  });

  it('says what cannot be written, and keeps what was before', async () => {
    const path = join(folder, 'unknown');
    const failures: unknown[] = [];
    let written = 0;
    const bag = BagThread.create(path, BOUNDS, {
      onWritten: (bytes) => {
        written += bytes;
      },
      onFailure: (thrown) => failures.push(thrown),
    });
    bag.write({ topic: JOINTS, time_ms: 1e12, data: numbered(1, 100) }, false);
    bag.flush();
    // Its definition is not known to anybody.
    bag.write(
      { topic: { topic: '/odd', type: 'odd/msg/Odd' }, time_ms: 1e12 + 1, data: numbered(2, 100) },
      false,
    );
    bag.write({ topic: JOINTS, time_ms: 1e12 + 2, data: numbered(3, 100) }, false);
    await bag.closeEarly();
    expect(failures.map((thrown) => (thrown as SageError).code)).to.deep.equal(['SAGE_1005']);
    // What comes after it waits no more either.
    expect(written).to.equal(300);
    const read = await openBag(path, {});
    expect([...read.read()]).to.have.length(1);
    read.close();
    const thrown = await bag.close().then(
      () => null,
      (found: unknown) => found,
    );
    expect(thrown).to.be.instanceOf(SageError);
  });

  it('refuses a folder that holds something (SAGE_1023) before anything begins', () => {
    const events = { onWritten: () => {}, onFailure: () => {} };
    expect(() => BagThread.create(folder, BOUNDS, events)).to.throw(SageError, /SAGE_1023/);
  });
});
